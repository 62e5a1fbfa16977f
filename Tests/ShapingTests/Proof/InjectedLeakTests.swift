import Foundation
import Model
import Testing

@testable import Shaping

/// A sanitizer that does not do what the policy says is found: by the canary before any record, and by the scan in the
/// first record that is looked at.
struct InjectedLeakTests {
    private static let path = JSONPath([.key("user"), .key("field")])

    /// Every place that a rule can name.
    private static let places: [(place: FieldPlace, part: String)] = [
        (.value(path), "value"), (.value(JSONPath([.key("items"), .any, .key("x")])), "value"),
        (.value(JSONPath([.key("list"), .index(1)])), "value"), (.value(JSONPath([.anywhere("deep")])), "value"),
        (.key, "key"), (.keyPath(path), "key"), (.header("x-secret"), "header x-secret"),
    ]

    @Test(arguments: SanitizeAction.ofEveryKind)
    func `a rule that is switched off is found by the canary, at every place`(action: SanitizeAction) throws {
        for unlisted in SanitizePolicy.Unlisted.allCases {
            for (place, part) in Self.places {
                let policy = SanitizePolicy.ofProof(unlisted, [SanitizeRule(place, action)])
                let honest = try ProofStage(policy)
                for _ in 0..<3 { #expect(honest.canary.shoot(through: honest.sanitizer) == .silent, "\(place)") }
                let broken = try ProofStage(policy) { $0 == action ? PassAction() : $1 }
                guard case .found(let finding) = broken.canary.shoot(through: broken.sanitizer) else {
                    Issue.record("\(action) at \(place), unlisted \(unlisted): not found")
                    continue
                }
                #expect(
                    finding
                        == LeakFinding(rule: 1, place: place.described, part: part, form: .plain))
            }
        }
    }

    @Test(arguments: SanitizeAction.ofEveryKind)
    func `a rule that is switched off is found by the scan of one record`(action: SanitizeAction) throws {
        let text = try #require(Self.texts[action.verb])
        let written = action.verb == "noise" ? text : "\"\(text)\""
        for unlisted in SanitizePolicy.Unlisted.allCases {
            let rules = [
                SanitizeRule(.value(JSONPath([.key("v")])), action), SanitizeRule(.key, action),
                SanitizeRule(.header("h"), action),
            ]
            for (number, rule) in rules.enumerated() {
                let policy = SanitizePolicy.ofProof(unlisted, [rule])
                let value = number == 0 ? "{\"v\":\(written),\"w\":1}" : "{\"w\":1}"
                let (key, header) = (number == 1 ? text : "k", number == 2 ? text : "x")
                let honest = try ProofStage(policy)
                #expect(honest.finding(value: value, key: key, headers: [("h", header)]) == nil, "\(rule)")
                let broken = try ProofStage(policy) { $0 == action ? PassAction() : $1 }
                let finding = broken.finding(value: value, key: key, headers: [("h", header)])
                #expect(finding?.rule == 1 && finding?.place == rule.place.described, "\(rule), unlisted \(unlisted)")
                #expect(finding?.part == ["value", "key", "header h"][number])
            }
        }
    }

    /// By what the configuration calls the action.
    private static let texts = [
        "drop": "Ada Lovelace", "null": "Ada Lovelace", "set": "Ada Lovelace", "mask": "Ada Lovelace",
        "partial": "Ada Lovelace", "hash": "Ada Lovelace", "pseudonym": "Ada Lovelace", "email": "ada@example.org",
        "phone": "+44 20 7946 0958", "ip": "84.12.7.201", "url": "https://ada.example/x", "dictionary": "Ada Lovelace",
        "noise": "1234567", "shift_time": "2024-02-29T10:00:00Z", "scrub": "write to ada@example.org",
        "fpe": "4556737586899855",
    ]

    @Test func `places that nobody lists are found where they pass`() throws {
        for unlisted in [SanitizePolicy.Unlisted.mask, .drop] {
            let policy = SanitizePolicy.ofProof(unlisted, keep: [Self.path])
            let honest = try ProofStage(policy)
            #expect(honest.canary.shoot(through: honest.sanitizer) == .silent)
            let broken = try ProofStage(policy, compiled: .ofProof(.keep))
            guard case .found(let finding) = broken.canary.shoot(through: broken.sanitizer) else {
                Issue.record("not found")
                continue
            }
            #expect(finding.rule == nil && finding.part == "value")
            #expect(broken.finding(value: #"{"a":{"b":["Ada Lovelace"]}}"#)?.part == "value")
            #expect(broken.finding(value: #"{"a":123456789}"#)?.part == "value")
            #expect(broken.finding(value: "{}", key: "Ada Lovelace")?.part == "key")
            #expect(broken.finding(value: "{}", headers: [("h", "Ada Lovelace")])?.part == "header h")
            // The whole text says enough, however short it is.
            #expect(broken.finding(value: #"{"a":"Ada"}"#)?.part == "value")
        }
    }

    @Test func `a key that nobody lists, and credentials, are found`() throws {
        let policy = SanitizePolicy.ofProof()
        let key = try ProofStage(policy) { $0.verb == "pseudonym" ? PassAction() : $1 }
        guard case .found(let finding) = key.canary.shoot(through: key.sanitizer) else {
            Issue.record("not found")
            return
        }
        #expect(finding == LeakFinding(rule: nil, place: LeakFinding.unlistedPlace, part: "key", form: .plain))
        let scan = try ProofStage(.ofProof(.keep)).scan
        let record = SampleRecord(value: nil, headers: [RecordHeader("Cookie", Array("session=1".utf8))])
        #expect(scan.finding(from: record, in: record, context: ProofStage.context)?.part == "header Cookie")
    }

    @Test(arguments: LeakFinding.Form.allCases)
    func `a text is found in whatever form it leaks`(form: LeakFinding.Form) throws {
        let texts = ["Ada Lovelace", "ada@example.org", "Zoë \"the first\"\n"]
        for text in texts {
            let escaped = text.unicodeScalars.map { "\\u" + String(("000" + String($0.value, radix: 16)).suffix(4)) }
            for front in ["", "x", "xy"] {
                let stage = try ProofStage(.ofProof(.mask, [SanitizeRule(.value(Self.path), .hash)])) { _, _ in
                    PassAction { text in
                        let leak: String
                        let plain = String(decoding: text, as: UTF8.self)
                        switch form {
                        case .plain: leak = "(\(plain))"
                        case .otherCase: leak = plain.uppercased()
                        case .escaped: leak = escaped.joined()
                        case .percentCoded:
                            leak = text.map { "%" + String(("0" + String($0, radix: 16)).suffix(2)) }.joined()
                        case .base64: leak = Data(Array(front.utf8) + text + Array("!".utf8)).base64EncodedString()
                        case .hexadecimal: leak = text.map { String(("0" + String($0, radix: 16)).suffix(2)) }.joined()
                        case .fragment: leak = "#" + plain.prefix(8) + "#"
                        }
                        return Array(leak.utf8)
                    }
                }
                let json = try #require(String(data: JSONEncoder().encode(text), encoding: .utf8))
                let finding = stage.finding(value: "{\"user\":{\"field\":\(json)}}")
                #expect(finding?.form == form || (form == .otherCase && text.contains("ë")), "\(text), \(form)")
            }
        }
    }

    @Test func `a finding says where, and nothing of the text`() throws {
        let stage = try ProofStage(.ofProof(.mask, [SanitizeRule(.value(Self.path), .hash)])) { _, _ in PassAction() }
        let finding = try #require(stage.finding(value: #"{"user":{"field":"Ada Lovelace"}}"#))
        #expect(finding.description == "rule 1, $.user.field, stands in the value")
        // Names of headers come from records, and go to logs.
        let open = try ProofStage(.ofProof(), compiled: .ofProof(.keep))
        let header = open.finding(value: "{}", headers: [("h\u{1B}[2J\n", "Ada Lovelace")])
        #expect(header?.part == "header h?[2J?")
    }

    @Test func `a pseudonym that is the text itself accounts for nothing, unless it may be so by chance`() {
        let pseudonym = SanitizeAction.pseudonym(identity: "p", as: .hex(32))
        for (text, isAccounted) in [("a text of some length", false), ("123456", true)] {
            var account = RecordAccount()
            account.replace(Array(text.utf8), rule: 0, action: pseudonym, by: Array(text.utf8))
            #expect(account.accounted.contains(Array(text.utf8)) == isAccounted)
        }
    }
}
