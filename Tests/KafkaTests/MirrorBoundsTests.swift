import Foundation
import KafkaHarness
import Model
import Testing
import Verify

extension MirrorTests {
    /// A destination that stands still costs time and nothing else.
    @Suite(.serialized)
    struct Bounds {
        /// After 15 s a lane may take the first partition that moves again for a sign that the others are sick, and
        /// set them aside for half a minute: no loss, but a long test.
        private static let frozenSeconds =
            ProcessInfo.processInfo.environment["MARTLET_TEST_FROZEN_SECONDS"].flatMap { Double($0) } ?? 12
        private static let budgetMegabytes = 32
        /// What a process needs besides: code, librdkafka's clients and their buffers.
        private static let baseMegabytes = 80

        private static let records: Int64 = 150_000

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

        /// Both promises in front of one destination: the time that it stands still is spent once.
        @Test func `a destination that stands still takes no memory, no membership and no record`() throws {
            let destination = try KafkaCluster.start(brokers: 1)
            defer { destination.shutdown() }
            var runs = try Delivery.allCases.map { delivery in
                // Longer than it stands still: the group itself must not be what ends.
                let flow = try MirrorFlow(
                    to: destination, delivery: delivery,
                    settings: ["memory-budget": "\(Self.budgetMegabytes)MiB", "session-timeout": "3m"])
                let load = try MirrorLoad(flow, partitions: 4, total: Self.records)
                try load.fill()
                return (flow, load)
            }
            .map { flow, load in Run(flow: flow, load: load, process: try flow.start()) }
            for run in runs { try run.flow.eventually("records in the destination") { run.load.arrived > 1_000 } }
            destination.freeze(broker: 1)
            let end = Date.now.addingTimeInterval(Self.frozenSeconds)
            for place in runs.indices { runs[place].logged = runs[place].process.output.count }
            while Date.now < end {
                for place in runs.indices { try runs[place].look() }
                Thread.sleep(forTimeInterval: 0.1)
            }
            for run in runs { #expect(run.process.child.isRunning, "\(run.flow.logs)") }
            destination.thaw(broker: 1)
            for var run in runs {
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
        }

        /// What the process holds now.
        private static func residentMegabytes(of process: MartletProcess) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(process.child.processID)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) / 1_000
        }
    }
}
