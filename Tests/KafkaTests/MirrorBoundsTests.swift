import Foundation
import KafkaHarness
import Model
import Testing
import Verify

extension MirrorTests {
    /// A destination that stands still costs time and nothing else.
    @Suite(.serialized)
    struct Bounds {
        private static let frozenSeconds =
            ProcessInfo.processInfo.environment["MARTLET_TEST_FROZEN_SECONDS"].flatMap { Double($0) } ?? 15
        private static let budgetMegabytes = 32
        /// What a process needs besides: code, librdkafka's clients and their buffers.
        private static let baseMegabytes = 80

        @Test(arguments: Delivery.allCases)
        func `a destination that stands still takes no memory, no membership and no record`(delivery: Delivery) throws {
            let destination = try KafkaCluster.start(brokers: 1)
            defer { destination.shutdown() }
            // Longer than it stands still: the group itself must not be what ends.
            let flow = try MirrorFlow(
                to: destination, delivery: delivery,
                settings: ["memory-budget": "\(Self.budgetMegabytes)MiB", "session-timeout": "3m"])
            let load = try MirrorLoad(flow, partitions: 4, total: 200_000)
            try load.fill()
            let process = try flow.start()
            try flow.eventually("records in the destination") { load.arrived > 10_000 }
            destination.freeze(broker: 1)
            let frozenAt = process.output.count
            var most = 0
            let end = Date.now.addingTimeInterval(Self.frozenSeconds)
            while Date.now < end {
                most = max(most, try Self.residentMegabytes(of: process))
                Thread.sleep(forTimeInterval: 0.1)
            }
            #expect(process.child.isRunning, "\(flow.logs)")
            destination.thaw(broker: 1)
            let verdict = try load.verdictAfterFill()
            #expect(verdict.isClean(delivery.claim), "\(verdict.summary)\n\(flow.logs)")
            most = max(most, try Self.residentMegabytes(of: process))
            report("\(delivery.rawValue): at most \(most) MB with a budget of \(Self.budgetMegabytes) MB")
            #expect(most < Self.budgetMegabytes + Self.baseMegabytes, "200 MB were there to be held")
            let since = String(process.output.dropFirst(frozenAt))
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
