import Engine
import Model

/// Source topics that are deleted, or seem to be for a while.
extension SimWorld {
    /// By chances of their own, so that worlds without deletions are what they were.
    func planDeletions() {
        var random = SimRandom(seed: seed &+ 0xDE1E_7E)
        guard plan.mayDelete, random.chance(0.3) else { return }
        let logs = source.logs
        for _ in 0..<random.pick(1...2) {
            guard let log = random.pick(from: logs) else { return }
            let from = Int64(random.pick(500_000...6_000_000))
            let isForGood = random.chance(0.5)
            let lasts = Int64(random.pick(100_000...9_000_000))
            at(from) { [self] in
                trace { "\(log.partition) is deleted" }
                (log.isHidden, log.wasHidden, log.isDeleted) = (true, true, log.isDeleted || isForGood)
            }
            if !isForGood {
                at(from + lasts) { [self] in
                    trace { "\(log.partition) is back" }
                    log.isHidden = log.isDeleted
                }
            }
        }
        watchSource()
    }

    /// As the source watch does.
    private func watchSource() {
        after(1_000_000) { [self] in
            for member in members where member.isAlive { for lane in member.lanes { tell(lane) } }
            watchSource()
        }
    }

    private func tell(_ lane: SimLane) {
        let missed = lane.board.partitions.filter { !$0.isGone && source.log($0.source)?.isHidden == true }
        let returned = lane.board.partitions.filter { $0.isGone && source.log($0.source)?.isHidden == false }
        if !missed.isEmpty {
            lane.post(.missed(missed.map { MissedPartition($0.source, end: source.log($0.source)?.end) }))
        }
        if !returned.isEmpty { lane.post(.returned(returned.map(\.source))) }
    }

    /// Without a mark nothing proves that the log is the one of before: it stops, as a loss does.
    func noteDoubtfulReturn(_ news: LaneNews) {
        guard case .partitionStopped(let partition, let reason) = news, let log = source.log(partition), log.wasHidden,
            reason.contains("is another than the one mirrored")
        else { return }
        log.isFaulted = true
    }

    /// Partitions that are deleted and not let go of, though nothing is in the way of that.
    var notLetGo: [String] {
        let hidden = Set(
            source.logs.filter { $0.isDeleted && !$0.isFaulted && destination.log($0.partition) !== sick }
                .map(\.partition))
        guard !hidden.isEmpty else { return [] }
        return members.filter(\.isAlive).flatMap(\.lanes).flatMap(\.board.partitions)
            .filter { hidden.contains($0.source) && !$0.isGone }
            .map { "\($0.source) is deleted, and \($0.state)" }
    }
}
