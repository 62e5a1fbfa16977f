import Foundation
import KafkaHarness
import Model
import Rig
import Testing
import Trials
import Verify

extension MirrorTests {
    /// One of two processes dies, freezes or leaves under load.
    @Suite(.serialized)
    struct ProcessLoss {
        private static let partitions = 12
        private static let rate = 4_000
        /// The flow's own, as ``MirrorFlow`` sets it.
        private static let sessionSeconds = 6.0
        private static let takeOverSeconds = 2.0
        private static let leaveSeconds = 5.0

        /// A flow with each promise, at the same time: most of it is waiting for sessions to end.
        @Test func `a process frozen beyond its session is fenced when it is let go`() throws {
            let rate = Self.rate / 2
            let pairs = try Delivery.allCases.map { try pair($0, ratePerSecond: rate) }
            for pair in pairs { pair.first.freeze() }
            for (flow, load, _, other) in pairs {
                try flow.eventually("the other process has all slots") { other.slotsHeld == Self.partitions }
                try load.awaitReceived(load.received + Int64(2 * rate))
            }
            for pair in pairs { pair.first.thaw() }
            for (flow, load, frozen, _) in pairs {
                try flow.eventually("the frozen process has learned of it, and has slots again") {
                    frozen.output.contains("slots lost") && frozen.slotsHeld > 0
                }
                try load.awaitReceived(load.received + Int64(rate))
                load.stop()
            }
            for (flow, load, _, _) in pairs {
                let verdict = try load.verdict()
                #expect(verdict.isClean(flow.delivery.claim), "\(verdict.summary)\n\(flow.logs)")
                let bound = DuplicateBound.records(losses: 1, ratePerSecond: rate)
                let twice = verdict.counts.duplicated
                #expect(twice <= bound, "\(verdict.summary)\n\(flow.logs)")
                report("\(flow.delivery.rawValue): \(twice) records twice after a freeze, \(bound) allowed")
            }
        }

        @Test(arguments: Delivery.allCases)
        func `a killed process' partitions move again soon after its session`(delivery: Delivery) throws {
            let (flow, load, killed, other) = try pair(delivery)
            let begin = Date.now
            killed.kill()
            let atKill = try ends(load)
            var movedAfter = [Double?](repeating: nil, count: Self.partitions)
            try flow.eventually("every partition moves again") {
                for (place, end) in try ends(load).enumerated() where movedAfter[place] == nil {
                    // Beyond what was on its way when the ends were asked for.
                    if end > atKill[place] + Int64(Self.rate / Self.partitions) {
                        movedAfter[place] = Date.now.timeIntervalSince(begin)
                    }
                }
                return movedAfter.allSatisfy { $0 != nil }
            }
            let seconds = movedAfter.compactMap { $0 }.max() ?? 0
            load.stop()
            let verdict = try load.verdict()
            #expect(verdict.isClean(delivery.claim), "\(verdict.summary)\n\(flow.logs)")
            #expect(other.slotsHeld == Self.partitions)
            report(
                "\(delivery.rawValue): a killed process' partitions had moved a second's load after "
                    + "\(seconds.formatted) s, longest stall \(verdict.longestStallMilliseconds.max() ?? 0) ms, session "
                    + "\(Self.sessionSeconds) s; \(verdict.counts.duplicated) records twice")
            let stall = Double(verdict.longestStallMilliseconds.max() ?? 0) / 1_000
            #expect(stall < MirrorScale.bound(Self.sessionSeconds + Self.takeOverSeconds, else: 60))
        }

        @Test(arguments: Delivery.allCases)
        func `a process that is told to stop leaves within five seconds, and its partitions move on`(
            delivery: Delivery
        ) throws {
            let (flow, load, leaving, other) = try pair(delivery)
            let begin = Date.now
            leaving.terminate()
            let exit = leaving.waitForExit(seconds: 60)
            let seconds = Date.now.timeIntervalSince(begin)
            #expect(exit?.code == 0, "\(flow.logs)")
            try flow.eventually("the other process has all slots") { other.slotsHeld == Self.partitions }
            try load.awaitReceived(load.received + Int64(Self.rate))
            load.stop()
            let verdict = try load.verdict()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
            report(
                "\(delivery.rawValue): left after \(seconds.formatted) s, longest stall "
                    + "\(verdict.longestStallMilliseconds.max() ?? 0) ms")
            #expect(seconds < MirrorScale.bound(Self.leaveSeconds, else: 30))
        }

        /// Two processes that share a load.
        private func pair(
            _ delivery: Delivery, ratePerSecond: Int = rate
        ) throws -> (flow: MirrorFlow, load: MirrorLoad, first: MartletProcess, second: MartletProcess) {
            let flow = try MirrorFlow(delivery: delivery)
            let load = try MirrorLoad(flow, partitions: Self.partitions, ratePerSecond: ratePerSecond, total: .max / 2)
            load.start()
            let processes = try ["p1", "p2"].map { try flow.start(instance: $0) }
            try flow.eventually("both have half of the slots") {
                processes.allSatisfy { $0.slotsHeld == Self.partitions / 2 }
            }
            try load.awaitReceived(Int64(ratePerSecond))
            // Both at work, and caught up with what came while they joined.
            try flow.eventually("little is behind") { load.acknowledged - load.received < Int64(ratePerSecond) }
            return (flow, load, processes[0], processes[1])
        }

        private func ends(_ load: MirrorLoad) throws -> [Int64] {
            let ends = load.flow.destination.ends(of: load.topic, partitions: Self.partitions)
            try #require(!ends.contains(-1), "a partition has no leader")
            return ends
        }
    }
}
