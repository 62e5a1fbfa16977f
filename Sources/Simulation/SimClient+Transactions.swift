import Engine
import Model

/// The transactional producer of a lane. Each call to the destination takes its time, and the world goes on meanwhile.
extension SimClient {
    /// A transaction that was begun beside the lane's work.
    enum Begun {
        /// Not carried out before the lane asks for its outcome then, however much has happened by that time.
        case late(LedgerTransaction, Membership, at: Int64)
        /// Carried out, which the lane learns later.
        case early(Result<TransactionOutcome, DestinationFault>, at: Int64)

        var dueAt: Int64 {
            switch self {
            case .late(_, _, let at), .early(_, let at): at
            }
        }
    }

    /// A place in the group at one moment.
    struct Membership {
        let id: Int
        let generation: Int
    }

    private func membership() throws(DestinationFault) -> Membership {
        guard let id = member.id, member.generation >= 0 else { throw DestinationFault(.abort, "no member") }
        return Membership(id: id, generation: member.generation)
    }

    func begin(_ wanted: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome? {
        guard !isExactlyOnce, wanted.quarantined.isEmpty else { return try transact(wanted) }
        if begun != nil { world.report("a transaction is begun while another is under way") }
        let membership = try membership()
        let dueAt = world.now + Int64(world.random.pick(world.strikes(0.1) ? 100_000...3_000_000 : 500...20_000))
        if world.random.chance(0.5) {
            begun = .late(wanted, membership, at: dueAt)
            return nil
        }
        do throws(DestinationFault) {
            begun = .early(.success(try transact(wanted, membership)), at: dueAt)
        } catch {
            begun = .early(.failure(error), at: dueAt)
        }
        return nil
    }

    func outcome(waits: Bool = false) throws(DestinationFault) -> TransactionOutcome? {
        guard let begun, waits || world.now >= begun.dueAt else { return nil }
        self.begun = nil
        switch begun {
        case .early(let result, _): return try result.get()
        case .late(let wanted, let membership, _): return try transact(wanted, membership)
        }
    }

    func transact(_ wanted: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome {
        if begun != nil { world.report("a transaction while another is under way") }
        return try transact(wanted, try membership())
    }

    private func transact(
        _ wanted: LedgerTransaction, _ membership: Membership
    ) throws(DestinationFault) -> TransactionOutcome {
        try pass()
        if isExactlyOnce, inFlight > 0 { world.report("a transaction is closed while reads of it are in flight") }
        if wanted.fenced.isEmpty { world.report("a transaction without a fence") }
        try begin()
        guard let transaction, let session else { throw DestinationFault(.renewAll, "no producer") }
        if world.strikes(world.plan.faults.failTransaction) { throw abortable("the ledger did not take a record") }
        let isAtMarks = try write(wanted, transaction, session)
        try pass()
        guard isAtMarks else {
            try end(transaction, committing: false, session)
            return .contested
        }
        guard world.group.accepts(membership.id, generation: membership.generation) else {
            throw abortable("ILLEGAL_GENERATION")
        }
        try pass()
        try end(transaction, committing: true, session)
        world.sleep(Int64(world.random.pick(100...2_000)), for: member)
        guard member.isAlive, !world.strikes(world.plan.faults.hideOutcome) else {
            isFatal = true
            throw DestinationFault(.renewAll, "the outcome of a commit is unknown")
        }
        return .committed
    }

    func writeAhead(_ records: [LedgerRecord]) throws(DestinationFault) {
        try checkLedger()
        try begin()
        guard let transaction, let session else { throw DestinationFault(.renewAll, "no producer") }
        var ahead = LedgerTransaction()
        ahead.records = records
        _ = try write(ahead, transaction, session)
    }

    func abort() throws(DestinationFault) {
        takeBackRecords()
        guard session != nil else { return }
        world.sleep(Int64(world.random.pick(200...3_000)), for: member)
        if world.strikes(world.plan.faults.failAbort) { isFatal = true }
        guard member.isAlive, !isFatal, let session else {
            throw DestinationFault(.renewAll, "the transaction could not be aborted")
        }
        if let transaction { try end(transaction, committing: false, session) }
        mustAbort = false
    }

    /// A call's time passes; whoever died meanwhile is told.
    private func pass() throws(DestinationFault) {
        world.sleep(Int64(world.random.pick(200...4_000)), for: member)
        try checkLedger()
    }

    /// Answers whether the first record of every marked slot landed at its mark.
    private func write(
        _ wanted: LedgerTransaction, _ transaction: SimTransaction, _ session: DestinationCluster.Session
    ) throws(DestinationFault) -> Bool {
        var first: [Slot: Int64] = [:]
        for record in wanted.records {
            let offset = try ask { () throws(Fenced) in
                try world.destination.append(
                    .ledger(record), to: world.destination.log(record.log), in: transaction, of: session)
            }
            guard case .slot(let slot) = record.log else { continue }
            first[slot] = first[slot] ?? offset
        }
        for record in wanted.quarantined {
            _ = try ask { () throws(Fenced) in
                try world.destination.append(
                    .quarantined(record.source, offset: record.offset), to: world.destination.quarantine,
                    in: transaction, of: session)
            }
        }
        return wanted.marks.allSatisfy { slot, mark in first[slot] == mark }
    }

    private func end(
        _ transaction: SimTransaction, committing: Bool, _ session: DestinationCluster.Session
    ) throws(DestinationFault) {
        try ask { () throws(Fenced) in
            try world.destination.end(transaction, committing: committing, of: session)
        }
        self.transaction = nil
    }

    private func ask<Answer>(_ call: () throws(Fenced) -> Answer) throws(DestinationFault) -> Answer {
        do throws(Fenced) {
            return try call()
        } catch {
            throw fenced(error)
        }
    }

    /// The transaction cannot be committed. With exactly-once the lane aborts it, with all its records; at least once
    /// nobody but this client knows of it.
    private func abortable(_ reason: String) -> DestinationFault {
        mustAbort = isExactlyOnce
        guard !isExactlyOnce, let transaction, let session else { return DestinationFault(.abort, reason) }
        do throws(DestinationFault) {
            try end(transaction, committing: false, session)
        } catch {
            return error
        }
        return DestinationFault(.abort, reason)
    }
}
