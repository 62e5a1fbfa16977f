import Model

/// A partition that the destination does not take (no leader, topic gone) must not hold up the others: with
/// exactly-once it would hold the lane's whole transaction, with at-least-once fill the lane's budget.
extension Lane where Source: ~Copyable, Destination: ~Copyable {
    private static var intervalMilliseconds: Int64 { 100 }

    /// With exactly-once longer than a controller takes to replace the leader of a dead broker (9 s by default), since
    /// setting aside costs a transaction. With at-least-once it costs next to nothing, and the sooner it is done the
    /// less room its records take from the others: three times as long as any other has stood still of late.
    private var patienceMilliseconds: Int64 {
        switch settings.delivery {
        case .exactlyOnce: 15_000
        case .atLeastOnce: min(15_000, max(1_000, 3 * pace.longestMilliseconds))
        }
    }

    /// Looks which partitions stand still while others move, and sets them aside; and takes those back whose time has
    /// come.
    mutating func attendSick(at now: Instant) throws(DestinationFault) {
        if let last = attendedAt, now.milliseconds(since: last) < Self.intervalMilliseconds { return }
        attendedAt = now
        resumeWaiting(at: now)
        partitions.noteProgress(at: now, pace: &pace, outageMilliseconds: patienceMilliseconds / 2)
        let patience = patienceMilliseconds
        let sick = partitions.stillPartitions(for: patience, at: now, pace)
        guard !sick.isEmpty else { return }
        for index in sick {
            setAside(index, reason: "its records were not taken for \(patience) ms", at: now)
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
        partitions.hasWaiting = true
        if isExactlyOnce { probation.rest(partitions[index].source, until: until) }
        unread(index)
        post(.trouble("\(partitions[index].source) waits, the lane's other partitions go on: \(reason)"))
    }

    /// A right is missing at one of the partition's ends. It waits, and is tried again: at first after 5 s, then twice
    /// as long each time, 5 minutes at most.
    mutating func refuse(_ index: Int32, reason: String, at now: Instant) {
        guard partitions[index].state.isReading else { return }
        unread(index)
        setRefused(index, reason: reason, at: now)
    }

    /// Of a partition that is not read any more.
    mutating func setRefused(_ index: Int32, reason: String, at now: Instant) {
        let source = partitions[index].source
        let refusals = probation.refusals[source] ?? 0
        probation.refusals[source] = refusals + 1
        let milliseconds = min(300_000, Int64(5_000) << Int64(min(refusals, 6)))
        partitions[index].state = .refused(reason: reason, until: now.advanced(milliseconds: milliseconds))
        board.forceNext()
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
        partitions.hasWaiting = false
        for place in 0..<partitions.entries.count {
            // Most are read: of these not even a copy is made.
            guard partitions.entries[place]?.state.isReading == false, let partition = partitions.entries[place]
            else { continue }
            let index = Int32(place)
            let isAtRest = partition.window.outstanding == 0
            switch partition.state {
            case .refused(_, let until) where isAtRest && now >= until:
                retry(index, at: now)
            case .waiting where isAtRest && settings.delivery == .atLeastOnce:
                resume(index, at: now)
            case .waiting(.some(let until)) where isAtRest && now >= until:
                partitions[index].state = .waiting(until: nil)
                probation.enqueue(partition.source)
            case .waiting:
                partitions.hasWaiting = true
            default:
                break
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
        read(index)
    }
}

/// How long partitions stand still that move on again: the longest of the last half minute to a minute.
struct Pace {
    private static let spanMilliseconds: Int64 = 30_000
    private var spanBegan: Instant?
    private var (before, current): (Int64, Int64) = (0, 0)
    /// When any partition was last seen to have moved.
    private(set) var lastMove: Instant?
    /// Since when there has been no time in which nothing moved at all: an outage is nobody's sickness.
    private(set) var movingSince: Instant?

    var longestMilliseconds: Int64 { max(before, current) }

    /// - Parameter outageMilliseconds: when nothing has moved for so long, it is the destination that was down.
    mutating func note(stillMilliseconds: Int64, at now: Instant, outageMilliseconds: Int64) {
        let wasMoving = lastMove.map { now.milliseconds(since: $0) < outageMilliseconds } ?? false
        if !wasMoving { movingSince = now }
        lastMove = now
        if let began = spanBegan, now.milliseconds(since: began) < Self.spanMilliseconds {
            current = max(current, stillMilliseconds)
        } else {
            (before, current) = (current, stillMilliseconds)
            spanBegan = now
        }
    }
}

extension LanePartitions {
    /// Notes which partitions have moved since the last look. Allocates nothing.
    fileprivate mutating func noteProgress(at now: Instant, pace: inout Pace, outageMilliseconds: Int64) {
        for place in 0..<entries.count {
            guard let milliseconds = update(at: place, { $0.noteProgress(at: now) }) ?? nil else { continue }
            // What was set aside stood still for longer than any patience.
            let still = entries[place]!.state.isReading ? milliseconds : 0
            pace.note(stillMilliseconds: still, at: now, outageMilliseconds: outageMilliseconds)
        }
    }

    /// Those that have stood still for so long while others moved. While nothing moves anywhere the destination is down,
    /// and waiting is all there is to do.
    fileprivate func stillPartitions(for patienceMilliseconds: Int64, at now: Instant, _ pace: Pace) -> [Int32] {
        guard let lastMove = pace.lastMove, let movingSince = pace.movingSince else { return [] }
        var still: [Int32] = []
        for place in 0..<entries.count {
            guard let progressedAt = entries[place]?.progressedAt, lastMove > progressedAt,
                entries[place]!.state.isReading,
                now.milliseconds(since: max(progressedAt, movingSince)) >= patienceMilliseconds
            else { continue }
            still.append(Int32(place))
        }
        return still
    }
}

extension LanePartition {
    /// Whether everything read is acknowledged, or the position has moved since the last look. Answers for how long it
    /// stood still before it moved.
    fileprivate mutating func noteProgress(at now: Instant) -> Int64? {
        guard window.resumeAt != lastResumeAt else {
            if window.outstanding == 0 { progressedAt = now }
            return nil
        }
        let isFirstLook = lastResumeAt == nil
        let stillMilliseconds = progressedAt.map { now.milliseconds(since: $0) } ?? 0
        lastResumeAt = window.resumeAt
        progressedAt = now
        guard !isFirstLook else { return nil }
        waits = 0
        return stillMilliseconds
    }
}
