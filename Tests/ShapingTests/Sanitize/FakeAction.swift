import Model
import Shaping
import Testing

/// Does what a rule says in the plainest way: texts become marks that tell which action made them.
final class FakeAction: FieldAction {
    private let action: SanitizeAction
    /// Texts that were handed over, for tests that ask.
    private(set) var seen: [[UInt8]] = []
    var keepsSeen = false

    init(_ action: SanitizeAction) {
        self.action = action
    }

    func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        if keepsSeen { seen.append(field.indices.map { field[$0] }) }
        switch action {
        case .drop: return .drop
        case .null: return .null
        case .set(let json):
            out.append(contentsOf: json.utf8)
            return .json
        case .mask(let with, _):
            switch kind {
            case .string, .text:
                for _ in 0..<field.count { out.append(contentsOf: with.utf8) }
                return .text
            case .number:
                out.append(0x30)
                return .json
            default:
                out.append(contentsOf: [0x66, 0x61, 0x6C, 0x73, 0x65])
                return .json
            }
        case .hash:
            for byte in "#\"\\\n#".utf8 { out.append(byte) }
            return .text
        case .noise:
            guard kind == .number else { return .mismatch("no number") }
            out.append(0x37)
            return .json
        default:
            guard kind == .string || kind == .text else { return .mismatch("no text") }
            for byte in "fake".utf8 { out.append(byte) }
            return .text
        }
    }
}

extension TopicSanitizer {
    static func ofTest(_ policy: SanitizePolicy) throws -> TopicSanitizer {
        try TopicSanitizer(policy, unlistedKey: FakeAction(.mask(with: "k", length: nil))) { FakeAction($0) }
    }

    /// What passes of a value, or what was decided.
    func run(_ json: [UInt8]) -> (bytes: [UInt8]?, outcome: SanitizeOutcome) {
        let outcome = sanitizeValue(json.span, context: .ofTest)
        switch outcome {
        case .unchanged: return (json, outcome)
        case .changed: return (value, outcome)
        default: return (nil, outcome)
        }
    }

    func run(_ json: String) -> String {
        let (bytes, outcome) = run(Array(json.utf8))
        return bytes.map { String(decoding: $0, as: UTF8.self) } ?? "\(outcome)"
    }
}

extension FieldContext {
    static let ofTest = FieldContext(recordSeed: 1, timestampMilliseconds: 2)
}

extension SanitizePolicy {
    static func ofTest(
        _ unlisted: Unlisted, keep: [String] = [], _ rules: [(String, SanitizeAction)] = []
    ) throws -> SanitizePolicy {
        var policy = SanitizePolicy(topics: [])
        policy.unlisted = unlisted
        policy.plaintextReason = "a test"
        policy.keep = try keep.map { try #require(JSONPath(parsing: $0)) }
        policy.rules = try rules.map { SanitizeRule(.value(try #require(JSONPath(parsing: $0.0))), $0.1) }
        return policy
    }
}
