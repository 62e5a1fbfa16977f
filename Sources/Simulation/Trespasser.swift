import Engine
import Model
import Positions

/// A process of the group that does rightful work in a slot which another process is about to claim: the group's fence
/// knows members, not slots, and lets it pass.
enum Trespasser {
    static let transactionalID = "trespasser.0"

    static func mirrorSome(in slot: Slot, _ world: SimWorld) {
        let log = world.destination.log(.slot(slot))
        guard log.lastStableOffset == log.highWatermark else { return }
        var contents = SlotContents(slot: slot, mark: log.highWatermark)
        for entry in log.entries where entry.isCommitted {
            if case .ledger(let record) = entry.content { contents.apply(key: record.key, value: record.value) }
        }
        let owner = SlotOwner.claimed(transactionalID: transactionalID)
        var records = [LedgerRecord(.slot(slot), key: SlotKey.owner.encoded, value: owner.encoded)]
        let session = world.destination.initTransactions(transactionalID)
        do throws(Fenced) {
            let transaction = try world.destination.begin(session, at: world.now)
            for (partition, position) in contents.positions.sorted(by: { $0.key < $1.key }) {
                guard let moved = try move(partition, position, world, transaction, session) else { continue }
                records.append(
                    LedgerRecord(.slot(slot), key: SlotKey.position(partition).encoded, value: moved.encoded))
            }
            for record in records {
                _ = try world.destination.append(.ledger(record), to: log, in: transaction, of: session)
            }
            try world.destination.end(transaction, committing: true, of: session)
        } catch {
            preconditionFailure("nobody fences a producer that was made just now")
        }
        world.trace { "trespass in \(slot)" }
    }

    /// Mirrors up to three records of a partition.
    private static func move(
        _ partition: TopicPartition, _ position: Position, _ world: SimWorld, _ transaction: SimTransaction,
        _ session: DestinationCluster.Session
    ) throws(Fenced) -> Position? {
        let target = world.destination.log(partition)
        guard let source = world.source.log(partition), target.isAvailable else { return nil }
        let offsets = source.offsets.dropFirst(source.place(of: position.offset)).prefix(3)
        guard let last = offsets.last, source.refused.isDisjoint(with: offsets) else { return nil }
        let run = world.nextRun()
        for offset in offsets {
            _ = try world.destination.append(
                .record(partition, offset: offset, run: run), to: target, in: transaction, of: session)
        }
        var moved = position
        moved.offset = last + 1
        return moved
    }
}
