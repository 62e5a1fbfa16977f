import Foundation
import KafkaHarness
import Model
import Testing
import Verify

extension MirrorTests.UnderFire {
    /// A broker of the destination dies, and stays away.
    @Suite(.serialized)
    struct BrokerLoss {
        private static let partitions = 12
        private static let killed = 2
        /// After the controller has fenced the broker, which no mirror can hasten.
        private static let promisedSeconds = 3.0

        @Test(arguments: Delivery.allCases)
        func `a destination broker that dies loses nothing, and its partitions are soon back`(
            delivery: Delivery
        ) throws {
            let pair = try FaultClusters.pair()
            // Like the defaults of both: a session that outlives the time in which the cluster replaces a coordinator.
            let flow = try MirrorFlow(
                from: pair.source, to: pair.destination, delivery: delivery, settings: ["session-timeout": "10s"])
            // Two replicas on three brokers: a third of the partitions have none on the dead one.
            try flow.destination.create(
                flow.topic, partitions: Int32(Self.partitions), replicas: 2, settings: [("min.insync.replicas", "1")])
            let load = try MirrorLoad(flow, partitions: Self.partitions, ratePerSecond: 3_000, total: .max / 2)
            load.start()
            _ = try flow.start()
            try load.awaitReceived(6_000)
            let touched = try Set(flow.destination.partitions(of: flow.topic, onBroker: Self.killed))
            try #require((1..<Self.partitions).contains(touched.count), "\(touched)")
            let before = try ends(flow)
            try flow.destination.kill(broker: Self.killed)
            defer { #expect(throws: Never.self) { try flow.destination.restart(broker: Self.killed) } }
            try flow.eventually("every partition moves again") {
                zip(try ends(flow), before).allSatisfy { $0 > $1 + 1_000 }
            }
            load.stop()
            let verdict = try load.verdict()
            #expect(verdict.isClean(delivery.claim), "\(verdict.summary)\n\(flow.logs)")

            let stalls = verdict.longestStallMilliseconds.enumerated()
            let back = stalls.filter { touched.contains($0.offset) }.map(\.element).max() ?? 0
            let others = stalls.filter { !touched.contains($0.offset) }.map(\.element).max() ?? 0
            report(
                "\(delivery.rawValue): a destination broker killed: its \(touched.count) partitions stood still for "
                    + "\(back) ms, the others for \(others) ms; the cluster fences it after "
                    + "\(Int(FaultClusters.brokerSessionSeconds * 1_000)) ms")
            let promised = FaultClusters.brokerSessionSeconds + Self.promisedSeconds
            #expect(Double(back) / 1_000 < MirrorScale.bound(promised, else: 60))
        }

        /// Where each partition ends; -1 while it has no leader.
        private func ends(_ flow: MirrorFlow) throws -> [Int64] {
            (0..<Self.partitions).map { (try? flow.destination.end(of: TopicPartition(flow.topic, Int32($0)))) ?? -1 }
        }
    }
}

extension KafkaCluster {
    /// The topic's partitions that have a replica on this broker.
    func partitions(of topic: String, onBroker broker: Int) throws -> [Int] {
        let text = try run(
            tool: "org.apache.kafka.tools.TopicCommand",
            ["--bootstrap-server", bootstrap, "--describe", "--topic", topic])
        return text.matches(of: /Partition: (\d+).*Replicas: ([\d,]+)/).compactMap { match in
            let replicas = match.2.split(separator: ",").compactMap { Int($0) }
            return replicas.contains(broker) ? Int(match.1) : nil
        }
    }
}
