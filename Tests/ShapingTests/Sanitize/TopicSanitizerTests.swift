import Model
import Shaping
import Testing

struct TopicSanitizerTests {
    private func key(_ sanitizer: TopicSanitizer, _ text: String?) -> String {
        let bytes = text.map { Array($0.utf8) }
        let outcome = sanitizer.sanitizeKey(bytes?.span, context: .ofTest)
        return outcome == .changed ? String(decoding: sanitizer.key, as: UTF8.self) : "\(outcome)"
    }

    private func header(_ sanitizer: TopicSanitizer, _ name: String, _ text: String?) -> String {
        let bytes = text.map { Array($0.utf8) }
        let outcome = sanitizer.sanitizeHeader(name: Array(name.utf8).span, value: bytes?.span, context: .ofTest)
        return outcome == .changed ? String(decoding: sanitizer.header, as: UTF8.self) : "\(outcome)"
    }

    private func policy(
        _ unlisted: SanitizePolicy.Unlisted = .mask, _ rules: (FieldPlace, SanitizeAction)...
    ) throws -> SanitizePolicy {
        var policy = try SanitizePolicy.ofTest(unlisted)
        policy.rules = rules.map { SanitizeRule($0.0, $0.1) }
        return policy
    }

    @Test func `a tombstone stays one`() throws {
        let sanitizer = try TopicSanitizer.ofTest(policy())
        #expect(sanitizer.sanitizeValue(nil, context: .ofTest) == .unchanged)
        #expect(sanitizer.sanitizeValue(Span(), context: .ofTest) != .unchanged)
    }

    @Test func `a key without a rule follows what holds for unlisted places`() throws {
        #expect(key(try .ofTest(policy(.mask)), "ada") == "kkk")
        #expect(key(try .ofTest(policy(.keep)), "ada") == "unchanged")
        #expect(key(try .ofTest(policy(.drop)), "ada") == "nulled")
        #expect(key(try .ofTest(policy(.mask)), nil) == "unchanged")
        var keeping = try policy(.mask)
        keeping.keepsKey = true
        #expect(key(try .ofTest(keeping), "ada") == "unchanged")
    }

    @Test func `a key's rule is given its bytes as text`() throws {
        #expect(key(try .ofTest(policy(.mask, (.key, .mask(with: "*", length: nil)))), "\"ada\"") == "*****")
        #expect(key(try .ofTest(policy(.mask, (.key, .drop))), "ada") == "nulled")
        #expect(key(try .ofTest(policy(.mask, (.key, .noise(relative: 1)))), "ada").hasPrefix("quarantine("))
    }

    @Test func `a key with paths is a JSON document`() throws {
        let path = try #require(JSONPath(parsing: "$.user.id"))
        let action = SanitizeAction.phone(identity: "p", keepsCountry: true)
        let sanitizer = try TopicSanitizer.ofTest(policy(.mask, (.keyPath(path), action)))
        #expect(key(sanitizer, #"{"user":{"id":"u1"},"n":5}"#) == #"{"user":{"id":"fake"},"n":0}"#)
        #expect(key(sanitizer, "u1").hasPrefix("quarantine("))
        #expect(sanitizer.lastFailure?.place == "key")
        #expect(sanitizer.counts.hits == [1])
    }

    @Test func `headers are ruled by whole names, the first rule counts`() throws {
        let sanitizer = try TopicSanitizer.ofTest(
            policy(
                .mask, (.header("x-user|x-name"), .mask(with: "*", length: nil)), (.header("x-.*"), .drop),
                (.header("trace"), .null), (.header("Cookie"), .hash)))
        for _ in 0..<2 {
            #expect(header(sanitizer, "x-user", "ada") == "***")
            #expect(header(sanitizer, "x-users", "ada") == "removed")
            #expect(header(sanitizer, "X-User", "ada") == "***", "unlisted")
            #expect(header(sanitizer, "trace", "1") == "nulled")
            #expect(header(sanitizer, "Cookie", "1") == "#\"\\\n#")
            #expect(header(sanitizer, "other", "value") == "***")
            #expect(header(sanitizer, "x-user", nil) == "unchanged")
            #expect(header(sanitizer, "x-users", nil) == "removed")
            #expect(header(sanitizer, "other", nil) == "unchanged")
        }
        #expect(sanitizer.counts.hits == [4, 4, 2, 2])
        #expect(sanitizer.counts.unlisted == 4)
    }

    @Test(arguments: ["Authorization", "AUTHORIZATION", "cookie", "Set-Cookie", "x-api-key", "Proxy-Authorization"])
    func `credentials go, even where everything is kept`(name: String) throws {
        var keeping = try policy(.keep)
        keeping.keepHeaders = [".*"]
        let sanitizer = try TopicSanitizer.ofTest(keeping)
        #expect(header(sanitizer, name, "secret") == "removed")
        #expect(header(sanitizer, name + "s", "secret") == "unchanged")
        #expect(sanitizer.counts.credentials == 1)
    }

    @Test func `kept headers pass and others do not`() throws {
        var keeping = try policy(.drop)
        keeping.keepHeaders = ["trace.*"]
        let sanitizer = try TopicSanitizer.ofTest(keeping)
        #expect(header(sanitizer, "trace-id", "1") == "unchanged")
        #expect(header(sanitizer, "tracer\u{0}", "1") == "unchanged")
        #expect(header(sanitizer, "other", "1") == "removed")
        let invalid = sanitizer.sanitizeHeader(name: [0x74, 0xFF].span, value: nil, context: .ofTest)
        #expect(invalid == .removed)
    }

    @Test func `headers beyond the remembered names are decided the same`() throws {
        let sanitizer = try TopicSanitizer.ofTest(policy(.mask, (.header("h.*7"), .drop)))
        for number in 0..<600 {
            #expect(header(sanitizer, "h\(number)", "1") == (number % 10 == 7 ? "removed" : "***"))
        }
    }

    @Test func `a text value is one field`() throws {
        let whole = FieldPlace.value(JSONPath([]))
        func text(_ unlisted: SanitizePolicy.Unlisted, _ action: SanitizeAction?) throws -> String {
            var policy = try policy(unlisted)
            policy.format = .text
            if let action { policy.rules = [SanitizeRule(whole, action)] }
            return try TopicSanitizer.ofTest(policy).run("a \"text\"")
        }
        #expect(try text(.mask, nil) == "***")
        #expect(try text(.drop, nil) == "nulled")
        #expect(try text(.keep, nil) == "a \"text\"")
        #expect(try text(.mask, .mask(with: "*", length: nil)) == "********")
        #expect(try text(.mask, .drop) == "nulled")
        #expect(try text(.mask, .null) == "nulled")
        var keeping = try policy(.mask)
        keeping.format = .text
        keeping.keep = [JSONPath([])]
        #expect(try TopicSanitizer.ofTest(keeping).run("a") == "a")
    }

    @Test func `bytes pass whole or not at all`() throws {
        var policy = try policy(.keep)
        policy.format = .bytes
        #expect(try TopicSanitizer.ofTest(policy).run("a") == "a")
        policy.unlisted = .drop
        #expect(try TopicSanitizer.ofTest(policy).run("a") == "nulled")
        policy.unlisted = .mask
        #expect(throws: SanitizeFault.self) { try TopicSanitizer.ofTest(policy) }
    }

    @Test(arguments: SanitizePolicy.FailurePolicy.allCases)
    func `each failure does what the policy says, and tells no byte of the record`(
        answer: SanitizePolicy.FailurePolicy
    ) throws {
        var policy = try SanitizePolicy.ofTest(.mask, [("$.a", .noise(relative: 1)), ("$.b", .hash)])
        (policy.onUnparseable, policy.onTypeMismatch, policy.onUnmatchedPath) = (answer, answer, answer)
        let sanitizer = try TopicSanitizer.ofTest(policy)
        func check(_ json: String, _ failure: SanitizeFailure) {
            let expected: SanitizeOutcome =
                switch answer {
                case .quarantine: .quarantine(failure)
                case .drop: .dropRecord
                case .nullValue: .nulled
                case .stop: .stop(failure)
                }
            #expect(sanitizer.run(Array(json.utf8)).outcome == expected)
            #expect(sanitizer.lastFailure == failure)
        }
        check(
            #"{"a":1"#,
            SanitizeFailure(.unparseable, place: "value", reason: "the JSON ends too early", offset: 6))
        check(#"{"a":"x"}"#, SanitizeFailure(.typeMismatch, place: "$.a", reason: "no number", offset: 5))
        check(
            #"{"a":[1]}"#,
            SanitizeFailure(.typeMismatch, place: "$.a", reason: "an object or array stands there", offset: 5))
        check(#"{"a":1}"#, SanitizeFailure(.unmatchedPath, place: "$.b", reason: "the record has no such place"))
        // That it is no JSON weighs more than what was found in it first.
        check(
            #"{"a":"x"]"#,
            SanitizeFailure(
                .unparseable, place: "value", reason: "a byte that JSON does not allow there", offset: 8))
        #expect(sanitizer.run(#"{"a":1,"b":""}"#).hasPrefix("{"))
        let counts = sanitizer.counts
        #expect([counts.unparseable, counts.typeMismatches, counts.unmatchedPaths] == [2, 2, 1])
    }

    @Test func `a rule whose place another one took counts as met`() throws {
        var policy = try SanitizePolicy.ofTest(.mask, [("$..a", .hash), ("$.a", .null)])
        policy.onUnmatchedPath = .stop
        #expect(try TopicSanitizer.ofTest(policy).run(#"{"a":1}"#) == #"{"a":null}"#)
    }

    @Test func `rules that met nothing are told, the others counted once a place`() throws {
        let sanitizer = try TopicSanitizer.ofTest(
            .ofTest(.mask, [("$.a", .hash), ("$.m", .mask(with: "*", length: nil)), ("$.never", .drop)]))
        _ = sanitizer.run(#"{"a":1,"a":"2","m":{"x":1,"y":2},"z":null,"w":5}"#)
        #expect(sanitizer.counts.hits == [2, 1, 0])
        #expect(sanitizer.counts.unlisted == 1)
        #expect(sanitizer.rulesWithoutHits.map(\.place.described) == ["$.never"])
    }
}
