import Model
import Shaping
import Testing

struct PolicyProblemsTests {
    private static func path(_ text: String) -> JSONPath { JSONPath(parsing: text) ?? JSONPath([.key("no path")]) }

    private static func value(_ text: String, _ action: SanitizeAction = .hash) -> SanitizeRule {
        SanitizeRule(.value(path(text)), action)
    }

    private struct Case: Sendable, CustomTestStringConvertible {
        var says: String
        var change: @Sendable (inout SanitizePolicy) -> Void
        var testDescription: String { says }

        init(_ says: String, _ change: @escaping @Sendable (inout SanitizePolicy) -> Void) {
            self.says = says
            self.change = change
        }
    }

    private static let cases: [Case] = [
        Case("rule 2: $.a has a rule already") { $0.rules = [value("$.a"), value("$['a']", .null)] },
        Case("rule 2: key has a rule already") { $0.rules = [.init(.key, .hash), .init(.key, .drop)] },
        Case("rule 2: header x has a rule") { $0.rules = [.init(.header("x"), .hash), .init(.header("x"), .drop)] },
        Case("keep names $.a twice") { $0.keep = [path("$.a"), path("$.a")] },
        Case("$.a is kept and has a rule") { ($0.keep, $0.rules) = ([path("$.a")], [value("$.a")]) },
        Case("$ is the whole JSON value") { $0.rules = [value("$")] },
        Case("$ is the whole JSON value") { ($0.keep, $0.plaintextReason) = ([path("$")], "why") },
        Case("$.a needs JSON values; with the format text") { ($0.format, $0.rules) = (.text, [value("$.a")]) },
        Case("$.a needs JSON values; values of the format bytes") {
            ($0.format, $0.unlisted, $0.rules) = (.bytes, .drop, [value("$.a")])
        },
        Case("values of the format bytes cannot be masked") { $0.format = .bytes },
        Case("rules name the whole key and places in it") {
            $0.rules = [.init(.key, .hash), .init(.keyPath(path("$.a")), .hash)]
        },
        Case("the key is kept and has a rule") { ($0.keepsKey, $0.rules) = (true, [.init(.key, .hash)]) },
        Case("key $ is the whole key") { $0.rules = [.init(.keyPath(path("$")), .hash)] },
        Case("header x(: ") { $0.rules = [.init(.header("x("), .hash)] },
        Case("header [: ") { $0.keepHeaders = ["["] },
        Case("a header's name is empty") { $0.keepHeaders = [""] },
        Case("$.a.b lies in $.a, which") { $0.rules = [value("$.a", .drop), value("$.a.b")] },
        Case("$.a.b lies in $.a, which") { ($0.rules, $0.keep) = ([value("$.a", .null)], [path("$.a.b")]) },
        Case("$.a.b lies in $.a, which") {
            $0.rules = [.init(.keyPath(path("$.a")), .set(json: "1")), .init(.keyPath(path("$.a.b")), .hash)]
        },
        Case("$.a: what is set is no JSON") { $0.rules = [value("$.a", .set(json: "text"))] },
        Case("unlisted: keep lets personal data pass") { $0.unlisted = .keep },
        Case("unlisted: keep lets personal data pass") { ($0.unlisted, $0.plaintextReason) = (.keep, " \n") },
        Case("keep $.*.* lets personal data pass") { $0.keep = [path("$.*.*")] },
        Case("keep $ lets personal data pass") { ($0.format, $0.keep) = (.text, [path("$")]) },
        Case("a path has more than 128 steps") {
            $0.keep = [JSONPath([JSONPath.Step](repeating: .key("a"), count: 129))]
        },
        Case("these paths need more than 4096 states") {
            $0.keep = [JSONPath([.anywhere("a")] + [JSONPath.Step](repeating: .any, count: 20))]
        },
    ]

    @Test(arguments: cases) private func `what is wrong is said, alone, and no sanitizer is made`(wrong: Case) throws {
        var policy = SanitizePolicy(topics: [])
        wrong.change(&policy)
        let problems = policy.problems
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix(wrong.says) == true, "\(problems)")
        #expect(throws: SanitizeFault(problems)) { try TopicSanitizer.ofTest(policy) }
    }

    @Test func `what is right has no problems`() {
        var policy = SanitizePolicy(topics: [])
        #expect(policy.problems == [])
        policy.keep = [Self.path("$.a"), Self.path("$.a.b.c"), JSONPath([.key("é")]), JSONPath([.key("e\u{301}")])]
        policy.rules = [
            Self.value("$.a.b"), Self.value("$.c", .set(json: #""""#)), Self.value("$..x", .drop),
            SanitizeRule(.key, .hash), SanitizeRule(.header("a|b"), .drop),
        ]
        policy.keepHeaders = ["trace.*"]
        #expect(policy.problems == [])
        policy.unlisted = .keep
        policy.plaintextReason = "test data only"
        #expect(policy.problems == [])
        policy.plaintextReason = nil
        policy.dataClass = .internal
        #expect(policy.problems == [])
    }
}
