import Model
import Positions

/// Something a lane does once, between transactions of its records, in a transaction of its own.
enum Errand: Hashable {
    case claim([SlotClaim])
    case release([Slot], deadline: Instant)
    case register(ticket: Int, [LedgerRecord])
    case answerSeeks

    /// Whether every read must be acknowledged and committed first, also with at-least-once.
    var needsQuiet: Bool {
        switch self {
        case .release: true
        case .claim, .register, .answerSeeks: false
        }
    }

    var deadline: Instant? {
        switch self {
        case .release(_, let deadline): deadline
        case .claim, .register, .answerSeeks: nil
        }
    }
}

extension Lane where Source: ~Copyable, Destination: ~Copyable {
    mutating func obey(_ order: LaneOrder, at now: Instant) {
        switch order {
        case .claim(let claims):
            errands.append(.claim(claims))
            // The coordinator rests by itself before it has slots claimed again.
            phase.endRest()
        case .adopt(let starts): take(starts.filter { slots.contains($0.slot) }, at: now)
        case .release(let released, let deadline): prepareRelease(released, deadline: deadline)
        case .drop(let dropped): drop(Set(dropped), at: now)
        case .register(let ticket, let records): errands.append(.register(ticket: ticket, records))
        case .examined(let answers): note(answers, at: now)
        case .missed(let missed): note(missed, at: now)
        case .returned(let shown): note(returned: Set(shown), at: now)
        case .seek(let orders): note(orders)
        case .stop:
            phase.stop()
            post(.stopped)
        }
    }

    /// Claims that did not begin are forgotten; what is held goes back through an errand.
    private mutating func prepareRelease(_ released: [Slot], deadline: Instant) {
        forgetClaims(of: Set(released))
        let held = released.filter(slots.contains)
        let others = released.filter { !slots.contains($0) }
        if !others.isEmpty { post(.released(others)) }
        if !held.isEmpty { errands.insert(.release(held, deadline: deadline), at: 0) }
    }

    mutating func forgetClaims(of forgotten: Set<Slot>) {
        errands = errands.compactMap { errand in
            guard case .claim(let claims) = errand else { return errand }
            let kept = claims.filter { !forgotten.contains($0.slot) }
            return kept.isEmpty ? nil : .claim(kept)
        }
    }

    mutating func serveErrand(at now: Instant) throws(DestinationFault) {
        switch errands.removeFirst() {
        case .claim(let claims): try claim(claims, at: now)
        case .release(let released, _): try release(released)
        case .register(let ticket, let records): try register(ticket, records)
        case .answerSeeks: try answerSeeks(at: now)
        }
        phase.committed()
    }

    /// One transaction: own id as owner of each slot, exactly at the mark where it was read, and the fence.
    private mutating func claim(_ claims: [SlotClaim], at now: Instant) throws(DestinationFault) {
        var transaction = LedgerTransaction()
        let owner = SlotOwner.claimed(transactionalID: settings.transactionalID)
        for claim in claims {
            transaction.records.append(
                LedgerRecord(.slot(claim.slot), key: SlotKey.owner.encoded, value: owner.encoded))
            transaction.fenced.insert(claim.slot)
            transaction.marks[claim.slot] = claim.mark
        }
        let claimed = claims.map(\.slot)
        do throws(DestinationFault) {
            guard try destination.transact(transaction) == .committed else {
                post(.notClaimed(claimed, reason: "another process wrote to the slot after it was read"))
                return
            }
        } catch {
            post(.notClaimed(claimed, reason: error.reason))
            throw error
        }
        slots.formUnion(claimed)
        post(.claimed(claimed))
        take(claims.flatMap(\.starts), at: now)
    }

    /// Everything is acknowledged and committed by now: name nobody as owner and let go.
    private mutating func release(_ released: [Slot]) throws(DestinationFault) {
        var transaction = LedgerTransaction()
        for slot in released {
            transaction.records.append(
                LedgerRecord(.slot(slot), key: SlotKey.owner.encoded, value: SlotOwner.released.encoded))
            transaction.fenced.insert(slot)
        }
        // Answered in any case: without the record the next owner fences this lane's id, which costs it a moment.
        defer { post(.released(released)) }
        do throws(DestinationFault) {
            _ = try destination.transact(transaction)
        } catch {
            putDown(Set(released))
            throw error
        }
        putDown(Set(released))
    }

    private mutating func register(_ ticket: Int, _ records: [LedgerRecord]) throws(DestinationFault) {
        guard slots.contains(.steward) else {
            post(.registered(ticket: ticket, succeeded: false))
            return
        }
        var transaction = LedgerTransaction()
        transaction.records = records
        transaction.fenced = [.steward]
        do throws(DestinationFault) {
            let outcome = try destination.transact(transaction)
            post(.registered(ticket: ticket, succeeded: outcome == .committed))
        } catch {
            post(.registered(ticket: ticket, succeeded: false))
            throw error
        }
    }

    /// The release's time is over: what is open is taken back, and the slots go without a word in the ledger. Their
    /// next owner fences this lane's id.
    mutating func abandonErrand() throws(DestinationFault) {
        guard case .release(let released, _) = errands.removeFirst() else {
            preconditionFailure("only a release has a deadline")
        }
        phase.abandoned()
        defer { post(.released(released)) }
        try takeBack(droppingSlots: Set(released))
    }
}
