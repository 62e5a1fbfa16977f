import Foundation
import KafkaHarness
import Model
import Rig
import Testing
import Trials
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

        /// Of a kilobyte each: several budgets while nothing is taken.
        private static let ratePerSecond = 3_000
        /// Has the only replicas of the destination topics.
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
            for run in runs { try run.load.awaitReceived(1_000) }
            try pair.destination.kill(broker: Self.broker)
            let end = Date.now.addingTimeInterval(Self.stillSeconds)
            for place in runs.indices { runs[place].logged = runs[place].process.output.count }
            while Date.now < end {
                for place in runs.indices { try runs[place].look() }
                Thread.sleep(forTimeInterval: 0.1)
            }
            for run in runs { #expect(run.process.child.isRunning, "\(run.flow.logs)") }
            try pair.destination.restart(broker: Self.broker)
            for run in runs { run.load.stop() }
            for run in runs { try judge(run) }
        }

        private func begin(_ delivery: Delivery, _ pair: ClusterPair) throws -> Run {
            let flow = try MirrorFlow(
                from: pair.source, to: pair.destination, delivery: delivery,
                // Where the dead broker leads the group, too, that has another leader long before.
                settings: ["memory-budget": "\(Self.budgetMegabytes)MiB", "session-timeout": "30s"])
            try flow.destination.create(
                flow.topic, assignment: (0..<4).map { _ in "\(Self.broker)" }.joined(separator: ","),
                settings: ["min.insync.replicas=1"])
            let load = try MirrorLoad(flow, partitions: 4, ratePerSecond: Self.ratePerSecond, total: .max / 2)
            load.start()
            return Run(flow: flow, load: load, process: try flow.start())
        }

        private func judge(_ run: Run) throws {
            var run = run
            let delivery = run.flow.delivery
            let verdict = try run.load.verdict()
            let bytes = verdict.counts.expected * 1_000
            #expect(bytes > Int64(2 * Self.budgetMegabytes) * 1_000_000, "little was there to be held: \(bytes)")
            #expect(verdict.isClean(delivery.claim), "\(verdict.summary)\n\(run.flow.logs)")
            try run.look()
            let most = run.residentMegabytesMax
            report("\(delivery.rawValue): at most \(most) MB with a budget of \(Self.budgetMegabytes) MB")
            #expect(most < Self.budgetMegabytes + Self.baseMegabytes)
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
