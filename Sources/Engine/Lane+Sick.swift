import Model

/// A partition that the destination does not take (no leader, topic gone) must not hold up the others: with
/// exactly-once it would hold the lane's whole transaction, with at-least-once fill the lane's budget.
extension Lane where Source: ~Copyable, Destination: ~Copyable {
    /// Longer than a controller takes to replace the leader of a dead broker (9 s by default).
    private static var patienceMilliseconds: Int64 { 15_000 }
    private static var intervalMilliseconds: Int64 { 1_000 }

    /// Looks once a second which partitions stand still while others move, and sets them aside; and takes those back
    /// whose time has come.
    mutating func attendSick(at now: Instant) throws(DestinationFault) {
        if let last = attendedAt, now.milliseconds(since: last) < Self.intervalMilliseconds { return }
        attendedAt = now
        resumeWaiting(at: now)
        for index in partitions.indexes { partitions[index].noteProgress(at: now) }
        let sick = partitions.indexes.filter { index in
            let partition = partitions[index]
            guard partition.state.isReading, let progressedAt = partition.progressedAt,
                now.milliseconds(since: progressedAt) >= Self.patienceMilliseconds
            else { return false }
            // While nothing moves anywhere the destination is down, and waiting is all there is to do.
            return partitions.indexes.contains { partitions[$0].movedAt.map { $0 > progressedAt } ?? false }
        }
        guard !sick.isEmpty else { return }
        for index in sick {
            setAside(
                index, reason: "its records were not taken for \(Self.patienceMilliseconds / 1_000) s", at: now)
        }
        // At least once its records stay where they are: they arrive some day, and reading goes on after them.
        if settings.delivery == .exactlyOnce { try takeBack(droppingSlots: []) }
    }

    /// The longer, the more often in a row.
    mutating func setAside(_ index: Int32, reason: String, at now: Instant) {
        guard partitions[index].state.isReading else { return }
        partitions[index].waits += 1
        let milliseconds = min(300_000, Int64(15_000) << Int64(min(partitions[index].waits, 5)))
        let until = now.advanced(milliseconds: milliseconds)
        let isExactlyOnce = settings.delivery == .exactlyOnce
        partitions[index].state = .waiting(until: isExactlyOnce ? until : nil)
        if isExactlyOnce { probation.rest(partitions[index].source, until: until) }
        unread(index)
        post(.trouble("\(partitions[index].source) waits, the lane's other partitions go on: \(reason)"))
    }

    /// A right is missing at one of the partition's ends. It waits, and is tried again: at first after 5 s, then twice
    /// as long each time, 5 minutes at most.
    mutating func refuse(_ index: Int32, reason: String, at now: Instant) {
        guard partitions[index].state.isReading else { return }
        let source = partitions[index].source
        let refusals = probation.refusals[source] ?? 0
        probation.refusals[source] = refusals + 1
        let milliseconds = min(300_000, Int64(5_000) << Int64(min(refusals, 6)))
        partitions[index].state = .refused(reason: reason, until: now.advanced(milliseconds: milliseconds))
        unread(index)
        // Each try would else tell it again.
        if refusals == 0 { post(.partitionStopped(source, reason: reason)) }
    }

    /// A partition that was refused is allowed again: its position was committed, or there is nothing to
    /// be read.
    mutating func tellRecovery(of index: Int32) {
        guard !probation.refusals.isEmpty, partitions[index].state.isReading,
            probation.refusals.removeValue(forKey: partitions[index].source) != nil
        else { return }
        post(.partitionGoesOn(partitions[index].source))
    }

    /// With exactly-once after its time, on probation; with at-least-once as soon as what was sent has arrived.
    private mutating func resumeWaiting(at now: Instant) {
        for index in partitions.indexes {
            if case .refused(_, let until) = partitions[index].state, now >= until,
                partitions[index].window.outstanding == 0
            {
                retry(index, at: now)
                continue
            }
            guard case .waiting(let until) = partitions[index].state, partitions[index].window.outstanding == 0 else {
                continue
            }
            if settings.delivery == .atLeastOnce {
                resume(index, at: now)
            } else if let until, now >= until {
                partitions[index].state = .waiting(until: nil)
                probation.enqueue(partitions[index].source)
            }
        }
    }

    /// With exactly-once another refusal must not cost the others more than one transaction: hence the trial.
    private mutating func retry(_ index: Int32, at now: Instant) {
        switch settings.delivery {
        case .atLeastOnce: resume(index, at: now)
        case .exactlyOnce:
            partitions[index].state = .waiting(until: nil)
            probation.enqueue(partitions[index].source)
        }
    }

    /// Has the source read a waiting partition again.
    mutating func resume(_ index: Int32, at now: Instant) {
        partitions[index].state = .running
        partitions[index].progressedAt = now
        let start = PartitionStart(
            index: index, partition: partitions[index].source, offset: partitions[index].window.readAt,
            mark: partitions[index].mark)
        do throws(SourceFault) {
            try source.assign([start])
        } catch {
            setStopped(index, reason: error.reason)
        }
    }
}

extension LanePartition {
    /// Once a second: whether everything read is acknowledged, or the position has moved since.
    fileprivate mutating func noteProgress(at now: Instant) {
        if window.resumeAt != lastResumeAt {
            if lastResumeAt != nil {
                movedAt = now
                waits = 0
            }
            lastResumeAt = window.resumeAt
            progressedAt = now
        } else if window.outstanding == 0 {
            progressedAt = now
        }
    }
}
