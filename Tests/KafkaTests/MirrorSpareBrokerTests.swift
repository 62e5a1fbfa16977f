import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials
import Verify

extension MirrorTests {
    /// A destination of four brokers, on the fourth of which stands nothing that all transactions need: neither the
    /// cluster's own topics nor the flow's. It dies, and stays away.
    @Suite(.serialized)
    struct SpareBroker {
        private static let dead = 4
        private static let rate = 1_500
        /// Kafka's default.
        private static let fencedSeconds = 9.0
        /// After the controller has fenced the broker, which no mirror can hasten.
        private static let promisedSeconds = 3.0
        /// Partitions without a replica on the dead broker go on at this share of their rate.
        private static let promisedShare = 0.9
        /// A lane commits no more often.
        private static let commitSeconds = 0.2

        /// With three replicas each: every one of the first three brokers leads partitions with one on the fourth, and
        /// others. The replicas are three sets of brokers, one for each lane, and there are three lanes: as many as
        /// brokers that stay, so that each has a coordinator of its own (``lanes``).
        private static let placement = [
            "1:2:3", "2:3:1", "3:1:2", "1:2:4", "2:3:4", "3:2:4", "4:1:2", "4:2:3", "4:3:2", "1:3:2", "2:1:3", "3:2:1",
        ]
        private static let touched = Set(placement.indices.filter { placement[$0].contains("\(dead)") })

        @Test
        func
            `exactly once, a lane's partitions without a replica on a dead broker go on, and the others are back soon`()
            throws
        {
            let destination = try KafkaCluster.start(brokers: 4, settings: Self.settings)
            defer { destination.shutdown() }
            let flow = try MirrorFlow(
                from: try Clusters.source(), to: destination, delivery: .exactlyOnce,
                settings: ["session-timeout": "10s", "lanes": Self.lanes])
            try destination.create(
                flow.topic, assignment: Self.placement.joined(separator: ","), settings: ["min.insync.replicas=1"])
            let load = try MirrorLoad(
                flow, partitions: Self.placement.count, ratePerSecond: Self.rate, total: .max / 2)
            load.start()
            _ = try flow.start()
            try load.awaitReceived(Int64(2 * Self.rate))
            try destination.vacate(
                broker: Self.dead,
                of: ["__transaction_state", "__consumer_offsets"]
                    + ["positions", "control"].map { "martlet.\(flow.name).\($0)" })
            let received = load.received
            try load.awaitReceived(received + Int64(5 * Self.rate))
            // What was behind before would be counted as moved while the broker is dead.
            try flow.eventually("the mirror has caught up", seconds: MirrorFlow.limitSeconds * 5) {
                load.acknowledged - load.received < Int64(Self.rate / 4)
            }
            try destination.kill(broker: Self.dead)
            let share = try shareOfOthers(flow)
            try flow.eventually("every partition moves again") {
                destination.ends(of: flow.topic, partitions: Self.placement.count).allSatisfy { $0 >= 0 }
            }
            let resumed = load.received
            try load.awaitReceived(resumed + Int64(5 * Self.rate))
            load.stop()
            try judge(flow, load, share)
        }

        /// A multiple of three partitions, so that neighbours always have different leaders.
        private static let settings = FaultClusters.settings.merging([
            "transaction.state.log.num.partitions": "6",
            "broker.session.timeout.ms": "\(Int(fencedSeconds * 1_000))",
        ]) { $1 }

        /// A transaction's coordinator sends the markers of all its transactions to a broker over one connection, one
        /// request at a time (Kafka's `TransactionMarkerChannelManager`). So a lane that was committing when the broker
        /// died holds up every lane with the same coordinator. The ids of lanes lie in neighbouring partitions of
        /// `__transaction_state`, so lanes have different coordinators as long as there are brokers enough.
        private static let lanes = ProcessInfo.processInfo.environment["MARTLET_TEST_LANES"] ?? "3"

        /// How much of the load that came while the dead broker was not fenced yet the others have moved, committed, at
        /// least: each commit adds a marker to a partition, and is taken off as one record.
        private func shareOfOthers(_ flow: MirrorFlow) throws -> Double {
            let others = Self.placement.indices.filter { !Self.touched.contains($0) }
                .map { TopicPartition(flow.topic, Int32($0)) }
            func moved() throws -> Int64 { try flow.destination.endSum(of: others) }
            let (sentBefore, movedBefore, began) = (try flow.source.endSum(of: others), try moved(), Date.now)
            var (last, lastAt, longest) = (movedBefore, began, 0.0)
            while Date.now.timeIntervalSince(began) < Self.fencedSeconds - 1.5 {
                Thread.sleep(forTimeInterval: 0.05)
                let now = try moved()
                longest = max(longest, Date.now.timeIntervalSince(lastAt))
                if now > last { (last, lastAt) = (now, .now) }
            }
            report("meanwhile nothing of them was committed for \(longest.formatted) s at the longest")
            let markers = Double(others.count) * Date.now.timeIntervalSince(began) / Self.commitSeconds
            let sent = try flow.source.endSum(of: others) - sentBefore
            return min(1, (Double(last - movedBefore) - markers) / Double(sent))
        }

        private func judge(_ flow: MirrorFlow, _ load: MirrorLoad, _ share: Double) throws {
            let verdict = try load.verdict()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
            let stalls = verdict.longestStallMilliseconds.enumerated()
            let back = stalls.filter { Self.touched.contains($0.offset) }.map(\.element).max() ?? 0
            let others = stalls.filter { !Self.touched.contains($0.offset) }.map(\.element).max() ?? 0
            report(
                "exactly-once, four brokers, \(Self.lanes) lanes: while a dead broker was not fenced, partitions "
                    + "without a replica on it moved \(share.formatted) of their load of that time; they stood still "
                    + "for \(others) ms, its own for \(back) ms; the cluster fences it after "
                    + "\(Int(Self.fencedSeconds * 1_000)) ms"
            )
            #expect(back < 60_000)
            #expect(share > (MirrorScale.isTimingStrict ? Self.promisedShare : Self.promisedShare / 2))
            guard MirrorScale.isTimingStrict else { return }
            #expect(Double(back) / 1_000 < Self.fencedSeconds + Self.promisedSeconds)
        }
    }
}

extension KafkaCluster {
    /// Leaves no replica of these topics on a broker: the others share them out in turn, and lead in turn.
    fileprivate func vacate(broker: Int, of topics: [String]) throws {
        var moves: [String] = []
        for topic in topics {
            for partition in try partitionsOf(topic) {
                let stay = (1...brokers).filter { $0 != broker }
                let first = Int(partition.number) % stay.count
                let replicas = (0..<partition.replicas.count).map { "\(stay[(first + $0) % stay.count])" }
                    .joined(separator: ",")
                moves.append(#"{"topic":"\#(topic)","partition":\#(partition.number),"replicas":[\#(replicas)]}"#)
            }
        }
        let file = folder.appending(path: "moves.json")
        try #"{"version":1,"partitions":[\#(moves.joined(separator: ","))]}"#
            .write(to: file, atomically: true, encoding: .utf8)
        _ = try run(
            tool: "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
            ["--bootstrap-server", bootstrap, "--reassignment-json-file", file.path, "--execute"])
        let deadline = Date.now.addingTimeInterval(60)
        while try topics.contains(where: { try !partitions(of: $0, on: broker).isEmpty }) {
            guard Date.now < deadline else { throw RigFault("broker \(broker) still holds \(topics)") }
            Thread.sleep(forTimeInterval: 0.2)
        }
        _ = try run(
            tool: "org.apache.kafka.tools.LeaderElectionCommand",
            ["--bootstrap-server", bootstrap, "--election-type", "preferred", "--all-topic-partitions"])
    }

    private func partitionsOf(_ topic: String) throws -> [PartitionMetadata] {
        try admin().topic(topic, timeoutMilliseconds: 10_000)?.partitions ?? []
    }
}
