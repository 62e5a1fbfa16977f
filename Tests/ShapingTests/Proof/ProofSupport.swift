import Model
import Shaping
import Testing

/// A rule that was switched off behind the tool's back.
final class PassAction: FieldAction {
    /// How the text gets out.
    private let writing: ([UInt8]) -> [UInt8]

    init(_ writing: @escaping ([UInt8]) -> [UInt8] = { $0 }) {
        self.writing = writing
    }

    func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        out += writing(field.indices.map { field[$0] })
        switch kind {
        case .string, .text: return .text
        case .number, .boolean, .null, .object, .array: return .json
        }
    }
}

/// A policy with a sanitizer that may not do what the policy says, and the proof of it.
struct ProofStage {
    let policy: SanitizePolicy
    let sanitizer: TopicSanitizer
    let scan: LeakScan
    let canary: Canary

    static let context = FieldContext(recordSeed: 7, timestampMilliseconds: 1_700_000_000_000)

    /// - Parameters:
    ///   - compiled: what the sanitizer is made of in the place of the policy.
    ///   - wrap: puts another action in the place of one.
    init(
        _ policy: SanitizePolicy, compiled: SanitizePolicy? = nil,
        wrap: (SanitizeAction, any FieldAction) -> any FieldAction = { $1 }
    ) throws {
        var definition = SanitizeDefinition(key: Secret(Array("a key for these tests".utf8)))
        definition.policies = [policy]
        let spaces = IdentitySpaces(definition)
        var shape = ShapeDefinition()
        definition.policies = [compiled ?? policy]
        shape.sanitize = definition
        self.policy = policy
        sanitizer = try #require(try TopicShaper(shape, topic: "t", spaces: spaces, wrap: wrap).sanitizer)
        scan = try LeakScan(policy, spaces: spaces)
        canary = Canary(policy, scan: scan)
    }

    /// What the scan says of a record that this sanitizer lets pass; `nil` also where none does.
    func finding(_ record: SampleRecord) -> LeakFinding? {
        sanitizer.sanitized(record, Self.context).flatMap {
            scan.finding(from: record, in: $0, context: Self.context)
        }
    }

    func finding(value: String, key: String? = nil, headers: [(String, String)] = []) -> LeakFinding? {
        finding(
            SampleRecord(
                key: key.map { Array($0.utf8) }, value: Array(value.utf8),
                headers: headers.map { RecordHeader($0.0, Array($0.1.utf8)) }))
    }
}

extension SanitizePolicy {
    static func ofProof(
        _ unlisted: Unlisted = .mask, keep: [JSONPath] = [], _ rules: [SanitizeRule] = []
    ) -> SanitizePolicy {
        var policy = SanitizePolicy(topics: [.pattern(".*")])
        policy.unlisted = unlisted
        policy.plaintextReason = "a test"
        policy.keep = keep
        policy.rules = rules
        return policy
    }
}

extension SanitizeAction {
    /// One of every kind, and of some two.
    static let ofEveryKind: [SanitizeAction] = [
        .drop, .null, .set(json: #"{"set":["made"]}"#), .mask(with: "*", length: nil), .mask(with: "#", length: 3),
        .partial(keepFirst: 2, keepLast: 2, with: "*"), .hash, .pseudonym(identity: "p", as: .uuid),
        .pseudonym(identity: "p", as: .integer(14)), .email(identity: "p", domain: "mail.invalid"),
        .phone(identity: "p", keepsCountry: true), .phone(identity: "p", keepsCountry: false),
        .ip(identity: "p", keepsPrefix: true), .ip(identity: "p", keepsPrefix: false),
        .url(EndpointMap(["a.example": "b.example"])), .dictionary(words: WordList(["one", "another"]), identity: "p"),
        .noise(relative: 0.2), .shiftTime(milliseconds: 86_400_000), .scrub(DetectorKind.allCases),
        .digits(identity: "p", keepsLuhn: false), .digits(identity: "p", keepsLuhn: true),
    ]
}
