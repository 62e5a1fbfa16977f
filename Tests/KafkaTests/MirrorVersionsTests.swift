import KafkaHarness
import Model
import Rig
import Testing
import Verify

extension MirrorTests {
    /// The oldest Kafka that is supported, and one in between, each as source and as destination.
    @Suite(.serialized)
    struct Versions {
        @Test(.enabled(if: KafkaHome.version("3.9.2") != nil && KafkaHome.version("2.8.2") != nil))
        func `older brokers are mirrored both ways, with a restart`() throws {
            let newer = try KafkaCluster.start(brokers: 1, home: try #require(KafkaHome.version("3.9.2")))
            defer { newer.shutdown() }
            let older = try KafkaCluster.start(brokers: 1, home: try #require(KafkaHome.version("2.8.2")))
            defer { older.shutdown() }
            for (source, destination) in [(newer, older), (older, newer)] {
                for delivery in Delivery.allCases {
                    let flow = try MirrorFlow(from: source, to: destination, delivery: delivery)
                    let load = try MirrorLoad(flow, partitions: 3, ratePerSecond: 5_000, total: 15_000)
                    load.start()
                    let first = try flow.start()
                    try load.awaitReceived(3_000)
                    first.terminate()
                    #expect(first.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
                    _ = try flow.start()
                    let verdict = try load.verdict()
                    #expect(
                        verdict.isClean(.exactlyOnce),
                        """
                        \(source.home) to \(destination.home), \(delivery.rawValue): \(verdict.summary)
                        \(flow.logs)
                        """)
                }
            }
        }
    }
}
