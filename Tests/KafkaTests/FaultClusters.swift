import KafkaHarness
import Rig
import Testing

/// Three brokers a side behind fault proxies, for the tests that break them: started for a suite, ended with it, since
/// six brokers on two cores would be felt by every other test.
struct FaultClusters: SuiteTrait, TestScoping {
    @TaskLocal private static var running: ClusterPair?

    /// A dead broker is fenced, and its partitions get other leaders, after this time. Kafka's default is 9 s: more of
    /// a short run would be spent waiting.
    static let brokerSessionSeconds = 6.0

    static let settings = [
        "broker.session.timeout.ms": "\(Int(brokerSessionSeconds * 1_000))",
        "broker.heartbeat.interval.ms": "1000",
        "min.insync.replicas": "2",
    ]

    static func pair() throws -> ClusterPair { try #require(running, "the suite has no trait .faultClusters") }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // Both at once: much of a start is waiting for elections.
        async let starting = KafkaCluster.start(brokers: 3, settings: Self.settings, isProxied: true)
        let destination = try KafkaCluster.start(brokers: 3, settings: Self.settings, isProxied: true)
        defer { destination.shutdown() }
        let source = try await starting
        defer { source.shutdown() }
        try await Self.$running.withValue(ClusterPair(source: source, destination: destination), operation: function)
    }
}

extension Trait where Self == FaultClusters {
    static var faultClusters: Self { FaultClusters() }
}
