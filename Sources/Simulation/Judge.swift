import Engine
import Model
import Positions

/// Judges the world by what stands in its clusters, whatever way it came there.
struct Judge {
    /// The last committed position of each partition.
    private var positions: [TopicPartition: Int64] = [:]
    /// Refused records that a position was set behind.
    private var leftOut: [TopicPartition: Set<Int64>] = [:]
    /// Requests to set positions that were answered.
    private var answered: Set<String> = []

    func position(of partition: TopicPartition) -> Int64 { positions[partition] ?? 0 }

    /// Looks at a transaction at the moment it is committed: no position may be ahead of the records.
    mutating func note(_ transaction: SimTransaction, in world: SimWorld) {
        noteAnswers(transaction, in: world)
        for record in transaction.ledger {
            guard case .slot = record.log, case .position(let partition) = SlotKey(decoding: record.key),
                let value = record.value, let position = try? Position(decoding: value)
            else { continue }
            if position.offset < self.position(of: partition) {
                world.report("the position of \(partition) goes back to \(position.offset)")
            }
            checkArrived(partition, upTo: position.offset, with: transaction, in: world)
            positions[partition] = position.offset
        }
    }

    /// A request is answered once, whoever answers; and applied from the position that it names, with the new one.
    private mutating func noteAnswers(_ transaction: SimTransaction, in world: SimWorld) {
        for record in transaction.ledger {
            guard let source = SeekRecord.source(ofKey: record.key),
                let answer = record.value.flatMap({ try? SeekRecord(decoding: $0) })
            else { continue }
            if !answered.insert(answer.id).inserted { world.report("\(answer.id) of \(source) is answered twice") }
            let position = transaction.ledger.first { $0.key == SlotKey.position(source).encoded }?.value
                .flatMap { try? Position(decoding: $0) }
            if position?.seek != answer.id { world.report("\(answer.id) is answered and not in the position") }
            guard answer.state == .applied else {
                if position?.offset != self.position(of: source) {
                    world.report("\(answer.id) was refused, and moved \(source)")
                }
                continue
            }
            if answer.from != self.position(of: source) || position?.offset != answer.to {
                world.report("\(answer.id) was applied at \(self.position(of: source)) of \(source)")
            }
            let passed = world.source.log(source)?.offsets.filter { $0 >= answer.from ?? 0 && $0 < answer.to } ?? []
            leftOut[source, default: []].formUnion(passed)
        }
    }

    private func checkArrived(
        _ partition: TopicPartition, upTo offset: Int64, with transaction: SimTransaction, in world: SimWorld
    ) {
        guard let log = world.source.log(partition) else { return }
        var arrived: Set<Int64> = []
        for entry in world.destination.log(partition).entries {
            guard case .record(_, let recordOffset, _) = entry.content else { continue }
            if entry.isCommitted || entry.transaction === transaction { arrived.insert(recordOffset) }
        }
        for entry in world.destination.quarantine.entries where entry.isCommitted || entry.transaction === transaction {
            if case .quarantined(partition, let recordOffset) = entry.content { arrived.insert(recordOffset) }
        }
        arrived.formUnion(leftOut[partition] ?? [])
        let missing = log.offsets.prefix(log.place(of: offset)).filter { !arrived.contains($0) }
        if let first = missing.first {
            world.report("the position of \(partition) is \(offset), and record \(first) has not arrived")
        }
    }

    /// Looks at everything when the world has come to rest.
    mutating func conclude(_ world: SimWorld) {
        for log in world.source.logs {
            let records = world.destination.log(log.partition).entries.compactMap { entry -> Arrival? in
                guard entry.isCommitted, case .record(let partition, let offset, let run) = entry.content else {
                    return nil
                }
                if partition != log.partition { world.report("a record of \(partition) stands in \(log.partition)") }
                return Arrival(offset: offset, run: run)
            }
            if world.plan.delivery == .exactlyOnce || world.plan.faults.isCalm {
                checkOnce(records, log, world)
            }
            checkOrder(records, log, world)
            checkRuns(records, log, world)
            checkQuarantine(log, world)
        }
        for (number, log) in world.destination.slots.enumerated() { checkOwners(log, Slot(Int32(number)), world) }
    }

    private struct Arrival {
        let offset: Int64
        let run: Int
    }

    private func checkOnce(_ arrivals: [Arrival], _ log: SourceLog, _ world: SimWorld) {
        var seen: Set<Int64> = []
        for arrival in arrivals where !seen.insert(arrival.offset).inserted {
            world.report("record \(arrival.offset) of \(log.partition) arrived twice")
        }
    }

    /// Apart from repeated ones, the records stand in the order of the source, and none is left out.
    private func checkOrder(_ arrivals: [Arrival], _ log: SourceLog, _ world: SimWorld) {
        var next = 0
        for arrival in arrivals {
            let place = log.place(of: arrival.offset)
            guard place < log.offsets.count, log.offsets[place] == arrival.offset else {
                world.report("record \(arrival.offset) of \(log.partition) does not exist")
                continue
            }
            // Followers of a record that is refused for ever may be there at least once; positions stop before it.
            while next < place, log.refused.contains(log.offsets[next]) { next += 1 }
            if place > next {
                world.report("record \(arrival.offset) of \(log.partition) arrived before \(log.offsets[next])")
            }
            next = max(next, place + 1)
        }
        while next < log.offsets.count, log.refused.contains(log.offsets[next]) { next += 1 }
        if next < log.offsets.count, !world.isExcused(log) {
            world.report("record \(log.offsets[next]) of \(log.partition) never arrived")
        }
    }

    /// It holds refused records only, each once with either promise: it is filled with the positions. (That no refused
    /// record is left out is seen when a position passes it.)
    private func checkQuarantine(_ log: SourceLog, _ world: SimWorld) {
        var seen: Set<Int64> = []
        for entry in world.destination.quarantine.entries where entry.isCommitted {
            guard case .quarantined(log.partition, let offset) = entry.content else { continue }
            if !log.refused.contains(offset) { world.report("record \(offset) of \(log.partition) was not refused") }
            guard !seen.insert(offset).inserted else { continue }
            world.report("record \(offset) of \(log.partition) went to the quarantine twice")
        }
        if !seen.isEmpty, world.plan.onPoison == .stop { world.report("\(log.partition) should have stopped") }
    }

    /// One lane's go at a partition neither repeats nor leaves out anything by itself.
    private func checkRuns(_ arrivals: [Arrival], _ log: SourceLog, _ world: SimWorld) {
        var last: [Int: Int64] = [:]
        for arrival in arrivals {
            defer { last[arrival.run] = arrival.offset }
            guard let before = last[arrival.run] else { continue }
            if arrival.offset <= before {
                world.report("record \(arrival.offset) of \(log.partition) follows \(before) in one run")
            }
        }
    }

    /// A position is written by whoever claimed the slot last; only a first position may come from the steward.
    private func checkOwners(_ log: SimLog, _ slot: Slot, _ world: SimWorld) {
        var owner: SlotOwner?
        var known: Set<TopicPartition> = []
        for entry in log.entries where entry.isCommitted {
            guard case .ledger(let record) = entry.content, let transaction = entry.transaction,
                let value = record.value
            else { continue }
            switch SlotKey(decoding: record.key) {
            case .owner: owner = SlotOwner(decoding: value)
            case .position(let partition):
                let isFirst = known.insert(partition).inserted
                if !isFirst, owner != .claimed(transactionalID: transaction.producer) {
                    world.report("\(transaction.producer) wrote a position in \(slot), which was not its own")
                }
            case nil: world.report("\(slot) holds a record that nobody can read")
            }
        }
    }
}
