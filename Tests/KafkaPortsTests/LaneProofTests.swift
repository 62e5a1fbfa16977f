import Model
import Shaping
import Testing

@testable import KafkaPorts

/// When canaries fly, and which records are searched.
struct LaneProofTests {
    private static func shape(_ verify: VerifyDefinition = VerifyDefinition()) -> ShapeDefinition {
        var policy = SanitizePolicy(topics: [.pattern(".*")])
        policy.rules = [SanitizeRule(.value(JSONPath([.key("a")])), .hash)]
        var sanitize = SanitizeDefinition(key: Secret(Array("a key for these tests".utf8)))
        sanitize.policies = [policy]
        var shape = ShapeDefinition()
        shape.sanitize = sanitize
        shape.verify = verify
        return shape
    }

    /// - Parameter broken: topics whose rule does nothing.
    private static func open(
        _ topics: [String], of proof: inout LaneProof, _ shape: ShapeDefinition, broken: Set<String> = []
    ) throws {
        let spaces = shape.sanitize.map { IdentitySpaces($0) }
        for topic in topics {
            let shaper = try TopicShaper(shape, topic: topic, spaces: spaces) { action, honest in
                broken.contains(topic) && action == .hash ? OpenAction() : honest
            }
            try proof.open(shaper, shape, spaces)
        }
    }

    private static func instant(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: 0).advanced(milliseconds: milliseconds)
    }

    @Test func `every topic's canary flies at once, and then in turns, one at a time`() throws {
        let board = ProofBoard()
        let shape = Self.shape()
        var proof = LaneProof(shape.verify, board: board)
        proof.attend(at: Self.instant(0))
        #expect(board.now.shots == 0)
        try Self.open(["a", "b", "c"], of: &proof, shape)
        proof.attend(at: Self.instant(100))
        #expect(board.now.shots == 3)
        try Self.open(["d"], of: &proof, shape)
        proof.attend(at: Self.instant(10_000))
        #expect(board.now.shots == 4)
        for tick in 0..<10 { proof.attend(at: Self.instant(19_000 + Int64(tick))) }
        #expect(board.now.shots == 4)
        // Three are due, the fourth later.
        for tick in 0..<10 { proof.attend(at: Self.instant(20_100 + Int64(tick))) }
        #expect(board.now.shots == 7)
        for tick in 0..<10 { proof.attend(at: Self.instant(30_000 + Int64(tick))) }
        #expect(board.now.shots == 8 && !board.isAlarmed && board.now.unanswered == 0)
        // No rule has met a record's place.
        #expect(board.now.counts[0]?.hits == [0] && board.now.counts[0]?.unlisted == 0)
    }

    @Test func `the sanitizer of one topic that does not do what it should raises the alarm`() throws {
        let board = ProofBoard()
        let shape = Self.shape()
        var proof = LaneProof(shape.verify, board: board)
        try Self.open(["a", "b", "c"], of: &proof, shape, broken: ["b"])
        proof.attend(at: Self.instant(0))
        #expect(board.isAlarmed)
        #expect(board.now.findings.map(\.topic) == ["b"] && board.now.findings.first?.leak.place == "$.a")
    }

    @Test func `so many records are searched as the share says, and the first one`() {
        for (ratio, expected) in [(0.01, 900...1_100), (0.5, 49_000...51_000), (1, 100_000...100_000), (0, 0...0)] {
            var verify = VerifyDefinition()
            verify.scanRatio = ratio
            var proof = LaneProof(verify, board: ProofBoard())
            var count = 0
            for number in 0..<100_000 {
                let isDue = proof.isDue()
                count += isDue ? 1 : 0
                if number == 0 { #expect(isDue == (ratio > 0)) }
            }
            // Within five standard deviations of the gaps' sum.
            #expect(expected.contains(count), "\(ratio): \(count)")
        }
    }
}

private final class OpenAction: FieldAction {
    func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        for index in field.indices { out.append(field[index]) }
        return .text
    }
}
