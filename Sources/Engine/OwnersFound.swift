import Model
import Positions

/// Who may have a transaction open in slots that are about to be read, as far as their `owner` records tell.
package struct OwnersFound: Sendable {
    /// A committed `owner` record: with it one lane begins to work in a slot.
    package struct Claim: Hashable, Sendable {
        package let transactionalID: String
        package let offset: Int64
    }

    /// The last committed claim of each slot that was not released since.
    package private(set) var claims: [Slot: Claim] = [:]
    /// Whoever wrote `owner` in a transaction that is not decided yet.
    package private(set) var undecided: Set<String> = []

    package init() {}

    /// Told in the order of the offsets.
    package mutating func noteCommitted(_ owner: SlotOwner, in slot: Slot, at offset: Int64) {
        switch owner {
        case .released: claims[slot] = nil
        case .claimed(let id): claims[slot] = Claim(transactionalID: id, offset: offset)
        }
    }

    package mutating func noteUndecided(_ owner: SlotOwner) {
        if case .claimed(let id) = owner { undecided.insert(id) }
    }
}

/// Which claims of others this process has ended by a fence.
///
/// A lane that was fenced works in a slot again only after another claim, which stands at another offset: it puts every
/// slot down first. So one fence is enough for a claim, however often the slot must be read. A second one could only
/// hit what its owner does by now in other slots; two live processes that take slots from each other would fence each
/// other until chance ends it (`docs/decisions/013`).
package struct EndedClaims: Sendable {
    private var ended: [Slot: OwnersFound.Claim] = [:]

    package init() {}

    /// Ids to fence before the slots are read.
    package func fencesWanted(_ found: OwnersFound, ownIDs: Set<String>) -> Set<String> {
        let claimants = found.claims.filter { ended[$0.key] != $0.value }.map(\.value.transactionalID)
        return found.undecided.union(claimants).subtracting(ownIDs)
    }

    package mutating func note(fenced ids: Set<String>, _ found: OwnersFound) {
        for (slot, claim) in found.claims where ids.contains(claim.transactionalID) { ended[slot] = claim }
    }

    /// A transaction stays open in some of these slots: whatever was fenced did not end it.
    package mutating func forget(_ slots: [Slot]) {
        for slot in slots { ended[slot] = nil }
    }
}
