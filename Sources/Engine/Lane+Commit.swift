import Model
import Positions

/// A partition and what its position becomes with a commit.
struct CommittedPosition: Hashable {
    let index: Int32
    let source: TopicPartition
    let position: Position
}

/// Committing positions. With exactly-once they make the open transaction complete, and the lane waits for it. With
/// at-least-once nothing hangs on them but how much is repeated after a crash, so they are committed beside the lane's
/// own work, where a broker that the ledger misses holds up nobody.
extension Lane where Source: ~Copyable, Destination: ~Copyable {
    /// Exactly once, while the lane drains: the position of a partition of which everything is acknowledged is final, so
    /// it is sent while others are still on their way. Where the destination is far the commit has less to wait for
    /// then. A position that moves all the same is written again by the commit.
    mutating func writeAhead() throws(DestinationFault) {
        guard settings.delivery == .exactlyOnce, uncommittedSince != nil else { return }
        var positions: [(index: Int32, position: Position)] = []
        for place in 0..<partitions.entries.count {
            let index = Int32(place)
            guard writtenAhead[index] == nil, let partition = partitions.entries[place],
                partition.window.outstanding == 0, partition.isDirty, partition.quarantined == nil
            else { continue }
            positions.append((index, partition.position))
        }
        guard !positions.isEmpty else { return }
        let records = positions.map { record(of: $0.index, $0.position) }
        guard try destination.writeAhead(records) else { return }
        for (index, position) in positions { writtenAhead[index] = position }
    }

    private func record(of index: Int32, _ position: Position) -> LedgerRecord {
        let partition = partitions[index]
        return LedgerRecord(
            .slot(partition.slot), key: SlotKey.position(partition.source).encoded, value: position.encoded)
    }

    /// Commits what is acknowledged.
    mutating func commit(at now: Instant) throws(DestinationFault) {
        var transaction = LedgerTransaction()
        transaction.isBulk = phase.isBulk(uncommittedBytes)
        var positions: [CommittedPosition] = []
        for index in partitions.indexes where partitions[index].isDirty {
            let partition = partitions[index]
            let position = partition.position
            if writtenAhead[index] != position { transaction.records.append(record(of: index, position)) }
            transaction.fenced.insert(partition.slot)
            if let record = partition.quarantineReady { transaction.quarantined.append(record) }
            positions.append(CommittedPosition(index: index, source: partition.source, position: position))
        }
        try proveStability(of: positions)
        if positions.isEmpty {
            phase.committed()
        } else if let outcome = try destination.begin(transaction) {
            try note(outcome, of: positions, at: now)
        } else {
            committing = positions
        }
        writtenAhead = [:]
        uncommittedSince = partitions.outstanding > 0 ? now : nil
        uncommittedBytes = 0
    }

    /// Takes the outcome of a commit that was begun, once it is there.
    mutating func finishCommit(at now: Instant) throws(DestinationFault) {
        guard let positions = committing else { return }
        do throws(DestinationFault) {
            guard let outcome = try destination.outcome() else { return }
            committing = nil
            try note(outcome, of: positions, at: now)
        } catch {
            committing = nil
            // They are as dirty as before.
            uncommittedSince = uncommittedSince ?? now
            throw error
        }
    }

    private mutating func note(
        _ outcome: TransactionOutcome, of positions: [CommittedPosition], at now: Instant
    ) throws(DestinationFault) {
        guard outcome == .committed else { throw DestinationFault(.abort, "a commit without marks was contested") }
        // A partition may have been put down meanwhile; what is at its index then is another.
        for committed in positions where partitions.holds(committed.source, at: committed.index) {
            let index = committed.index
            partitions[index].noteCommit(committed.position.offset, committed.position.mark)
            probation.acquit(committed.source)
            finishQuarantine(of: index, at: now)
            tellRecovery(of: index)
        }
        board.counters.noteDelivered(undecided.records, bytes: undecided.bytes)
        undecided = (0, 0)
        board.counters.noteCommit()
        phase.committed()
    }
}
