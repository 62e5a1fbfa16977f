import Configuration
import Model
import Testing

/// Mistakes in what a file says; each is told with line, key, and what was expected.
struct MistakeTests {
    @Test func `every mistake is in one report, by line`() {
        let report = mistakes(
            """
            clusters:
              prod: { bootstrap: "prod" }
              staging: { bootstrap: "staging:9092", kafa: {} }
            flows:
              - from: prd
                to: staging
                topic: [orders]
                lanes: "0"
                delivery: exactly
              - { from: staging, to: staging, topics: [], name: "a b" }
            flow: 1
            """)
        let topics = #"a list of topic names and regular expressions, such as [orders, "payments.*"]"#
        let brokers = "brokers as host:port, separated by commas"
        #expect(
            report == [
                #"mirror.yaml:2: clusters.prod.bootstrap is "prod"; expected \#(brokers)"#,
                #"mirror.yaml:3: clusters.staging.kafa is not a known key; did you mean "kafka"?"#,
                "mirror.yaml:5: flows[0].topics is missing; expected \(topics)",
                #"mirror.yaml:5: flows[0].from is "prd"; expected the name of a cluster of this file; did you mean "#
                    + #""prod"?"#,
                #"mirror.yaml:7: flows[0].topic is not a known key; did you mean "topics"?"#,
                #"mirror.yaml:8: flows[0].lanes is "0"; expected a whole number from 1 to 64"#,
                #"mirror.yaml:9: flows[0].delivery is "exactly"; expected "at-least-once" or "exactly-once""#,
                #"mirror.yaml:10: flows[1].to is "staging", as flows[1].from is; expected another cluster"#,
                "mirror.yaml:10: flows[1].topics is an empty list; expected \(topics)",
                #"mirror.yaml:10: flows[1].name is "a b"; expected letters, digits and -, at most 100"#,
                #"mirror.yaml:11: flow is not a known key; did you mean "flows"?"#,
            ])
    }

    @Test(arguments: [
        ("commit-interval", "9ms", "10ms"), ("commit-interval", "60001ms", "60s"),
        ("lanes", "0", "1"), ("lanes", "65", "64"),
        ("memory-budget", "16383KiB", "16MiB"), ("memory-budget", "65GiB", "64GiB"),
        ("session-timeout", "5999ms", "6s"), ("session-timeout", "31m", "30m"),
        ("heartbeat-interval", "99ms", "100ms"), ("heartbeat-interval", "3334ms", "3333ms"),
        ("slots", "0", "1"), ("slots", "241", "240"),
        ("revision", "0", "1"), ("revision", "2147483648", "2147483647"),
        ("start", "946684799999", "946684800000"),
    ])
    func `a bound is exact`(key: String, outside: String, inside: String) {
        let report = mistakes(flow("\(key): \(outside)"))
        #expect(report.count == 1)
        #expect(report.first?.hasPrefix("mirror.yaml:8: flows[0].\(key) is ") == true)
        #expect(mistakes(flow("\(key): \(inside)")) == [])
    }

    @Test(arguments: [
        "-1", "+1", "1.0", "1e3", "0x10", "010", "1_000", " ", "one", "\u{0661}", "99999999999999999999", "1 2",
    ])
    func `what is no whole number is refused`(text: String) {
        let report = mistakes(flow("lanes: \"\(text)\""))
        #expect(report == ["mirror.yaml:8: flows[0].lanes is \"\(text)\"; expected a whole number from 1 to 64"])
    }

    @Test(arguments: ["200", "ms", "1.5s", "1 s", "-1s", "1h", "1S", "1s1ms", "", "9223372036854775807s", "010s"])
    func `what is no duration is refused`(text: String) {
        let expected = "a duration from 10ms to 1m, a whole number and its unit (ms, s, m)"
        let report = mistakes(flow("commit-interval: \"\(text)\""))
        #expect(report == ["mirror.yaml:8: flows[0].commit-interval is \"\(text)\"; expected \(expected)"])
    }

    @Test(arguments: ["134217728", "128M", "128Mi", "128mib", "128 MiB", "9223372036854775807GiB"])
    func `what is no size is refused`(text: String) {
        let expected = "a size from 16MiB to 64GiB, a whole number and its unit (KB, KiB, MB, MiB, GB, GiB)"
        let report = mistakes(flow("memory-budget: \"\(text)\""))
        #expect(report == ["mirror.yaml:8: flows[0].memory-budget is \"\(text)\"; expected \(expected)"])
    }

    @Test func `a heartbeat is judged by the session it belongs to`() {
        let problem =
            "flows[0].heartbeat-interval is too long; expected less than a third of session-timeout: "
            + "two lost heartbeats must not end a session"
        #expect(mistakes(flow("session-timeout: 6s", "heartbeat-interval: 2s")) == ["mirror.yaml:9: \(problem)"])
        #expect(mistakes(flow("heartbeat-interval: 9s", "session-timeout: 30s")) == [])
        // A session that cannot be read says nothing about its heartbeat.
        #expect(mistakes(flow("session-timeout: 6", "heartbeat-interval: 9s")).count == 1)
    }

    @Test(arguments: [
        "", "a", "a:", ":1", "a:0", "a:65536", "a:1,", "a:1,,b:2", "a b:1", "a:1;b:2", "http://a:1", "[::1]", "::1:x",
    ])
    func `what is no list of brokers is refused`(text: String) {
        let report = mistakes(flow().replacing("\"prod:9092\"", with: "\"\(text)\""))
        let expected = "brokers as host:port, separated by commas"
        #expect(report == ["mirror.yaml:2: clusters.prod.bootstrap is \"\(text)\"; expected \(expected)"])
    }

    @Test(arguments: [
        ("clusters: x", "clusters is text; expected a map of cluster names"),
        ("clusters: [x]", "clusters is a list; expected a map of cluster names"),
        ("clusters: {}", "clusters is empty; expected a map of cluster names"),
        ("clusters:", "clusters has no value; expected a map of cluster names"),
        ("clusters: {a: {}}", "clusters.a.bootstrap is missing; expected brokers as host:port, separated by commas"),
        ("clusters: {a: x}", "clusters.a is text; expected a map of bootstrap, kafka"),
        (
            "clusters: {a: {bootstrap: [x]}}",
            "clusters.a.bootstrap is a list; expected brokers as host:port, separated by commas"
        ),
        (
            "clusters: {a_b: {bootstrap: \"x:1\"}}",
            "clusters.a_b is no name for a cluster; expected letters, digits and -, at most 40"
        ),
        (
            "clusters: {a: {bootstrap: \"x:1\", kafka: [x]}}",
            "clusters.a.kafka is a list; expected a map of librdkafka properties"
        ),
        (
            "clusters: {a: {bootstrap: \"x:1\", kafka: {p: {q: 1}}}}",
            "clusters.a.kafka.p is a map; expected text, in quotes where it is empty"
        ),
        (
            "clusters: {a: {bootstrap: \"x:1\", kafka: {p: }}}",
            "clusters.a.kafka.p has no value; expected text, in quotes where it is empty"
        ),
    ])
    func `a cluster of the wrong shape is told so`(clusters: String, problem: String) {
        let report = mistakes("\(clusters)\nflows: [{from: \"${F}\", to: b, topics: [t]}]", environment: ["F": "a"])
        #expect(report.first == "mirror.yaml:1: \(problem)")
    }

    @Test(arguments: [
        ("flows: x", "flows is text; expected a list of flows, each with from, to and topics"),
        ("flows: {}", "flows is a map; expected a list of flows, each with from, to and topics"),
        ("flows: []", "flows is an empty list; expected a list of flows, each with from, to and topics"),
        ("flows: [a]", "flows[0] is text; expected a map of name, from, to, topics"),
    ])
    func `flows of the wrong shape are told so`(flows: String, problem: String) {
        let report = mistakes("clusters: {a: {bootstrap: \"x:1\"}}\n\(flows)")
        #expect(report.count == 1)
        #expect(report.first?.hasPrefix("mirror.yaml:2: \(problem)") == true, "\(report)")
    }

    @Test func `a broken cluster is one mistake, not one more in each flow`() {
        let text = flow().replacing("\"prod:9092\"", with: "x")
        #expect(mistakes(text).count == 1)
        #expect(mistakes("clusters: x\nflows: [{from: a, to: b, topics: [t]}]").count == 1)
    }

    @Test(arguments: ["", "# nothing", "~"])
    func `an empty file is told what it lacks`(text: String) {
        #expect(mistakes(text) == ["mirror.yaml:1: the file has no value; expected a map of clusters, flows"])
    }

    @Test(arguments: [
        ("martlet.x", "expected another topic: this one is never mirrored"),
        ("__consumer_offsets", "expected another topic: this one is never mirrored"),
        ("..", #"expected a topic name of 1 to 249 characters, neither "." nor "..""#),
        ("''", #"expected a topic name of 1 to 249 characters, neither "." nor "..""#),
        ("orders", "expected each entry once; remove it"),
        ("pay(ments", "expected a topic name or a regular expression: missing closing parenthesis at byte 9"),
        ("[a]", "flows[0].topics[1] is a list; expected a topic name or a regular expression"),
    ])
    func `a topic entry that can select nothing is refused`(entry: String, problem: String) {
        let report = mistakes(flow().replacing("[orders]", with: "[orders, \(entry)]"))
        #expect(report.count == 1)
        #expect(report.first?.hasPrefix("mirror.yaml:7: flows[0].topics[1] is ") == true)
        #expect(report.first?.contains(problem) == true, "\(report)")
    }

    @Test func `a topic name of 249 characters is the longest`() {
        let longest = String(repeating: "t", count: 249)
        #expect(mistakes(flow().replacing("[orders]", with: "[\(longest)]")) == [])
        #expect(mistakes(flow().replacing("[orders]", with: "[\(longest)t]")).count == 1)
    }

    @Test func `two flows with one name are told apart`() {
        let second = "  - { from: prod, to: staging, topics: [other]"
        let problem = "as flows[0] is; expected a name that no other flow has"
        #expect(
            mistakes(flow() + second + " }")
                == [#"mirror.yaml:8: flows[1] has no name and is called "prod-staging", \#(problem)"#])
        #expect(
            mistakes(flow() + second + ", name: prod-staging }")
                == [#"mirror.yaml:8: flows[1].name is "prod-staging", \#(problem)"#])
        #expect(mistakes(flow() + second + ", name: other }") == [])
    }

    @Test(arguments: [
        "acks", "auto.offset.reset", "bootstrap.servers", "client.id", "enable.auto.commit", "enable.idempotence",
        "enable.partition.eof", "group.id", "isolation.level", "partition.assignment.strategy", "session.timeout.ms",
        "transactional.id",
    ])
    func `a property that belongs to Martlet is refused before the library is asked`(name: String) {
        let report = mistakes(kafka("\(name): v4lue")) { _ in "asked" }
        #expect(report.count == 1)
        #expect(report.first?.hasPrefix("mirror.yaml:5: clusters.prod.kafka.\(name) belongs to Martlet; ") == true)
        #expect(report.first?.contains("v4lue") == false)
    }

    @Test func `a property that the library refuses is told with its reason but not its value`() {
        let report = mistakes(kafka("linger.ms: 5", "no.such: hunter2")) { property in
            property.name == "no.such" ? "no property takes \"hunter2\"" : nil
        }
        #expect(
            report == [
                #"mirror.yaml:6: clusters.prod.kafka.no.such is refused by librdkafka: no property takes "...""#
            ])
    }

    @Test func `one slip in a key of a flow leads to the key`() {
        let keys = [
            "name", "from", "to", "topics", "delivery", "isolation", "commit-interval", "lanes", "memory-budget",
            "session-timeout", "heartbeat-interval", "slots", "start", "revision",
        ]
        for key in keys where key.count > 2 {
            let letters = Array(key)
            for index in letters.indices {
                var missing = letters
                missing.remove(at: index)
                var wrong = letters
                wrong[index] = "x"
                var swapped = letters
                if index > 0 { swapped.swapAt(index - 1, index) }
                for slip in [missing, wrong, swapped, letters + ["x"]] where slip != letters {
                    let expected = "flows[0].\(String(slip)) is not a known key; did you mean \"\(key)\"?"
                    #expect(mistakes(flow("\"\(String(slip))\": x")) == ["mirror.yaml:8: \(expected)"])
                }
            }
        }
    }

    @Test(arguments: ["Commit_Interval", "commitInterval", "COMMIT-INTERVALS"])
    func `case and underscores are no slips`(key: String) {
        let report = mistakes(flow("\(key): 1s"))
        #expect(report == [#"mirror.yaml:8: flows[0].\#(key) is not a known key; did you mean "commit-interval"?"#])
    }

    @Test func `a key from a hostile hand stays on one short line`() {
        let report = mistakes(flow("\"a\\n\\u202e\(String(repeating: "k", count: 900))\": 1"))
        #expect(report.count == 1)
        #expect((report.first?.count ?? .max) < 400)
        #expect(report.first?.hasPrefix(#"mirror.yaml:8: flows[0]."a\u{a}\u{202e}kkk"#) == true, "\(report)")
    }
}
