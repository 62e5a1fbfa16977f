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
        let replay = clients.flow.shape.pace?.replay
        guard once || replay?.isBounded == true else { return nil }
        let registered = control.catalogue.partitions.filter { selection.selects($0.topic) }
        if let to = replay?.to {
            guard to <= Self.wallMilliseconds else {
                throw FlowFault(
                    "the window that is to be replayed is not over: shape.pace.to lies in the future",
                    remedy: "set an instant that has passed, or leave it out to go on with what is being written")
            }
            return OnceGoal(ends: try sourceEnds(at: .timestamp(milliseconds: to)), registered: registered)
        }
        let ends = try sourceEnds(at: .latest)
        guard let replay, !replay.offsets.isEmpty else { return OnceGoal(ends: ends, registered: registered) }
        return OnceGoal(ends: try windowEnds(replay, within: ends), registered: registered)
    }

    /// Where a window of offsets ends. It names every partition of each topic, so that none is forgotten.
    private func windowEnds(
        _ replay: ReplayDefinition, within ends: [TopicPartition: Int64]
    ) throws(FlowFault) -> [TopicPartition: Int64] {
        let counts = Dictionary(grouping: ends.keys, by: \.topic).mapValues(\.count)
        for (topic, count) in counts.sorted(by: { $0.key < $1.key }) where replay.offsets[topic]?.count != count {
            throw FlowFault(
                "\(topic) has \(count) partitions, and shape.pace.offsets names \(replay.offsets[topic]?.count ?? 0)",
                remedy: "name the offsets of each partition, 0-0 for one that is to be left out")
        }
        var bounds: [TopicPartition: Int64] = [:]
        for (partition, end) in ends {
            let window = replay.offsets(of: partition) ?? 0..<end
            guard window.upperBound <= end else {
                throw FlowFault(
                    "\(partition) ends at offset \(end), before the window does (shape.pace.offsets)",
                    remedy: "name offsets that the source has")
            }
            if !window.isEmpty { bounds[partition] = window.upperBound }
        }
        return bounds
    }

    /// A process that is done waits for the end of the window: were it to go, its partitions would move to others, which
    /// are still at work.
    var isGoalReached: Bool { goal?.isReached == true && rateKeeper?.replay?.isWindowOver ?? true }

    /// In each round but the first one, this process sets the partitions that it holds back to where the window begins. It
    /// asks for it as `martlet positions set` does, so it is done once for each round, whoever holds them.
    func attendRounds(at now: Instant) {
        guard let round = rateKeeper?.replay?.roundEpoch, let from = clients.flow.shape.pace?.replay?.from else {
            return
        }
        if roundBegins?.round != round {
            guard now.milliseconds(since: roundTriedAt) >= Self.roundMilliseconds else { return }
            roundTriedAt = now
            do throws(FlowFault) {
                roundBegins = RoundBegins(
                    round: round,
                    offsets: try sourceEnds(at: .timestamp(milliseconds: from), timeoutMilliseconds: 3_000))
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
