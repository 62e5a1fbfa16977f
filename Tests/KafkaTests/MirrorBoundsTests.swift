import Foundation
import KafkaHarness
import Model
import RdKafka
import Testing
import Verify

extension MirrorTests.UnderFire {
    /// A destination that stands still costs time and nothing else.
    @Suite(.serialized)
    struct Bounds {
        /// Longer than a process may leave its membership unpolled (`max.poll.interval.ms`, 30 s).
        private static let stillSeconds =
            ProcessInfo.processInfo.environment["MARTLET_TEST_STILL_SECONDS"].flatMap { Double($0) } ?? 35
        private static let budgetMegabytes = 32
        /// What a process needs besides: code, librdkafka's clients and their buffers.
        private static let baseMegabytes = 80

        private static let records: Int64 = 150_000
        /// Has the only replicas of the destination topics, and no part in anything else of the flows.
        private static let broker = 2

        /// A flow at work, and what was seen of it.
        private struct Run {
            let flow: MirrorFlow
            let load: MirrorLoad
            let process: MartletProcess
            var logged = 0
            var residentMegabytesMax = 0

            mutating func look() throws {
                residentMegabytesMax = max(residentMegabytesMax, try Bounds.residentMegabytes(of: process))
            }
        }

        /// Both promises in front of one destination: the time that it stands still is spent once. The cluster answers
        /// everybody, and has no leader for the records: so the group's word is no excuse.
        @Test func `a destination that takes nothing costs no memory, no membership and no record`() throws {
            let pair = try FaultClusters.pair()
            var runs = try Delivery.allCases.map { try begin($0, pair) }
            for run in runs { try run.flow.eventually("records in the destination") { run.load.arrived > 1_000 } }
            let held = runs.map(\.load.arrived)
            try pair.destination.kill(broker: Self.broker)
            for (run, held) in zip(runs, held) { #expect(held < Self.records, "nothing was left: \(run.flow.logs)") }
            let end = Date.now.addingTimeInterval(Self.stillSeconds)
            for place in runs.indices { runs[place].logged = runs[place].process.output.count }
            while Date.now < end {
                for place in runs.indices { try runs[place].look() }
                Thread.sleep(forTimeInterval: 0.1)
            }
            for run in runs { #expect(run.process.child.isRunning, "\(run.flow.logs)") }
            try pair.destination.restart(broker: Self.broker)
            for run in runs { try judge(run) }
        }

        private func begin(_ delivery: Delivery, _ pair: ClusterPair) throws -> Run {
            let flow = try MirrorFlow(
                from: pair.source, to: pair.destination,
                name: try pair.destination.flowName(coordinatedBeside: Self.broker), delivery: delivery,
                settings: ["memory-budget": "\(Self.budgetMegabytes)MiB", "session-timeout": "10s"])
            try flow.destination.create(
                flow.topic, assignment: (0..<4).map { _ in "\(Self.broker)" }.joined(separator: ","),
                settings: ["min.insync.replicas=1"])
            let load = try MirrorLoad(flow, partitions: 4, total: Self.records)
            try load.fill()
            return Run(flow: flow, load: load, process: try flow.start())
        }

        private func judge(_ run: Run) throws {
            var run = run
            let delivery = run.flow.delivery
            let verdict = try run.load.verdictAfterFill()
            #expect(verdict.isClean(delivery.claim), "\(verdict.summary)\n\(run.flow.logs)")
            try run.look()
            let most = run.residentMegabytesMax
            report("\(delivery.rawValue): at most \(most) MB with a budget of \(Self.budgetMegabytes) MB")
            #expect(most < Self.budgetMegabytes + Self.baseMegabytes, "much more was there to be held")
            let since = String(run.process.output.dropFirst(run.logged))
            for word in ["slots revoked", "slots lost", "slots assigned"] {
                #expect(!since.contains(word), "the group was rebalanced:\n\(since)")
            }
        }

        /// What the process holds now.
        private static func residentMegabytes(of process: MartletProcess) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(process.child.processID)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) / 1_000
        }
    }
}

extension KafkaCluster {
    /// A name for a flow whose group is coordinated by another broker: the leader of the partition of
    /// `__consumer_offsets` that the group's name falls into (`GroupMetadataManager.partitionFor` in Kafka).
    fileprivate func flowName(coordinatedBeside broker: Int) throws -> String {
        for _ in 0..<100 {
            let name = Clusters.uniqueName("flow")
            // The first question about a group has the topic made.
            _ = try admin().groupMembers(of: "martlet.\(name)", timeoutMilliseconds: 60_000)
            let topic = try admin().topic("__consumer_offsets", timeoutMilliseconds: 10_000)
            let partitions = try #require(topic?.partitions)
            let place = Int(Self.javaHash("martlet.\(name)") & 0x7FFF_FFFF) % partitions.count
            if partitions[place].leader != Int32(broker) { return name }
        }
        throw NoCoordinator()
    }

    private struct NoCoordinator: Error {}

    /// `String.hashCode` of Java.
    private static func javaHash(_ text: String) -> Int32 {
        text.utf16.reduce(0) { $0 &* 31 &+ Int32($1) }
    }
}
