import Foundation
import KafkaHarness
import Model
import RdKafka
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

        private static let rate = 1_500

        /// Both promises see the same broker die: bringing it back and waiting for its fencing is done once.
        @Test func `a destination broker that dies loses nothing, and its partitions are soon back`() throws {
            let pair = try FaultClusters.pair()
            let runs = try Delivery.allCases.map { delivery in
                // Like the defaults of both: a session that outlives the time in which the cluster replaces a coordinator.
                let flow = try MirrorFlow(
                    from: pair.source, to: pair.destination, delivery: delivery, settings: ["session-timeout": "10s"])
                // Two replicas on three brokers: a third of the partitions have none on the dead one.
                try flow.destination.create(
                    flow.topic, partitions: Int32(Self.partitions), replicas: 2,
                    settings: [("min.insync.replicas", "1")])
                let load = try MirrorLoad(flow, partitions: Self.partitions, ratePerSecond: Self.rate, total: .max / 2)
                load.start()
                _ = try flow.start()
                return (flow: flow, load: load)
            }
            for run in runs { try run.load.awaitReceived(Int64(2 * Self.rate)) }
            let before = runs.map { pair.destination.ends(of: $0.flow.topic, partitions: Self.partitions) }
            try pair.destination.kill(broker: Self.killed)
            defer { #expect(throws: Never.self) { try pair.destination.restart(broker: Self.killed) } }
            for (run, before) in zip(runs, before) {
                try run.flow.eventually("every partition moves again") {
                    zip(pair.destination.ends(of: run.flow.topic, partitions: Self.partitions), before).allSatisfy {
                        $0 > $1 + Int64(4 * Self.rate / Self.partitions)
                    }
                }
            }
            // Fenced, the dead broker is nobody's replica any more.
            let touched = try runs.map { try pair.destination.partitions(of: $0.flow.topic, withReplicas: 1) }
            for run in runs { run.load.stop() }
            for (run, touched) in zip(runs, touched) {
                try #require((1..<Self.partitions).contains(touched.count), "\(touched)")
                try judge(run.load, touched)
            }
        }

        private func judge(_ load: MirrorLoad, _ touched: Set<Int>) throws {
            let flow = load.flow
            let verdict = try load.verdict()
            #expect(verdict.isClean(flow.delivery.claim), "\(verdict.summary)\n\(flow.logs)")

            let stalls = verdict.longestStallMilliseconds.enumerated()
            let back = stalls.filter { touched.contains($0.offset) }.map(\.element).max() ?? 0
            let others = stalls.filter { !touched.contains($0.offset) }.map(\.element).max() ?? 0
            report(
                "\(flow.delivery.rawValue): a destination broker killed: its \(touched.count) partitions stood still for "
                    + "\(back) ms, the others for \(others) ms; the cluster fences it after "
                    + "\(Int(FaultClusters.brokerSessionSeconds * 1_000)) ms")
            let promised = FaultClusters.brokerSessionSeconds + Self.promisedSeconds
            #expect(Double(back) / 1_000 < MirrorScale.bound(promised, else: 60))
        }
    }
}

extension KafkaCluster {
    /// The topic's partitions that have so many replicas in sync.
    fileprivate func partitions(of topic: String, withReplicas count: Int) throws -> Set<Int> {
        let partitions = try admin().topic(topic, timeoutMilliseconds: 10_000)?.partitions ?? []
        return Set(partitions.filter { $0.inSyncReplicas == count }.map { Int($0.number) })
    }
}
