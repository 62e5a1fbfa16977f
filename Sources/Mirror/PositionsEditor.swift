import Engine
import KafkaPorts
import Log
import Model
import Positions
import RdKafka

/// Changes the positions of a flow of which no process runs. Where some do, see `PositionsRequest`.
///
/// It joins the flow's group and takes every slot, as a process of the flow would: whoever else starts meanwhile waits
/// for it or takes slots away, and then its fence fails and nothing is written. All changes are one transaction.
package struct PositionsEditor {
    private let flow: FlowDefinition
    private let clients: FlowClients
    private let logger: Logger

    private static let timeoutMilliseconds: Int32 = 10_000
    /// A group that was empty waits three seconds for others, by the broker's default.
    private static let joinMilliseconds: Int64 = 30_000

    package init(_ flow: FlowDefinition, logger: Logger) {
        self.flow = flow
        self.logger = logger
        // A name that no process has, and that its transactional id is made of.
        clients = FlowClients(
            flow: flow, instance: "positions-" + String(UInt32.random(in: .min ... .max), radix: 36), logger: logger)
    }

    /// Writes new positions, and control records where the control topic has none.
    package func write(
        _ positions: [TopicPartition: Position], control: [PositionBook.ControlRecord] = []
    ) throws(FlowFault) {
        try refuseWhileRunning()
        let prepared = try prepare(restoring: control)
        var catalogue = prepared.catalogue
        for record in prepared.missing {
            do throws(RecordFault) {
                try catalogue.apply(key: Array(record.key.utf8), value: Array(record.value.utf8))
            } catch {
                throw FlowFault("the control record \(record.key) of the export: \(error)", remedy: "correct the file")
            }
        }
        var transactions: [Slot: [(TopicPartition, Position)]] = [:]
        for (source, position) in positions.sorted(by: { $0.key < $1.key }) {
            guard let slot = catalogue.slot(of: source) else {
                throw FlowFault(
                    "\(source) is not registered in the flow \(flow.name)",
                    remedy: "`martlet positions show` lists what is; a new partition is registered by the running flow")
            }
            transactions[slot, default: []].append((source, position))
        }
        // A request that its command did not live to take back is about a position that is no more.
        let settled = positions.keys.filter { catalogue.seeks[$0] != nil }
            .map { LedgerRecord(.control, key: SeekRecord.key($0), value: nil) }
        try asMember(of: prepared.slots) { fence, reading throws(FlowFault) in
            try commit(transactions, control: prepared.missing.map(\.ledgerRecord) + settled, fence, reading)
        }
    }

    // MARK: Before

    private struct Prepared {
        let slots: Int
        let catalogue: Catalogue
        /// Control records of the export that the control topic lacks altogether.
        let missing: [PositionBook.ControlRecord]
    }

    private func admin() throws(KafkaFault) -> AdminClient {
        try AdminClient(
            clients.admin(of: flow.destination, isolation: .readUncommitted), log: clients.logger("admin"))
    }

    /// Names of the processes that are in the flow's group. A killed one stays listed for one session time-out.
    package func runningProcesses() throws(FlowFault) -> [String] {
        do throws(KafkaFault) {
            return try admin().groupMembers(of: flow.group, timeoutMilliseconds: Self.timeoutMilliseconds)
                .map(\.clientID).sorted()
        } catch {
            throw FlowFault("the destination does not answer: \(error)", remedy: "run `martlet check`")
        }
    }

    private func refuseWhileRunning() throws(FlowFault) {
        let names = try runningProcesses()
        guard names.isEmpty else {
            throw FlowFault(
                "\(names.count) process(es) of the flow run: \(names.joined(separator: ", "))",
                remedy: "stop them first (a killed one stays listed for one session time-out)")
        }
    }

    /// Makes the topics that are lost, as the flow had them.
    private func prepare(restoring control: [PositionBook.ControlRecord]) throws(FlowFault) -> Prepared {
        var exported = Catalogue()
        for record in control { try? exported.apply(key: Array(record.key.utf8), value: Array(record.value.utf8)) }
        do {
            let admin = try admin()
            let ledger = LedgerTopics(flow: flow, admin: admin)
            try ledger.ensureControl()
            var book = PositionBook(flow: flow.name)
            do {
                try book.readControl(clients, admin)
            } catch {
                throw FlowFault("the control topic cannot be read: \(error)", remedy: "try again")
            }
            guard let begun = book.catalogue.flow ?? exported.flow else { throw FlowFault.noControlTopic(flow) }
            let slots = try ledger.ensurePositions(slots: begun.slots)
            guard slots == begun.slots else {
                throw FlowFault(
                    "\(flow.positionsTopic) has \(slots) partitions, and the flow began with \(begun.slots)",
                    remedy: "delete that topic if nothing in it is needed, and import again")
            }
            let known = Set(book.controlRecords.map(\.key))
            return Prepared(
                slots: slots, catalogue: book.catalogue,
                missing: control.filter { !known.contains($0.key) && !SeekRecord.isKey(Array($0.key.utf8)) })
        } catch let fault as FlowFault {
            throw fault
        } catch {
            throw FlowFault("the destination does not answer: \(error)", remedy: "run `martlet check`")
        }
    }

    // MARK: As a member

    /// Runs `body` while this process holds every slot.
    private func asMember(
        of slots: Int, _ body: (Fence, SlotReading) throws(FlowFault) -> Void
    ) throws(FlowFault) {
        do {
            let member = try GroupMember(clients.member(), topic: flow.positionsTopic, log: clients.logger("member"))
            defer { leave(member) }
            let fence = Fence(member)
            try member.subscribe()
            var held: Set<Int32> = []
            let deadline = Instant.now.advanced(milliseconds: Self.joinMilliseconds)
            while held.count < slots {
                guard Instant.now < deadline else {
                    throw FlowFault(
                        "the group \(flow.group) gave \(held.count) of \(slots) slots only",
                        remedy: "see whether a process of the flow runs, and try again")
                }
                switch member.poll(waitMilliseconds: 100) {
                case .assigned(let numbers):
                    member.confirmAssign(numbers)
                    fence.remember()
                    held.formUnion(numbers)
                case .revoked(let numbers, _):
                    member.confirmUnassign(numbers)
                    held.subtract(numbers)
                case .fault(let fault) where fault.isFatal: throw fault
                case .fault, nil: break
                }
            }
            let reading = SlotReading(
                clients: clients, trueEnds: try admin(), ownIDs: [], isCancelled: { false })
            try body(fence, reading)
        } catch let fault as FlowFault {
            throw fault
        } catch {
            throw FlowFault("the group could not be joined: \(error)", remedy: "run `martlet check`")
        }
    }

    private func leave(_ member: GroupMember) {
        try? member.unsubscribe()
        let deadline = Instant.now.advanced(milliseconds: 5_000)
        while Instant.now < deadline {
            guard case .revoked(let numbers, _)? = member.poll(waitMilliseconds: 100) else { continue }
            member.confirmUnassign(numbers)
            break
        }
        member.close()
    }

    /// Fences former owners, then writes everything at once: each slot's first record must land at the end that was
    /// read, and nobody owns the slots afterwards.
    private func commit(
        _ changes: [Slot: [(TopicPartition, Position)]], control: [LedgerRecord], _ fence: Fence,
        _ reading: SlotReading
    ) throws(FlowFault) {
        var transaction = LedgerTransaction()
        do throws(SlotReadingFault) {
            for contents in try reading.read(changes.keys.sorted(), .takeOver) {
                transaction.marks[contents.slot] = contents.mark
                transaction.fenced.insert(contents.slot)
                transaction.records.append(
                    LedgerRecord(
                        .slot(contents.slot), key: SlotKey.owner.encoded, value: SlotOwner.released.encoded))
                for (source, position) in changes[contents.slot] ?? [] {
                    transaction.records.append(
                        LedgerRecord(
                            .slot(contents.slot), key: SlotKey.position(source).encoded, value: position.encoded))
                }
            }
        } catch {
            throw FlowFault("the slots cannot be read: \(error)", remedy: "try again")
        }
        transaction.records += control
        if transaction.fenced.isEmpty { transaction.fenced = [.steward] }
        do throws(DestinationFault) {
            var destination = RecordDestination(clients: clients, lane: 0, fence: fence, vitals: LaneVitals())
            defer { destination.tearDown(.all) }
            try destination.setUp()
            guard try destination.transact(transaction) == .committed else {
                throw DestinationFault(.abort, "somebody else wrote to a slot meanwhile")
            }
        } catch {
            throw FlowFault(
                "nothing was written: \(error)", remedy: "see that no process of the flow runs, and try again")
        }
    }
}

extension PositionBook.ControlRecord {
    fileprivate var ledgerRecord: LedgerRecord {
        LedgerRecord(.control, key: Array(key.utf8), value: Array(value.utf8))
    }
}
