import Engine
import KafkaPorts
import Log
import Model
import Positions
import RdKafka
import Shaping
import Topics

/// What a flow's thread does for a replay: the end of its window, and the window once more.
extension FlowSession {
    /// What is to be copied before the run ends: what is there now, or all of the window that is replayed; `nil`: it goes on.
    func makeGoal() throws(FlowFault) -> OnceGoal? {
        let to = clients.flow.shape.pace?.replay?.to
        guard once || to != nil else { return nil }
        if let to, to > Self.wallMilliseconds {
            throw FlowFault(
                "the window that is to be replayed is not over: shape.pace.to lies in the future",
                remedy: "set an instant that has passed, or leave it out to go on with what is being written")
        }
        let registered = control.catalogue.partitions.filter { selection.selects($0.topic) }
        return OnceGoal(ends: try sourceEnds(at: to.map { .timestamp(milliseconds: $0) } ?? .latest), registered: registered)
    }

    /// A process that is done waits for the end of the window: were it to go, its partitions would move to others, which
    /// are still at work.
    var isGoalReached: Bool { goal?.isReached == true && rateKeeper?.replay?.isWindowOver ?? true }

    /// In each round but the first one, this process sets the partitions that it holds back to where the window begins. It
    /// asks for it as `martlet positions set` does, so it is done once for each round, whoever holds them.
    func attendRounds(at now: Instant) {
        guard let round = rateKeeper?.replay?.roundEpoch, let from = clients.flow.shape.pace?.replay?.from else { return }
        if roundBegins?.round != round {
            guard now.milliseconds(since: roundTriedAt) >= Self.roundMilliseconds else { return }
            roundTriedAt = now
            do throws(FlowFault) {
                roundBegins = RoundBegins(
                    round: round, offsets: try sourceEnds(at: .timestamp(milliseconds: from), timeoutMilliseconds: 3_000))
                logger.info("the window is replayed again")
            } catch {
                logger.warning("the window cannot be replayed again yet", [LogField("reason", "\(error)")])
            }
        }
        for partition in lanes.flatMap(\.board.partitions) { setBack(partition.source, at: now) }
    }

    private func setBack(_ source: TopicPartition, at now: Instant) {
        guard let begins = roundBegins, let begin = begins.offsets[source] else { return }
        let request = SeekRecord.again(round: begins.round, to: begin)
        guard control.catalogue.seeks[source]?.id != request.id,
            begins.askedAt[source].map({ now.milliseconds(since: $0) >= Self.roundMilliseconds }) ?? true
        else { return }
        roundBegins?.askedAt[source] = now
        rateKeeper?.writer.write(SeekRecord.key(source), request.encoded)
    }

    private static let roundMilliseconds: Int64 = 5_000
}

/// Where the window begins in each partition, for one of its rounds.
struct RoundBegins {
    let round: Int64
    let offsets: [TopicPartition: Int64]
    var askedAt: [TopicPartition: Instant] = [:]
}
