import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials
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
        /// At least once, partitions without a replica on the dead broker go on at this share of their rate.
        private static let promisedShare = 0.9

        private struct Run {
            let flow: MirrorFlow
            let load: MirrorLoad
            /// Partitions with a replica on the broker that is killed.
            let touched: Set<Int>
        }

        /// Both promises see the same broker die: bringing it back and waiting for its fencing is done once. Where timing
        /// counts, each has the machine for itself.
        @Test(arguments: MirrorScale.isTimingStrict ? Delivery.allCases.map { [$0] } : [Delivery.allCases])
        func `a destination broker that dies loses nothing, and its partitions are soon back`(
            deliveries: [Delivery]
        ) throws {
            let pair = try FaultClusters.pair()
            let runs = try deliveries.map { try begin($0, pair) }
            for run in runs { try run.load.awaitReceived(Int64(2 * Self.rate)) }
            let before = runs.map { pair.destination.ends(of: $0.flow.topic, partitions: Self.partitions) }
            try pair.destination.kill(broker: Self.killed)
            defer { #expect(throws: Never.self) { try pair.destination.restart(broker: Self.killed) } }
            for run in runs { try watchOthers(run) }
            for (run, before) in zip(runs, before) {
                try run.flow.eventually("every partition moves again") {
                    zip(pair.destination.ends(of: run.flow.topic, partitions: Self.partitions), before).allSatisfy {
                        $0 > $1 + Int64(4 * Self.rate / Self.partitions)
                    }
                }
            }
            for run in runs { run.load.stop() }
            for run in runs { try judge(run) }
        }

        private func begin(_ delivery: Delivery, _ pair: ClusterPair) throws -> Run {
            // Like the defaults of both: a session that outlives the time in which the cluster replaces a coordinator.
            let flow = try MirrorFlow(
                from: pair.source, to: pair.destination, delivery: delivery, settings: ["session-timeout": "10s"])
            // Two replicas on three brokers: a third of the partitions have none on the dead one.
            try flow.destination.create(
                flow.topic, partitions: Int32(Self.partitions), replicas: 2, settings: [("min.insync.replicas", "1")])
            let touched = try flow.destination.partitions(of: flow.topic, on: Self.killed)
            try #require((1..<Self.partitions).contains(touched.count), "\(touched)")
            let load = try MirrorLoad(flow, partitions: Self.partitions, ratePerSecond: Self.rate, total: .max / 2)
            load.start()
            _ = try flow.start()
            return Run(flow: flow, load: load, touched: touched)
        }

        /// How much of the load the others have moved while the dead broker was not fenced yet.
        private func watchOthers(_ run: Run) throws {
            let others = (0..<Self.partitions).filter { !run.touched.contains($0) }
                .map { TopicPartition(run.flow.topic, Int32($0)) }
            let sentBefore = try run.flow.source.endSum(of: others)
            let movedBefore = try run.flow.destination.endSum(of: others)
            Thread.sleep(forTimeInterval: FaultClusters.brokerSessionSeconds - 1.5)
            let moved = try run.flow.destination.endSum(of: others) - movedBefore
            let sent = try run.flow.source.endSum(of: others) - sentBefore
            let share = Double(moved) / Double(sent)
            report(
                "\(run.flow.delivery.rawValue): while a dead broker was not fenced, partitions without a replica on it "
                    + "moved \(share.formatted) of their load")
            // With exactly-once the cluster's own topics have a replica there: nobody's transaction ends.
            guard run.flow.delivery == .atLeastOnce else { return }
            #expect(share > (MirrorScale.isTimingStrict ? Self.promisedShare : Self.promisedShare / 2))
        }

        private func judge(_ run: Run) throws {
            let (flow, touched) = (run.flow, run.touched)
            let verdict = try run.load.verdict()
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
    func endSum(of partitions: [TopicPartition]) throws -> Int64 {
        let ends = try admin().offsets(of: partitions, at: .latest, timeoutMilliseconds: 10_000)
        return try ends.values.reduce(0) { try $0 + $1.get() }
    }
}
