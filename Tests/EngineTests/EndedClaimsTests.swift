import Model
import Positions
import Testing

@testable import Engine

@Suite struct EndedClaimsTests {
    private let slot = Slot(1)
    private let other = Slot(2)

    private func found(_ claims: [(Slot, String, Int64)], undecided: [String] = []) -> OwnersFound {
        var found = OwnersFound()
        for (slot, id, offset) in claims {
            found.noteCommitted(SlotOwner(decoding: Array(id.utf8)), in: slot, at: offset)
        }
        for id in undecided { found.noteUndecided(SlotOwner(decoding: Array(id.utf8))) }
        return found
    }

    private func wanted(_ ended: EndedClaims, _ found: OwnersFound) -> Set<String> {
        ended.fencesWanted(found, ownIDs: ["me.0", "me.1"])
    }

    @Test func `the last owner of each slot is fenced, but nobody of this process and no slot that was released`() {
        let seen = found([(slot, "x.0", 3), (slot, "y.0", 7), (other, "z.0", 2), (other, "-", 5), (Slot(3), "me.1", 1)])
        #expect(wanted(EndedClaims(), seen) == ["y.0"])
    }

    @Test func `a claim that was ended is not fenced again, however often its slot is read`() {
        var ended = EndedClaims()
        let seen = found([(slot, "x.0", 3), (other, "x.0", 8)])
        ended.note(fenced: wanted(ended, seen), seen)
        #expect(wanted(ended, seen).isEmpty)
        #expect(wanted(ended, found([(slot, "x.0", 3)])).isEmpty)
    }

    @Test func `another claim is fenced, of the same owner too`() {
        var ended = EndedClaims()
        let seen = found([(slot, "x.0", 3)])
        ended.note(fenced: ["x.0"], seen)
        #expect(wanted(ended, found([(slot, "x.0", 3), (slot, "x.0", 9)])) == ["x.0"])
        #expect(wanted(ended, found([(slot, "x.0", 3), (slot, "y.0", 9)])) == ["y.0"])
        #expect(wanted(ended, found([(other, "x.0", 3)])) == ["x.0"])
    }

    @Test func `a fence that failed is made again`() {
        var ended = EndedClaims()
        let seen = found([(slot, "x.0", 3), (other, "y.0", 3)])
        ended.note(fenced: ["y.0"], seen)
        #expect(wanted(ended, seen) == ["x.0"])
    }

    @Test func `who tries to become owner is fenced each time`() {
        var ended = EndedClaims()
        let seen = found([], undecided: ["x.0", "me.0", "-"])
        #expect(wanted(ended, seen) == ["x.0"])
        ended.note(fenced: ["x.0"], seen)
        #expect(wanted(ended, seen) == ["x.0"])
    }

    @Test func `where a transaction stays open the owner is fenced again`() {
        var ended = EndedClaims()
        let seen = found([(slot, "x.0", 3), (other, "y.0", 8)])
        ended.note(fenced: ["x.0", "y.0"], seen)
        ended.forget([slot])
        #expect(wanted(ended, seen) == ["x.0"])
    }
}
