import Configuration
import Model
import Testing

/// What `shape` says of a flow.
struct ShapeTests {
    private func shape(_ lines: String...) throws -> ShapeDefinition {
        let text = flow(["shape:"] + lines.map { "  \($0)" })
        return try load(text).flows[0].shape
    }

    private func flow(_ lines: [String]) -> String {
        """
        clusters:
          prod: { bootstrap: "prod:9092" }
          staging: { bootstrap: "staging:9092" }
        flows:
          - from: prod
            to: staging
            topics: [orders]

        """ + lines.map { "    \($0)\n" }.joined()
    }

    private func problems(_ lines: String...) -> [String] {
        mistakes(flow(["shape:"] + lines.map { "  \($0)" }))
    }

    @Test func `a flow without it shapes nothing`() throws {
        let plain = try load(flow([])).flows[0].shape
        #expect(plain == ShapeDefinition() && !plain.touchesRecords)
    }

    @Test func `a sample is read, a share as a number or in percent, and keys with either dash`() throws {
        let shape = try shape(
            "sample: { mode: by_id, ratio: 5%, seed: 7, on_missing_id: keep, id: { orders: $.id, \"pay.*\": \"header:x-id\" } }"
        )
        let sample = try #require(shape.sample.first)
        #expect(sample.mode == .byID && sample.ratio == 0.05 && sample.seed == 7 && sample.onMissingID == .keep)
        #expect(
            sample.ids == [
                .init(topics: [.literal("orders")], place: .value(JSONPath([.key("id")]))),
                .init(topics: [.pattern("pay.*")], place: .header("x-id")),
            ])
    }

    @Test func `several samples are read in their order`() throws {
        let shape = try shape(
            "sample:", "  - { topics: [orders], mode: every_nth, nth: 10 }", "  - { mode: random, ratio: 0.5 }")
        #expect(shape.sample.map(\.mode) == [.everyNth, .random])
        #expect(shape.sample[0].nth == 10 && shape.sample[1].topics == [.pattern(".*")])
    }

    @Test func `a rate is read`() throws {
        let shape = try shape(
            "pace: { mode: rate, records-per-s: 800, bytes-per-s: 8MB, scope: global, burst: 20ms, excess: drop }")
        guard case .rate(let rate) = shape.pace else {
            Issue.record("no rate: \(shape)")
            return
        }
        #expect(rate.recordsPerSecond == 800 && rate.bytesPerSecond == 8_000_000 && rate.scope == .global)
        #expect(rate.burstMilliseconds == 20 && rate.excess == .drop)
    }

    @Test func `a replay is read, and begins where its window does`() throws {
        let lines = [
            "pace: { mode: original, speed: 2, from: \"2026-03-01T08:00:00Z\", to: \"2026-03-01T09:00:00Z\", catch_up: 1.2x, max_gap: 60s }"
        ]
        let shape = try shape(lines[0])
        let replay = try #require(shape.pace?.replay)
        #expect(replay.speed == 2 && replay.to == replay.from.map { $0 + 3_600_000 } && replay.loops == 1)
        #expect(replay.catchUp == .capped(1.2) && replay.gapMaxMilliseconds == 60_000)
        let beginning = flow(["shape: { pace: { mode: original, from: \"2026-03-01T08:00:00Z\" } }"])
        #expect(try load(beginning).flows[0].start == replay.from.map { .timestamp(milliseconds: $0) })
        #expect(mistakes(beginning + "    start: earliest\n").contains { $0.contains("both say where to begin") })
    }

    @Test func `a share of ids may be lowered, and no other`() throws {
        let pace = "pace: { mode: rate, records-per-s: 5, excess: sample_down }"
        let shape = try shape("sample: { mode: by_key, ratio: 50% }", pace)
        #expect(shape.pace?.rate?.excess == .sampleDown)
        let refusal = "which lowers a share of ids; expected a sample by_id or by_key beside it"
        let mixed = problems(
            "sample:", "  - { topics: [a], mode: by_key, ratio: 50% }", "  - { mode: random, ratio: 0.5 }", pace)
        #expect(mixed.count == 1 && mixed.allSatisfy { $0.contains(refusal) })
        // A sample with a mistake is told once.
        #expect(problems("sample: { mode: by_key }", pace).allSatisfy { !$0.contains(refusal) })
    }

    @Test func `rules are read, each action with its words`() throws {
        let shape = try shape(
            "sanitize:", "  key: \"0123456789abcdef\"", "  identities: { person: { canonical: [trim, lowercase] } }",
            "  policies:", "    - topics: [orders]", "      keep: [$.id]", "      keep-headers: [traceparent]",
            "      rules:",
            "        - { path: $.user.id, do: pseudonym, identity: person, as: hex(16) }",
            "        - { path: $.user.email, do: email, identity: person, domain: staging.invalid }",
            "        - { path: $.url, do: url, map: { api.example: mock.invalid }, else: neutralise }",
            "        - { path: $.at, do: shift_time, by: -3600s }",
            "        - { key: true, do: pseudonym, identity: person }",
            "        - { header: x-user, do: drop }",
            "        - { path: $.card, do: fpe, identity: person, luhn: keep }")
        let policy = try #require(shape.sanitize?.policies.first)
        #expect(
            policy.keep == [JSONPath([.key("id")])] && policy.keepHeaders == ["traceparent"] && policy.unlisted == .mask
        )
        #expect(
            policy.rules.map(\.action) == [
                .pseudonym(identity: "person", as: .hex(16)), .email(identity: "person", domain: "staging.invalid"),
                .url(EndpointMap(["api.example": "mock.invalid"])), .shiftTime(milliseconds: -3_600_000),
                .pseudonym(identity: "person", as: .uuid), .drop, .digits(identity: "person", keepsLuhn: true),
            ])
        #expect(policy.rules.map(\.place)[4...5] == [.key, .header("x-user")])
        #expect(shape.mayQuarantine)
    }

    @Test func `rules against side effects are there by name`() throws {
        let shape = try shape(
            "sanitize: { key: \"0123456789abcdef\", policies: [{ topics: [a], include: [secrets, webhooks, mail] }] }")
        let rules = try #require(shape.sanitize?.policies.first?.rules)
        #expect(rules.contains { $0.place == .value(JSONPath([.anywhere("password")])) })
        #expect(rules.contains { if case .url = $0.action { true } else { false } })
        #expect(rules.contains { if case .email = $0.action { true } else { false } })
    }

    @Test func `guards are read`() throws {
        let guards = try shape(
            "guard: { allowed-cluster-ids: [abc], environment-marker: { topic: _env, equals: staging },",
            "         looks-like-production: [prod, ^live], expires-at: \"2031-01-01T00:00:00Z\", mark-records: true }"
        ).guards
        #expect(
            guards.allowedClusterIDs == ["abc"] && guards.environmentMarker == .init(topic: "_env", equals: "staging"))
        #expect(guards.marks && guards.expiresAt == 1_924_992_000_000)
        #expect(guards.productionWord(in: "PROD-1") == "prod" && guards.productionWord(in: "my-live") == nil)
    }

    @Test(arguments: [
        ("sample: { mode: by_id, ratio: 0.1 }", "shape.sample.id is missing"),
        ("sample: { mode: random }", "shape.sample.ratio is missing"),
        ("sample: { mode: random, ratio: 0 }", "expected a share above 0"),
        ("sample: { mode: random, ratio: 1.1 }", "expected a share above 0"),
        ("sample: { mode: random, ratio: 10%, id: $.a }", "says nothing to \"random\""),
        ("pace: { mode: rate }", "has no rate"),
        ("pace: { mode: rate, records-per-s: 0 }", "expected records a second"),
        ("pace: { mode: original, records-per-s: 5 }", "says nothing to the mode"),
        ("pace: { mode: original, speed: 21 }", "expected a speed from 0.1 to 20"),
        ("pace: { mode: original, from: 5, loop: 2 }", "repeats a window; expected from and to"),
        ("pace: { mode: rate, records-per-s: 5, scope: flow }", "expected"),
        ("pace: { mode: rate, records-per-s: 5, excess: sample_down }", "expected a sample by_id or by_key beside it"),
        ("pace: { mode: rate, records-per-s: 5, scope: topic, excess: sample_down }", "needs one rate"),
        ("pace: { mode: original, offsets: { orders: [5-4] } }", "expected offsets such as 100-250"),
        ("pace: { mode: original, offsets: { orders: [5-9] }, loop: 2 }", "stands beside offsets"),
        ("sanitize: { key: short, policies: [{ topics: [a] }] }", "too short"),
        ("sanitize: { key: \"0123456789abcdef\" }", "policies is missing"),
        (
            "sanitize: { key: \"0123456789abcdef\", policies: [{ topics: [a], rules: [{ do: drop }] }] }",
            "names 0 places"
        ),
        (
            "sanitize: { key: \"0123456789abcdef\", policies: [{ topics: [a], rules: [{ path: a, do: drop }] }] }",
            "expected a path such as"
        ),
        (
            "sanitize: { key: \"0123456789abcdef\", policies: [{ topics: [a], rules: [{ path: $.a, do: mask, by: 1s }] }] }",
            "says nothing to \"mask\""
        ),
        ("guard: { expires-at: tomorrow }", "expected an instant"),
        ("sampel: {}", "did you mean \"sample\"?"),
    ])
    func `a mistake is told`(line: String, word: String) {
        let report = problems(line)
        #expect(report.contains { $0.contains(word) }, "\(report)")
    }

    @Test func `no message shows the key`() {
        let report = problems("sanitize: { key: \"hunter2\", policies: [] }")
        #expect(!report.isEmpty && !report.contains { $0.contains("hunter2") })
    }

    // MARK: Proof

    @Test func `a flow proves its sanitizing unless it says otherwise`() throws {
        #expect(try shape("sample: { mode: all }").verify == VerifyDefinition())
        #expect(VerifyDefinition().canaryMilliseconds == 20_000 && VerifyDefinition().scanRatio == 0.01)
        let rules = "sanitize: { key: \"0123456789abcdef\", policies: [{ topics: [a] }] }"
        let own = try shape(rules, "verify: { canary: 5s, scan: 50% }").verify
        #expect(own.canaryMilliseconds == 5_000 && own.scanRatio == 0.5)
        let off = try shape(rules, "verify: { canary: off, scan: off }").verify
        #expect(off.canaryMilliseconds == nil && off.scanRatio == 0)
        #expect(
            problems(rules, "verify: { canary: 20, scan: 2 }").map { $0.contains("expected") } == [true, true])
        #expect(problems(rules, "verify: { canary: 11m }").count == 1)
    }

    @Test func `a proof of no sanitizing is refused`() {
        let report = problems("sample: { mode: all }", "verify: { canary: 20s }")
        #expect(report.count == 1 && report[0].contains("shape.verify proves what sanitize does"), "\(report)")
    }
}
