import Model
import RdKafka
import Testing

@testable import martlet

/// `check` against clusters inside this process.
struct CheckTests {
    private func flow(from source: String, to destination: String) -> FlowDefinition {
        FlowDefinition(
            name: "east-west", source: ClusterDefinition(name: "east", bootstrap: source),
            destination: ClusterDefinition(name: "west", bootstrap: destination), topics: [.pattern("orders.*")])
    }

    @Test func `what both clusters hold is found`() throws {
        let (east, west) = (try MockCluster(brokers: 1), try MockCluster(brokers: 1))
        try east.createTopic("orders", partitions: 4, replicationFactor: 1)
        try east.createTopic("orders.eu", partitions: 2, replicationFactor: 1)
        try east.createTopic("other", partitions: 2, replicationFactor: 1)
        try west.createTopic("orders", partitions: 3, replicationFactor: 1)
        let report = CheckCommand.report(on: [flow(from: east.bootstrap, to: west.bootstrap)])
        #expect(report.isReady)
        #expect(report.text.contains("source logs are known again by marked records"))
        #expect(report.clusters.map(\.topics) == [3, 1])
        #expect(report.flows.first?.topics.map(\.name) == ["orders", "orders.eu"])
        #expect(report.flows.first?.topics.map(\.step) == [.grow, .create])
    }

    @Test func `one cluster under two names is refused`() throws {
        let east = try MockCluster(brokers: 1)
        try east.createTopic("orders", partitions: 4, replicationFactor: 1)
        let report = CheckCommand.report(on: [flow(from: east.bootstrap, to: east.bootstrap)])
        #expect(!report.isReady)
        #expect(report.problems.contains { $0.what.contains("are the same cluster") })
    }

    @Test func `a destination that holds records already needs a start`() throws {
        let (east, west) = (try MockCluster(brokers: 1), try MockCluster(brokers: 1))
        for cluster in [east, west] { try cluster.createTopic("orders", partitions: 1, replicationFactor: 1) }
        let configuration = ClientConfiguration(bootstrap: west.bootstrap, properties: [], clientID: "test")
        var producer = try LoadProducer(configuration) { _ in }
        let isTaken = try producer.produce(LoadRecord(TopicPartition("orders", 0), key: nil, value: [1]), ticket: 1)
        #expect(isTaken)
        try producer.flush(timeoutMilliseconds: 10_000)
        let report = CheckCommand.report(on: [flow(from: east.bootstrap, to: west.bootstrap)])
        #expect(report.flows.first?.topics.map(\.step) == [.refuse])
    }
}
