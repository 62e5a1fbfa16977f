import Configuration
import Foundation
import Model
import Testing

struct MirrorConfigurationTests {
    private func loadShipped(_ name: String) throws -> MirrorConfiguration {
        try MirrorConfiguration.load(
            file: repositoryFile("config/\(name)"),
            environment: ["PROD_PASSWORD": "s3cret", "MASK_KEY": "0123456789abcdef"],
            propertyRefusal: { _ in nil })
    }

    @Test(arguments: [
        "functional-800rps.yaml", "load-2x-bursts.yaml", "sample-5-percent.yaml", "sanitize-orders.yaml",
    ])
    func `a recipe is right, and shapes`(name: String) throws {
        let environment = [
            "PROD_BOOTSTRAP": "a:1", "STAGING_BOOTSTRAP": "b:1", "MASK_KEY": "0123456789abcdef",
            "STAGING_CLUSTER_ID": "id", "PERF_BOOTSTRAP": "c:1", "PERF_CLUSTER_ID": "id",
            "WINDOW_FROM": "2026-03-01T17:00:00Z", "WINDOW_TO": "2026-03-01T18:00:00Z",
        ]
        let mirror = try MirrorConfiguration.load(
            file: repositoryFile("config/\(name)"), environment: environment, propertyRefusal: { _ in nil })
        #expect(mirror.flows.count == 1 && mirror.flows[0].shape.touchesRecords)
    }

    @Test func `the smallest file has a default for everything else`() throws {
        let mirror = try loadShipped("smallest.yaml")
        #expect(mirror.clusters.map(\.name) == ["prod", "staging"])
        #expect(mirror.clusters[0].bootstrap == "prod-1:9092,prod-2:9092")
        #expect(mirror.clusters[0].properties.isEmpty)
        let flow = try #require(mirror.flows.first)
        #expect(mirror.flows.count == 1)
        #expect(flow.name == "prod-staging")
        #expect((flow.source.name, flow.destination.name) == ("prod", "staging"))
        #expect(flow.topics == [.literal("orders"), .pattern("payments.*")])
        #expect(flow.delivery == .atLeastOnce)
        #expect(flow.isolation == .readCommitted)
        #expect(flow.commitIntervalMilliseconds == 200)
        #expect(flow.lanes == nil)
        #expect(flow.memoryBudgetBytes == 128 << 20)
        #expect((flow.sessionTimeoutMilliseconds, flow.heartbeatIntervalMilliseconds) == (10_000, 300))
        #expect(flow.slots == nil)
        #expect(flow.start == nil)
        #expect(flow.revision == 1)
        #expect((flow.policies.onLoss, flow.policies.onDestinationLoss) == (.stop, .stop))
        #expect(flow.policies.onPoison == .stop)
        #expect(flow.quarantineKeepsBytes)
        #expect(flow.policyOverrides.isEmpty)
    }

    @Test func `the example is right`() throws {
        let mirror = try loadShipped("mirror.example.yaml")
        let properties = mirror.clusters[0].properties.map { "\($0.name)=\($0.value)" }
        #expect(
            properties == [
                "security.protocol=sasl_ssl", "sasl.mechanism=SCRAM-SHA-512", "sasl.username=martlet",
                "sasl.password=s3cret", "ssl.ca.location=/etc/martlet/ca.pem",
            ])
        #expect(mirror.flows.map(\.name) == ["prod-staging", "staging-prod"])
        #expect(mirror.flows[0].delivery == .exactlyOnce)
        #expect(mirror.flows[0].lanes == 2)
        #expect(mirror.flows[0].slots == 24)
        #expect(mirror.flows[0].start == .timestamp(milliseconds: 1_772_352_000_000))
    }

    @Test func `the example shows every key of a flow`() throws {
        let text = try String(contentsOfFile: repositoryFile("config/mirror.example.yaml"), encoding: .utf8)
        let report = mistakes(flow("nothing-like-it: 1"))
        let known = try #require(report.first?.split(separator: "known here: ").last).split(separator: ", ")
        #expect(known.count == 20)
        for key in known { #expect(text.contains("\(key): ") || text.contains("\(key):\n"), "\(key)") }
    }

    @Test func `every setting of a flow arrives`() throws {
        let text = flow(
            "name: Nightly-2", "delivery: exactly-once", "isolation: read_uncommitted", "commit-interval: 1s",
            "lanes: 3", "memory-budget: 64MB", "session-timeout: 30s", "heartbeat-interval: 2500ms", "slots: 17",
            "start: latest", "revision: 9", "on-loss: restart", "on-destination-loss: recreate",
            "on-poison: quarantine",
            "quarantine: { bytes: false }",
            "policies: [{topics: [a, 'b.*'], on-loss: skip}, {topics: [c], on-destination-loss: stop, on-poison: stop}]"
        )
        let flow = try #require(try load(text).flows.first)
        #expect(flow.name == "Nightly-2")
        #expect(flow.delivery == .exactlyOnce)
        #expect(flow.isolation == .readUncommitted)
        #expect(flow.commitIntervalMilliseconds == 1_000)
        #expect(flow.lanes == 3)
        #expect(flow.memoryBudgetBytes == 64_000_000)
        #expect((flow.sessionTimeoutMilliseconds, flow.heartbeatIntervalMilliseconds) == (30_000, 2_500))
        #expect(flow.slots == 17)
        #expect(flow.start == .latest)
        #expect(flow.revision == 9)
        #expect((flow.policies.onLoss, flow.policies.onDestinationLoss) == (.restart, .recreate))
        var (first, second) = (
            PolicyOverride(topics: [.literal("a"), .pattern("b.*")]), PolicyOverride(topics: [.literal("c")])
        )
        first.onLoss = .skip
        second.onDestinationLoss = .stop
        second.onPoison = .stop
        #expect(flow.policies.onPoison == .quarantine)
        #expect(!flow.quarantineKeepsBytes)
        #expect(flow.policyOverrides == [first, second])
    }

    @Test func `a file is the same in block and in flow style`() throws {
        let block = try load(flow("lanes: 4"))
        let inline = try load(
            #"{clusters: {prod: {bootstrap: "prod:9092"}, staging: {bootstrap: 'staging:9092'}}, "#
                + #""flows": [{from: prod, to: "staging", topics: [orders], lanes: '4'}]}"#)
        #expect(block.flows[0].lanes == inline.flows[0].lanes)
        #expect(block.flows[0].topics == inline.flows[0].topics)
        #expect(block.clusters.map(\.description) == inline.clusters.map(\.description))
    }

    @Test func `brokers may be spaced, and may be addresses`() throws {
        let text = flow().replacing("\"prod:9092\"", with: "\" a.b:1 , [2001:db8::1]:65535,10.0.0.1:9092\"")
        #expect(try load(text).clusters[0].bootstrap == "a.b:1,[2001:db8::1]:65535,10.0.0.1:9092")
    }

    @Test func `a file begins with a byte order mark or ends without a line end all the same`() throws {
        #expect(try load("\u{FEFF}" + flow()).flows.count == 1)
        #expect(try load(String(flow("lanes: 5").dropLast())).flows[0].lanes == 5)
        #expect(try load(flow("lanes: 6").replacing("\n", with: "\r\n")).flows[0].lanes == 6)
    }

    @Test func `properties keep the order of the file and their values as written`() throws {
        let mirror = try load(kafka("z.z: no", "a.a: 007", "m.m: ''", "b.b: \" padded \""))
        let properties = mirror.clusters[0].properties.map { "\($0.name)=\($0.value)" }
        #expect(properties == ["z.z=no", "a.a=007", "m.m=", "b.b= padded "])
    }
}
