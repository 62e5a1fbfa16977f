import Engine
import Model
import Positions
import RdKafka

/// Reading slots before a claim, as `docs/ARCHITECTURE.md` orders it: who owns them, fence who is not us, then the
/// positions, up to the true end.
///
/// It runs on a thread of its own and ends soon when it is cancelled; only a fence under way is waited for.
package struct SlotReading: Sendable {
    private let clients: FlowClients
    /// Asks read uncommitted, so the end of a slot is its high watermark and not its last stable offset.
    private let trueEnds: AdminClient
    private let ownIDs: Set<String>
    private let fences: FenceMemory
    private let isCancelled: @Sendable () -> Bool

    private static let timeoutMilliseconds: Int32 = 10_000
    /// The first question for offsets; the time doubles with each try. A question to a leader that has died is not
    /// answered before its time is over, and only then the brokers are asked who leads now.
    private static let firstTimeoutMilliseconds: Int32 = 1_000
    private static let offsetTries = 20
    /// How long the ends of open transactions are waited for after the fences: a leaderless partition of a dead
    /// transaction was seen to hold it for 25 s.
    private static let stableWithinMilliseconds: Int64 = 40_000

    /// - Parameter fences: shared by all readings of a process, so that none repeats what another has done.
    package init(
        clients: FlowClients, trueEnds: AdminClient, ownIDs: Set<String>, fences: FenceMemory = FenceMemory(),
        isCancelled: @escaping @Sendable () -> Bool
    ) {
        self.clients = clients
        self.trueEnds = trueEnds
        self.ownIDs = ownIDs
        self.fences = fences
        self.isCancelled = isCancelled
    }

    package func read(_ slots: [Slot], _ mode: Coordinator.ReadingMode) throws(SlotReadingFault) -> [SlotContents] {
        if mode == .takeOver {
            let look = try look(at: slots)
            // Released in good order, with nothing open: what was read is all there is, and the claim finds out whether
            // something was written since.
            if !fence(look.owners), look.isWhole { return look.contents }
        }
        let marks = try ends(of: slots)
        do throws(SlotReadingFault) {
            return try contents(of: slots, upTo: marks, marks: marks)
        } catch {
            if !isCancelled() { fences.forget(slots) }
            throw error
        }
    }

    /// What is committed in the slots below `ends`.
    private func contents(
        of slots: [Slot], upTo ends: [Slot: Int64], marks: [Slot: Int64],
        _ note: (Slot, LogRecord) -> Void = { _, _ in }
    ) throws(SlotReadingFault) -> [SlotContents] {
        var contents: [Slot: SlotContents] = [:]
        for slot in slots { contents[slot] = SlotContents(slot: slot, mark: marks[slot] ?? 0) }
        try scan(slots, upTo: ends, .readCommitted) { slot, record in
            note(slot, record)
            guard let key = record.key else { return }
            contents[slot]?.apply(key: key, value: record.value)
        }
        return slots.compactMap { contents[$0] }
    }

    /// Whether some slot holds a committed position. Waits for no open transaction.
    package func holdsPositions(_ slots: [Slot]) throws(SlotReadingFault) -> Bool {
        var isFound = false
        try scan(slots, upTo: try stableEnds(of: slots), .readCommitted) { _, record in
            if let key = record.key, case .position = SlotKey(decoding: key), record.value != nil { isFound = true }
        }
        return isFound
    }

    private struct FirstLook {
        var owners = OwnersFound()
        var contents: [SlotContents] = []
        /// No transaction was open in any of the slots.
        var isWhole = false
    }

    /// Every id that may have a transaction open in one of the slots: the last committed owner, and whoever wrote
    /// `owner` at or above the last stable offset. An owner between the two only ever tried a claim that was aborted,
    /// which is normal while a group moves: fencing it would harm a healthy lane.
    private func look(at slots: [Slot]) throws(SlotReadingFault) -> FirstLook {
        var look = FirstLook()
        let marks = try ends(of: slots)
        let stable = try stableEnds(of: slots)
        look.contents = try contents(of: slots, upTo: stable, marks: marks) { slot, record in
            if let owner = record.slotOwner { look.owners.noteCommitted(owner, in: slot, at: record.offset) }
        }
        let open = slots.filter { marks[$0] != stable[$0] }
        look.isWhole = open.isEmpty
        try scan(open, upTo: marks, .readUncommitted) { slot, record in
            if let owner = record.slotOwner, record.offset >= stable[slot] ?? 0 { look.owners.noteUndecided(owner) }
        }
        return look
    }

    /// Nobody but a lane of this flow can have claimed a slot: another's producer is none of our business.
    /// - Returns: whether somebody was.
    private func fence(_ found: OwnersFound) -> Bool {
        let wanted = fences.fencesWanted(found, ownIDs: ownIDs).filter(clients.flow.isTransactionalID)
        guard !wanted.isEmpty else { return false }
        fences.note(fenced: OwnerFence(clients: clients, isCancelled: isCancelled).end(wanted), found)
        return true
    }

    // MARK: Reading

    /// Hands every record of the slots below their marks to `note`, in order.
    private func scan(
        _ slots: [Slot], upTo marks: [Slot: Int64], _ isolation: Isolation, _ note: (Slot, LogRecord) -> Void
    ) throws(SlotReadingFault) {
        let begins = try offsets(of: slots, at: .earliest)
        var open = Set(slots.filter { (marks[$0] ?? 0) > (begins[$0] ?? 0) })
        guard !open.isEmpty else { return }
        let deadline = Instant.now.advanced(milliseconds: Self.stableWithinMilliseconds)
        do throws(KafkaFault) {
            var reader = try LogReader(clients.ledgerReader(isolation), log: clients.logger("slots"))
            var starts: [TopicPartition: Int64] = [:]
            for slot in open { starts[partition(slot)] = begins[slot] }
            try reader.assign(starts)
            while !open.isEmpty {
                for event in reader.poll(waitMilliseconds: 50, upTo: 10_000) {
                    switch event {
                    case .record(let record):
                        let slot = Slot(record.partition.partition)
                        if record.offset < marks[slot] ?? 0 { note(slot, record) }
                    case .endOfPartition(let source, let offset):
                        let slot = Slot(source.partition)
                        if offset >= marks[slot] ?? 0 { open.remove(slot) }
                    case .fault(_, let fault):
                        // Retried by the library, and bounded by the deadline; a missing right is told at once.
                        if fault.name == "TOPIC_AUTHORIZATION_FAILED" { throw fault }
                    }
                }
                if isCancelled() { break }
                if Instant.now > deadline { break }
            }
        } catch {
            throw SlotReadingFault(reason: error.description)
        }
        if isCancelled() { throw SlotReadingFault(reason: "cancelled") }
        guard open.isEmpty else {
            throw SlotReadingFault(
                reason: "\(open.count) slots could not be read to their end: a transaction is still open in them, or "
                    + "the destination does not answer")
        }
    }

    private func ends(of slots: [Slot]) throws(SlotReadingFault) -> [Slot: Int64] {
        try offsets(of: slots, at: .latest)
    }

    private func stableEnds(of slots: [Slot]) throws(SlotReadingFault) -> [Slot: Int64] {
        let admin: AdminClient
        do throws(KafkaFault) {
            admin = try AdminClient(
                clients.admin(of: clients.flow.destination, isolation: .readCommitted), log: clients.logger("slots"))
        } catch {
            throw SlotReadingFault(reason: error.description)
        }
        return try offsets(of: slots, at: .latest, by: admin)
    }

    private func offsets(of slots: [Slot], at query: OffsetQuery) throws(SlotReadingFault) -> [Slot: Int64] {
        try offsets(of: slots, at: query, by: trueEnds)
    }

    private func offsets(
        of slots: [Slot], at query: OffsetQuery, by admin: AdminClient
    ) throws(SlotReadingFault) -> [Slot: Int64] {
        var tries = 0
        while true {
            let timeout = min(Self.timeoutMilliseconds, Self.firstTimeoutMilliseconds << Int32(min(tries, 4)))
            tries += 1
            var offsets: [Slot: Int64] = [:]
            var reason = ""
            do throws(KafkaFault) {
                let answers = try admin.offsets(
                    of: slots.map(partition), at: query, timeoutMilliseconds: timeout)
                for slot in slots {
                    switch answers[partition(slot)] {
                    case .success(let offset): offsets[slot] = offset
                    case .failure(let fault): reason = fault.description
                    case nil: reason = "no answer for \(slot)"
                    }
                }
            } catch {
                reason = error.description
            }
            if offsets.count == slots.count { return offsets }
            if isCancelled() { throw SlotReadingFault(reason: "cancelled") }
            // A topic that was just made answers "not leader" for a moment.
            guard tries < Self.offsetTries else { throw SlotReadingFault(reason: reason) }
            pause(milliseconds: 100)
        }
    }

    private func partition(_ slot: Slot) -> TopicPartition {
        TopicPartition(clients.flow.positionsTopic, slot.number)
    }
}

extension LogRecord {
    /// Whom an `owner` record names; `nil` for every other record.
    fileprivate var slotOwner: SlotOwner? {
        guard let key, let value, SlotKey(decoding: key) == .owner else { return nil }
        return SlotOwner(decoding: value)
    }
}

package struct SlotReadingFault: Error, Sendable, CustomStringConvertible {
    package let reason: String
    package var description: String { reason }
}
