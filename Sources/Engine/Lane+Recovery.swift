import Model
import Records

/// Going back after a failure. With exactly-once all of a lane's partitions share its transaction, so all go back to
/// the last committed position; with at-least-once they go back to the last acknowledged record, and only when the
/// producer of the records is replaced.
extension Lane where Source: ~Copyable, Destination: ~Copyable {
    mutating func recover(from fault: DestinationFault, at now: Instant) {
        post(.trouble(fault.reason))
        if let index = fault.partition {
            stopPartition(index, reason: "the destination does not take it: \(fault.reason)")
            discardHand { $0.partition == index }
            for report in destination.giveUpWaiting(of: index) { partitions.note(report) }
        }
        if fault.isOfQuarantine { noteQuarantineRefusal(fault, at: now) }
        if fault.blame != .nobody, settings.delivery == .exactlyOnce { suspect(fault, at: now) }
        phase.failed(at: now, isTimeout: fault.isTimeout)
        do throws(DestinationFault) {
            switch fault.cure {
            case .abort:
                // At least once, nothing is taken back: the positions are simply written again at the next commit.
                if settings.delivery == .exactlyOnce { try takeBack(droppingSlots: []) }
            case .renewData:
                // Also where nothing is outstanding any more: a producer that died takes no further record.
                tearDownData()
                try takeBack(droppingSlots: [])
            case .renewAll: startAfresh(reason: fault.reason)
            }
        } catch {
            // The cure failed, too: only new producers are left.
            startAfresh(reason: error.reason)
        }
    }

    /// The slots are lost to others. What is not committed is taken back **before** the group may move on: an open
    /// transaction would else be committed with the metadata of the next generation, and accepted.
    mutating func drop(_ dropped: Set<Slot>, at now: Instant) {
        forgetClaims(of: dropped)
        errands.removeAll { errand in
            guard case .release(let released, _) = errand else { return false }
            return !dropped.isDisjoint(with: released)
        }
        defer { post(.dropped(Array(dropped).sorted())) }
        do throws(DestinationFault) {
            try takeBack(droppingSlots: dropped)
        } catch {
            startAfresh(reason: error.reason)
        }
    }

    /// Takes back what is not committed (exactly-once) or not acknowledged (at least once), lets go of some slots, and
    /// reads the others again from there.
    mutating func takeBack(droppingSlots dropped: Set<Slot>) throws(DestinationFault) {
        discardHand()
        writtenAhead = [:]
        switch settings.delivery {
        case .exactlyOnce: try destination.abort()
        case .atLeastOnce: if partitions.outstanding > 0, !needsSetUp { tearDownData() }
        }
        try awaitAllReports()
        undecided = (0, 0)
        putDown(dropped)
        rewind()
    }

    private mutating func tearDownData() {
        destination.tearDown(.data)
        needsSetUp = true
    }

    /// Takes every producer down and puts everything down: what was being committed may or may not be, so the slots
    /// must be read again. Never from memory.
    mutating func startAfresh(reason: String) {
        discardHand()
        destination.tearDown(.all)
        committing = nil
        writtenAhead = [:]
        needsSetUp = true
        collectTornDown()
        undecided = (0, 0)
        let unsure = slots.union(claimedSoon)
        let released = Set(releasedSoon)
        failRegistrations()
        errands = []
        // Where the poison lies is known for when the slots come back.
        let known = poison
        putDown(slots)
        poison = known
        uncommittedSince = nil
        uncommittedBytes = 0
        if !released.isEmpty { post(.released(released.sorted())) }
        let rest = unsure.subtracting(released)
        if !rest.isEmpty { post(.unsure(rest.sorted(), reason: reason)) }
    }

    private var releasedSoon: [Slot] {
        errands.flatMap { errand -> [Slot] in
            guard case .release(let released, _) = errand else { return [] }
            return released
        }
    }

    private var claimedSoon: Set<Slot> {
        Set(
            errands.flatMap { errand -> [Slot] in
                guard case .claim(let claims) = errand else { return [] }
                return claims.map(\.slot)
            })
    }

    private mutating func failRegistrations() {
        for case .register(let ticket, _) in errands { post(.registered(ticket: ticket, succeeded: false)) }
    }

    private mutating func discardHand(where condition: (Read) -> Bool = { _ in true }) {
        for place in 0..<hand.count where condition(hand[place]) { partitions.noteDiscard(hand[place]) }
        hand.discard(where: condition)
    }

    /// A producer that was taken down has given every read back by now.
    private mutating func collectTornDown() {
        while destination.inFlight > 0 || partitions.outstanding > 0 {
            destination.collectReports(into: &reports, waitMilliseconds: 0)
            precondition(!reports.isEmpty, "\(partitions.outstanding) reads did not come back from a tear-down")
            _ = noteReports()
        }
    }

    /// Every read that was sent comes back as a report, delivered or not; only then may positions be set back.
    private mutating func awaitAllReports() throws(DestinationFault) {
        var roundsLeft = 300
        while partitions.outstanding > 0 {
            guard roundsLeft > 0 else {
                throw DestinationFault(.renewAll, "reports of \(partitions.outstanding) records did not come back")
            }
            roundsLeft -= 1
            destination.collectReports(into: &reports, waitMilliseconds: 100)
            _ = noteReports()
        }
    }

    /// Sets every partition back and reads on from there.
    private mutating func rewind() {
        var targets: [PartitionStart] = []
        var unassigned: [PartitionStart] = []
        for index in partitions.indexes {
            partitions[index].rewind(settings.delivery)
            let partition = partitions[index]
            let target = PartitionStart(
                index: index, partition: partition.source, offset: partition.window.readAt, mark: partition.mark)
            if partition.state.isReading {
                targets.append(target)
            } else if let record = partition.quarantined, target.offset <= record.offset {
                // It comes by again, and is taken out again.
                partitions[index].quarantined = nil
                partitions[index].stopsFor = nil
                partitions[index].state = .running
                unassigned.append(target)
            }
        }
        uncommittedSince = partitions.indexes.contains { partitions[$0].isDirty } ? uncommittedSince : nil
        uncommittedBytes = 0
        guard !(targets + unassigned).isEmpty else { return }
        do throws(SourceFault) {
            try source.seek(targets)
            _ = source.takeEvents()
            try source.assign(unassigned)
        } catch {
            for target in targets + unassigned {
                stopPartition(target.index, reason: "could not go back to offset \(target.offset): \(error.reason)")
            }
        }
    }
}
