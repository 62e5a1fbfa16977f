import CAllocationCounter
import Model
import Shaping
import Testing

/// What all actions on identities have in common.
struct IdentityActionsTests {
    /// Something for each of them.
    private static let texts = [
        "Jürgen Ä <jürgen@example.org>", "+49 171 1234567", "203.0.113.7", "fe80::1", "4111111111111111", "012345678",
    ]

    @Test(arguments: SanitizeAction.identityActions)
    func `two processes with one key make the same, and one with another key does not`(action: SanitizeAction) throws {
        let one = try #require(IdentityBench(action))
        let two = try #require(IdentityBench(action))
        let stranger = try #require(IdentityBench(action, key: "another key"))
        #expect(Self.texts.map { one.result(of: $0) } == Self.texts.map { two.result(of: $0) })
        #expect(Self.texts.map { one.result(of: $0) } != Self.texts.map { stranger.result(of: $0) })
    }

    @Test(arguments: SanitizeAction.identityActions)
    func `null stays null, and what has another type is refused`(action: SanitizeAction) throws {
        let bench = try #require(IdentityBench(action))
        #expect(bench.result(of: "null", kind: .null) == .init(outcome: .null, bytes: []))
        for (text, kind) in [("true", .boolean), ("{\"a\":1}", .object), ("[1]", .array)] as [(String, FieldKind)] {
            #expect(bench.result(of: text, kind: kind) == .init(outcome: .mismatch(""), bytes: []))
        }
    }

    @Test(arguments: SanitizeAction.identityActions)
    func `no bytes of any kind trap, and what is refused leaves nothing behind`(action: SanitizeAction) throws {
        var random = SeededRandom(seed: 3)
        let alphabets: [[UInt8]] = [
            Array(0...255), Array("0123456789".utf8), Array("+0123456789 ()-./".utf8), Array("0123456789abcdef:.".utf8),
            Array("12345678.eE-".utf8), Array("aÄ\u{308}\u{3000}\u{212a}𝒜 ".utf8),
        ]
        for canonical in [[], IdentityDefinition.Step.allCases, IdentityDefinition.Step.allCases.reversed()] {
            let bench = try #require(IdentityBench(action, canonical: canonical))
            for _ in 0..<300 {
                let alphabet = alphabets[Int.random(in: alphabets.indices, using: &random)]
                let count = Int.random(in: 0...48, using: &random)
                let bytes = (0..<count).map { _ in alphabet[Int.random(in: alphabet.indices, using: &random)] }
                for kind in [.string, .text, .number] as [FieldKind] {
                    let result = bench.result(of: bytes, kind: kind)
                    switch result.outcome {
                    case .mismatch: #expect(result.bytes.isEmpty)
                    case .text, .json: #expect(!result.bytes.isEmpty, "\(bytes), seed 3")
                    case .null, .drop: Issue.record("\(bytes), seed 3")
                    }
                }
            }
        }
    }

    @Test(arguments: SanitizeAction.identityActions)
    func `results stand behind what was in the buffer`(action: SanitizeAction) throws {
        let bench = try #require(IdentityBench(action))
        for text in Self.texts {
            var out: [UInt8] = [1, 2, 3]
            let bytes = Array(text.utf8)
            let context = FieldContext(recordSeed: 9, timestampMilliseconds: 9)
            let outcome = bench.action.apply(to: bytes.span, kind: .text, context: context, into: &out)
            #expect(bench.result(of: text) == .init(outcome: outcome, bytes: Array(out[3...])))
            #expect(out.prefix(3) == [1, 2, 3])
        }
    }

    @Test(
        .enabled(if: allocation_counter_is_available(), "a sanitizer has an allocator of its own"),
        arguments: SanitizeAction.identityActions)
    func `a field allocates nothing once the buffers have grown`(action: SanitizeAction) throws {
        let bench = try #require(IdentityBench(action, canonical: [.trim, .nfc, .lowercase, .e164]))
        let fields = Self.texts.map { Array($0.utf8) }
        let context = FieldContext(recordSeed: 1, timestampMilliseconds: 2)
        var out: [UInt8] = []
        func pass() {
            for index in fields.indices {
                out.removeAll(keepingCapacity: true)
                let field = fields[index]
                _ = bench.action.apply(to: field.span, kind: .text, context: context, into: &out)
            }
        }
        for _ in 0..<3 { pass() }
        allocation_counter_start()
        for _ in 0..<10 { pass() }
        let allocations = allocation_counter_stop()
        #expect(allocations == 0)
    }

    @Test func `other actions are not made here`() throws {
        let others: [SanitizeAction] = [
            .drop, .null, .set(json: "1"), .mask(with: "*", length: nil),
            .partial(keepFirst: 1, keepLast: 1, with: "*"),
            .hash, .url(EndpointMap()), .noise(relative: 0.1), .shiftTime(milliseconds: 1), .scrub([.email]),
        ]
        #expect(!others.contains { IdentityBench($0) != nil })
    }

    @Test func `a space that nobody described takes texts as they are`() throws {
        let definition = SanitizeDefinition(key: Secret(Array("key".utf8)))
        #expect(IdentitySpaces(definition)["person"].name == "person")
    }
}
