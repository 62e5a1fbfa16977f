import Model
import Shaping
import Testing

/// Whatever an honest sanitizer sends raises no alarm: not where a pseudonym is by chance somebody's number, not where a
/// kept field says what a masked one says.
struct FalseAlarmTests {
    private struct Source {
        var numbers: SeededNumbers

        /// Few, so that the same text stands at many places, and short ones that meet by chance.
        private static let texts = [
            "Ada", "ada@example.org", "Ada Lovelace, ada@example.org", "one", "another", "***", "******", "0", "false",
            "123456", "111111", "4556737586899855", "+44 20 7946 0958", "020 79460958", "84.12.7.201", "2001:db8::1",
            "https://a.example/a.example?u=a.example", "a.example:9092", "b.example", "2024-02-29", "2024-03-01",
            "2024-02-29T10:00:00Z", "2024-03-01T10:00:00Z", "1709200800", "made", "mail.invalid", "Zoë \\u00e9\\n", "",
            "aaaaaaaaaaaa", "a", "user", "field", "DE89370400440532013000",
        ]
        private static let names = ["user", "field", "items", "a", "é", "made", "set", "123456"]

        mutating func pick<Value>(_ values: [Value]) -> Value {
            values[Int.random(in: values.indices, using: &numbers)]
        }
        mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &numbers) == 0 }

        mutating func text() -> String {
            chance(4) ? "\(Int.random(in: 0...(chance(2) ? 20 : 1_000_000), using: &numbers))" : pick(Self.texts)
        }

        mutating func document(_ depth: Int = 0) -> String {
            switch Int.random(in: 0..<(depth > 3 ? 5 : 9), using: &numbers) {
            case 0: return pick(["true", "false", "null", "-1.5e+3", "1709200800"])
            case 1: return "\(Int.random(in: 0...(chance(2) ? 20 : 10_000_000), using: &numbers))"
            case 2, 3, 4: return "\"\(text())\""
            case 5:
                let count = Int.random(in: 0..<4, using: &numbers)
                return "[" + (0..<count).map { _ in document(depth + 1) }.joined(separator: ",") + "]"
            default:
                let count = Int.random(in: 0..<5, using: &numbers)
                let members = (0..<count).map { _ in "\"\(pick(Self.names))\":\(document(depth + 1))" }
                return "{" + members.joined(separator: ", ") + "}"
            }
        }

        mutating func path() -> JSONPath {
            JSONPath(
                (0..<Int.random(in: 1..<4, using: &numbers)).map { _ in
                    switch Int.random(in: 0..<8, using: &numbers) {
                    case 0, 1: .any
                    case 2: .anywhere(pick(Self.names))
                    case 3: .index(Int.random(in: 0..<3, using: &numbers))
                    default: .key(pick(Self.names))
                    }
                })
        }

        private mutating func action() -> SanitizeAction {
            pick(
                SanitizeAction.ofEveryKind + [
                    .pseudonym(identity: "p", as: .integer(1)), .pseudonym(identity: "p", as: .integer(6)),
                    .pseudonym(identity: "p", as: .hex(8)), .noise(relative: 0.0001),
                    .shiftTime(milliseconds: 3_600_000),
                    .shiftTime(milliseconds: -86_400_000), .mask(with: "a", length: nil),
                    .partial(keepFirst: 6, keepLast: 6, with: "a"), .set(json: "\"ada@example.org\""),
                    .dictionary(words: WordList(["Ada", "ada@example.org", "123456"]), identity: "p"),
                ])
        }

        mutating func policy() -> SanitizePolicy {
            while true {
                let isKeyed = chance(3)
                var rules = (0..<Int.random(in: 0..<6, using: &numbers)).map { _ in
                    SanitizeRule(.value(path()), action())
                }
                if isKeyed { rules.append(SanitizeRule(chance(2) ? .key : .keyPath(path()), action())) }
                if chance(2) { rules.append(SanitizeRule(.header("h.*"), action())) }
                var policy = SanitizePolicy.ofProof(
                    pick(SanitizePolicy.Unlisted.allCases),
                    keep: (0..<Int.random(in: 0..<4, using: &numbers)).map { _ in path() },
                    rules)
                policy.keepsKey = !isKeyed && chance(3)
                policy.keepHeaders = chance(2) ? ["k"] : []
                policy.onTypeMismatch = .nullValue
                policy.onUnparseable = .nullValue
                if policy.problems.isEmpty { return policy }
            }
        }

        mutating func record() -> SampleRecord {
            let headers = (0..<Int.random(in: 0..<4, using: &numbers)).map { _ in
                RecordHeader(pick(["h", "h2", "k", "u", "Cookie"]), chance(8) ? nil : Array(text().utf8))
            }
            return SampleRecord(
                key: chance(4) ? nil : Array((chance(2) ? text() : document()).utf8),
                value: chance(12) ? nil : Array((chance(12) ? text() : document()).utf8), headers: headers)
        }
    }

    @Test func `thousands of random records under random policies with every action raise none`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var source = Source(numbers: SeededNumbers(seed: seed))
        var (passed, changed) = (0, 0)
        for round in 0..<400 {
            let stage = try ProofStage(source.policy())
            for _ in 0..<20 {
                let record = source.record()
                guard let sent = stage.sanitizer.sanitized(record, ProofStage.context) else { continue }
                passed += 1
                if sent != record { changed += 1 }
                let finding = stage.scan.finding(from: record, in: sent, context: ProofStage.context)
                guard finding != nil || stage.scan.searched > 0 else { continue }
                let (before, after) = (record.value ?? [], sent.value ?? [])
                Issue.record(
                    """
                    seed \(seed), round \(round): \(finding?.description ?? "a text is not accounted for") \(stage.policy)
                    \(String(decoding: before, as: UTF8.self)) -> \(String(decoding: after, as: UTF8.self))
                    \(String(decoding: record.key ?? [], as: UTF8.self)) -> \(String(decoding: sent.key ?? [], as: UTF8.self))
                    \(record.headers.map(\.shown)) -> \(sent.headers.map(\.shown))
                    """)
                return
            }
        }
        #expect(passed > 5_000 && changed > 4_000, "seed \(seed): \(passed) passed, \(changed) changed")
    }

    @Test func `canaries of random policies raise none`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var source = Source(numbers: SeededNumbers(seed: seed))
        var silent = 0
        for round in 0..<300 {
            let stage = try ProofStage(source.policy())
            let answer = stage.canary.shoot(through: stage.sanitizer)
            if case .found(let finding) = answer {
                Issue.record("seed \(seed), round \(round): \(finding) under \(stage.policy)")
                return
            }
            silent += answer == .silent ? 1 : 0
        }
        #expect(silent > 200, "seed \(seed): \(silent) silent")
    }

    @Test func `a text that passes elsewhere by right is no leak`() throws {
        let masked = SanitizeRule(.value(JSONPath([.key("m")])), .hash)
        let stage = try ProofStage(.ofProof(.mask, keep: [JSONPath([.key("k")])], [masked]))
        #expect(stage.finding(value: #"{"m":"Ada Lovelace","k":"Ada Lovelace"}"#) == nil)
        #expect(stage.finding(value: #"{"m":"Ada Lovelace","k":"of Ada Lovelace, and more"}"#) == nil)
        // Names of members stay, whatever they say.
        #expect(stage.finding(value: #"{"m":"a name of a member","a name of a member":1}"#) == nil)
    }
}

extension RecordHeader {
    fileprivate var shown: String {
        [name, value ?? []].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "=")
    }
}
