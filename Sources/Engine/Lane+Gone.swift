import Model

/// How a source that is well does not show a partition that was mirrored from it.
package enum SourceAbsence: Hashable, Sendable, CustomStringConvertible {
    case topic
    /// A topic never loses partitions: one with fewer than it had is another.
    case partition(count: Int)

    package var description: String {
        switch self {
        case .topic: "the source topic was deleted"
        case .partition(let count): "the source topic was deleted and made anew with \(Self.text(count))"
        }
    }

    /// As long as it is not sure.
    func doubtful(_ topic: String) -> String {
        switch self {
        case .topic: "the source has no topic \(topic)"
        case .partition(let count): "the source's topic \(topic) has \(Self.text(count)) only"
        }
    }

    private static func text(_ count: Int) -> String { "\(count) partition\(count == 1 ? "" : "s")" }
}

/// A partition that the source has deleted is let go of: not read, not asked about, and in nobody's way. Its position
/// stays in the ledger. When the source shows it again, its log is in doubt like any other.
extension Lane where Source: ~Copyable, Destination: ~Copyable {
    /// A broker that starts, or that has not heard what the controller knows, does not see less for so long.
    private static var absencesMin: Int { 4 }
    private static var absenceMillisecondsMin: Int64 { 5_000 }

    /// The source does not show some partitions, at least for a moment. librdkafka itself says so of a topic that it has
    /// never seen after half a minute only, and nothing of a partition that is not read.
    mutating func note(_ missed: [MissedPartition], at now: Instant) {
        let ends = Dictionary(missed.map { ($0.source, $0.end) }) { first, _ in first }
        for index in partitions.indexes {
            guard let end = ends[partitions[index].source] else { continue }
            if let end { partitions[index].knownEnd = max(end, partitions[index].knownEnd ?? end) }
            switch partitions[index].state {
            case .starting, .running: doubt(index, .vanished, at: now)
            case .stopped where partitions[index].isAtRest: examine(index, .vanished, at: now)
            case .stopped, .waiting, .quarantining, .examining, .refused, .gone: break
            }
        }
    }

    /// The source shows these again.
    mutating func note(returned shown: Set<TopicPartition>, at now: Instant) {
        for index in partitions.indexes where shown.contains(partitions[index].source) {
            guard case .gone = partitions[index].state else { continue }
            partitions[index].doubtsInARow = 0
            examine(index, .returned, at: now)
        }
    }

    /// One answer is no proof: it takes several in a row, over some seconds.
    mutating func note(_ absence: SourceAbsence, of index: Int32, at now: Instant) {
        guard var doubt = partitions[index].doubt else { return }
        doubt.absentSince = doubt.absentSince ?? now
        doubt.absences += 1
        let isSure =
            doubt.absences >= Self.absencesMin
            && now.milliseconds(since: doubt.absentSince ?? now) >= Self.absenceMillisecondsMin
        if isSure { doubt.absence = absence }
        partitions[index].doubt = doubt
        if isSure {
            partitions[index].doubt?.ticket = nil
            partitions[index].state = .examining(reason: "what was read before is still on its way")
        } else {
            askAgain(index, reason: absence.doubtful(partitions[index].source.topic), at: now)
        }
        hasDoubts = true
    }

    /// What was read of it is committed, and there is no more to come. No policy brings back what is missing: it is told.
    mutating func letGo(_ index: Int32, _ absence: SourceAbsence) {
        let partition = partitions[index]
        let source = partition.source
        var reason = absence.description
        if let end = partition.knownEnd, end > partition.committed {
            let loss = SourceLoss(
                kind: .deleted, position: partition.committed,
                findings: LogFindings(start: partition.committed, end: end))
            board.counters.noteLoss(of: loss.missing)
            post(.loss(source, reason: loss.description, policy: settings.policies(source.topic).onLoss))
            reason += "; \(loss)"
        }
        partitions[index].forgetDoubts()
        // Whatever stood in its way was of a log that is no more.
        probation.refusals[source] = nil
        poison.forget(source)
        limitBatches(of: index)
        partitions[index].state = .gone(reason: reason)
        post(.gone(source, position: partition.committed, reason: reason))
        board.forceNext()
    }
}

extension LanePartition {
    fileprivate mutating func forgetDoubts() {
        doubt = nil
        doubtsInARow = 0
        knownEnd = nil
    }
}
