import Model
import Shaping

/// A generator of numbers that a seed repeats (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Documents and policies that meet often: few names, written in many ways.
struct RandomJSON {
    var numbers: SeededNumbers

    private static let names = ["a", "b", "c", "email", "é", "a.b", "", "a long name of a member, longer than a word"]
    private static let strings = [
        "", "x", "ada@example.org", #"a\n\"b\""#, #"\ud83d\ude00 é"#, "sixteen byte text", "]},{[",
    ]
    private static let literals = ["0", "-1.5e+3", "12345678901234567890", "true", "false", "null"]

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &numbers) == 0 }

    private mutating func space() -> String {
        chance(4) ? [" ", "\n", "\t ", "\r\n"].randomElement(using: &numbers) ?? "" : ""
    }

    private mutating func name() -> String {
        let name = Self.names.randomElement(using: &numbers) ?? ""
        guard chance(3) else { return "\"\(name)\"" }
        // Some of its characters as escapes.
        let written = name.utf16.map { unit in
            let digits = String(unit, radix: 16)
            let plain = unit < 0x80 ? String(Unicode.Scalar(UInt8(unit))) : nil
            return plain.flatMap { chance(2) ? $0 : nil } ?? "\\u" + String(repeating: "0", count: 4 - digits.count)
                + digits
        }
        return "\"\(written.joined())\""
    }

    mutating func document(depth: Int = 0) -> String {
        let inner: String
        switch Int.random(in: 0..<(depth > 4 ? 4 : 10), using: &numbers) {
        case 0, 1: inner = "\"\(Self.strings.randomElement(using: &numbers) ?? "")\""
        case 2, 3: inner = Self.literals.randomElement(using: &numbers) ?? ""
        case 4, 5, 6:
            let count = Int.random(in: 0..<5, using: &numbers)
            inner = "[" + (0..<count).map { _ in document(depth: depth + 1) }.joined(separator: ",") + "]"
        default:
            let count = Int.random(in: 0..<6, using: &numbers)
            let members = (0..<count).map { _ in "\(space())\(name())\(space()):\(document(depth: depth + 1))" }
            inner = "{" + members.joined(separator: ",") + space() + "}"
        }
        return space() + inner + space()
    }

    private mutating func path() -> JSONPath {
        let name = Self.names.randomElement(using: &numbers) ?? ""
        return JSONPath(
            (0..<Int.random(in: 1..<4, using: &numbers)).map { _ in
                switch Int.random(in: 0..<8, using: &numbers) {
                case 0, 1: .any
                case 2: .anywhere(name)
                case 3: .index(Int.random(in: 0..<3, using: &numbers))
                default: .key(Self.names.randomElement(using: &numbers) ?? "")
                }
            })
    }

    /// One without problems.
    mutating func policy() -> SanitizePolicy {
        let actions: [SanitizeAction] = [
            .drop, .null, .set(json: #"{"set":[1]}"#), .mask(with: "*", length: nil), .mask(with: "*", length: nil),
            .hash,
            .noise(relative: 0.5), .email(identity: "p", domain: "d"),
        ]
        while true {
            var policy = SanitizePolicy(topics: [])
            policy.plaintextReason = "random"
            policy.unlisted = SanitizePolicy.Unlisted.allCases.randomElement(using: &numbers) ?? .mask
            policy.keep = (0..<Int.random(in: 0..<4, using: &numbers)).map { _ in path() }
            policy.rules = (0..<Int.random(in: 0..<5, using: &numbers)).map { _ in
                SanitizeRule(.value(path()), actions.randomElement(using: &numbers) ?? .drop)
            }
            if policy.problems.isEmpty { return policy }
        }
    }
}
