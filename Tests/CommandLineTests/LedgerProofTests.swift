import Mirror
import Model
import Testing

/// A flow with two slots, looked at again and again.
struct LedgerProofTests {
    private static let control = TopicPartition("control", 0)
    private static let slots = [TopicPartition("positions", 0), TopicPartition("positions", 1)]

    /// A healthy flow's topics; one log can be told to differ.
    private func look(
        _ odd: TopicPartition? = nil, start: Int64 = 0, end: Int64 = 100, sinceAnchor: Int64 = 100,
        sinceNow: Int64 = 100
    ) -> LedgerLook {
        var look = LedgerLook()
        look.partitions = ["control": 1, "positions": 2]
        for partition in [Self.control] + Self.slots {
            let isOdd = partition == odd
            look.starts[partition] = isOdd ? start : 0
            look.ends[partition] = isOdd ? end : 100
            look.sinceAnchor[partition] = isOdd ? sinceAnchor : 100
            look.sinceNow[partition] = isOdd ? sinceNow : 100
        }
        return look
    }

    private func proof(_ first: LedgerLook? = nil) -> LedgerProof {
        var proof = LedgerProof(expected: ["control": 1, "positions": 2])
        #expect(proof.note(first ?? look()) == nil)
        return proof
    }

    @Test func `topics that grow and are compacted are the same`() {
        var proof = proof()
        for end in Int64(101)...120 {
            #expect(proof.note(look(Self.slots[0], end: end, sinceAnchor: end, sinceNow: end)) == nil)
            #expect(!proof.keepsAnchor)
        }
    }

    @Test(arguments: ["control", "positions"])
    func `a topic that three looks in a row do not find is lost`(name: String) {
        var proof = proof()
        var gone = LedgerLook()
        gone.partitions = ["control": 1, "positions": 2]
        gone.partitions[name] = nil
        #expect(proof.note(gone) == nil && proof.note(gone) == nil)
        #expect(proof.note(gone) == "the topic \(name) was deleted")
    }

    @Test func `a topic that a broker does not know for a moment is not lost`() {
        var proof = proof()
        for _ in 0..<5 {
            #expect(proof.note(LedgerLook()) == nil && proof.note(LedgerLook()) == nil)
            #expect(proof.note(look()) == nil)
        }
    }

    @Test func `a topic that was grown by hand is the same`() {
        var proof = proof()
        var grown = look()
        grown.partitions["positions"] = 9
        for _ in 0..<3 { #expect(proof.note(grown) == nil) }
    }

    @Test func `a topic with fewer partitions is another topic`() {
        var proof = proof()
        var anew = look()
        anew.partitions["positions"] = 1
        #expect(proof.note(anew) == nil)
        #expect(proof.note(anew)?.contains("it has 1 partitions, and had 2") == true)
    }

    @Test(arguments: [control] + slots)
    func `a log that ends before its end was made anew`(partition: TopicPartition) {
        var proof = proof()
        let anew = look(partition, end: 99)
        #expect(proof.note(anew) == nil && proof.keepsAnchor)
        #expect(proof.note(anew)?.contains("partition \(partition.partition) ends at offset 99") == true)
    }

    @Test(arguments: [control] + slots)
    func `a log that was made anew and has outgrown the old one is known by its age`(partition: TopicPartition) {
        var proof = proof()
        let anew = look(partition, end: 500, sinceAnchor: 0)
        #expect(proof.note(anew) == nil && proof.keepsAnchor)
        #expect(proof.note(anew)?.contains("is younger than what it held before") == true)
    }

    @Test func `what was written by a clock that is ahead is no sign of another log`() {
        var proof = proof(look(Self.slots[1], end: 100, sinceNow: 90))
        #expect(proof.note(look(Self.slots[1], end: 110, sinceAnchor: 90, sinceNow: 95)) == nil)
        #expect(proof.note(look(Self.slots[1], end: 120, sinceAnchor: 95, sinceNow: 118)) == nil)
        #expect(!proof.keepsAnchor)
    }

    @Test func `what is written between two questions of a look is no sign of another log`() {
        var proof = proof(look(Self.slots[1], end: 100, sinceNow: 103))
        #expect(proof.note(look(Self.slots[1], end: 110, sinceAnchor: 101, sinceNow: 110)) == nil)
        #expect(!proof.keepsAnchor)
    }

    @Test func `records that were deleted are lost positions`() {
        var proof = proof()
        let emptied = look(Self.slots[0], start: 60)
        #expect(proof.note(emptied) == nil)
        #expect(proof.note(emptied)?.contains("begins at offset 60, and began at 0") == true)
    }

    @Test func `a look with holes neither confirms a doubt nor ends it`() {
        var proof = proof()
        let anew = look(Self.slots[0], end: 3, sinceAnchor: 0)
        var holes = look()
        holes.ends[Self.slots[0]] = nil
        holes.sinceAnchor[Self.slots[0]] = nil
        #expect(proof.note(anew) == nil)
        #expect(proof.note(holes) == nil && proof.keepsAnchor)
        #expect(proof.note(anew) != nil)
    }
}
