import Foundation
import KafkaHarness
import Model
import Rig
import Testing
import Verify

extension MirrorTests {
    /// What needs three brokers a side.
    @Suite(.serialized, .faultClusters)
    enum UnderFire {}
}

extension MirrorTests.UnderFire {
    /// Everything at once. `make chaos` runs it for minutes, in the mode and from the seed that it is told.
    @Suite struct ChaosRun {
        private static let environment = ProcessInfo.processInfo.environment
        private static let minutes = environment["MARTLET_CHAOS_MINUTES"].flatMap { Double($0) } ?? 3
        private static let seed = environment["MARTLET_CHAOS_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...9_999_999)
        private static let rate = environment["MARTLET_CHAOS_RATE"].flatMap { Int($0) } ?? 3_000
        private static let delivery =
            environment["MARTLET_CHAOS_DELIVERY"].flatMap { Delivery(rawValue: $0) } ?? .exactlyOnce
        private static let sessionSeconds = 6.0
        /// Long enough for what a process holds to be judged.
        private static let isSoak = minutes >= 10

        @Test func `whatever breaks, nothing is lost, and with exactly-once nothing is there twice`() throws {
            report(
                "chaos: SEED=\(Self.seed) MINUTES=\(Self.minutes) DELIVERY=\(Self.delivery.rawValue) RATE=\(Self.rate)")
            let pair = try FaultClusters.pair()
            let flow = try MirrorFlow(from: pair.source, to: pair.destination, delivery: Self.delivery)
            let load = try MirrorLoad(
                flow, partitions: 12, plan: .mirrored(seed: Self.seed), ratePerSecond: Self.rate, total: .max / 2)
            load.start()
            let plan = ChaosPlan(
                seed: Self.seed, sessionSeconds: Self.sessionSeconds, sparesSurvivor: Self.isSoak)
            let chaos = try Chaos(flow, plan) { load.progress }
            try load.awaitReceived(1)
            try chaos.run(seconds: Self.minutes * 60)
            load.stop()
            let verdict = try load.verdict(allowingFailures: true)
            chaos.say("\(Self.delivery.rawValue), \(chaos.faults.count) faults\n\(verdict.summary)")

            let isKept = Self.isKept(by: verdict, losses: chaos.kills + flow.losses)
            try keepLogs(of: flow)
            #expect(isKept, "seed \(Self.seed): \(verdict.summary)")
            #expect(chaos.endedByThemselves == [], "seed \(Self.seed)")
            #expect(chaos.residentMebibytesMax < 512 && chaos.descriptorsMax < 512, "a process holds too much")
            if Self.isSoak { judge(chaos.survivor) }
            #expect(chaos.faults.count >= Int(Self.minutes * 5), "too little went wrong to prove anything")
            let due = Double(Self.rate) * Self.minutes * 60
            #expect(Double(verdict.counts.expected) > due / 2, "too little was sent to prove anything")
        }

        /// A process that lived through all of it holds no more at the end than it did early.
        private func judge(_ survivor: HoldingsTrail) {
            report("chaos: p\(ChaosPlan.survivor), medians of the quarters: \(survivor.summary)")
            #expect(survivor.isLongEnough && survivor.grown == [], "seed \(Self.seed): \(survivor.growth)")
        }

        /// - Parameter losses: how often a process lost what it had under way.
        private static func isKept(by verdict: Verdict, losses: Int) -> Bool {
            guard delivery == .atLeastOnce else { return verdict.isClean(.exactlyOnce) }
            let bound = DuplicateBound.records(losses: losses, ratePerSecond: rate)
            report("chaos: \(verdict.counts.duplicated) records twice, \(bound) allowed after \(losses) losses")
            var inOrder = verdict
            // Who was cut off may still send what it holds between the records of the new owner.
            if verdict.counts.reordered <= bound { inOrder.counts.reordered = 0 }
            return inOrder.isClean(.atLeastOnce) && verdict.counts.duplicated <= bound
        }

        /// Too much for a message: beside the build, named by the seed.
        private func keepLogs(of flow: MirrorFlow) throws {
            let file = ".build/chaos-\(Self.seed).log"
            try flow.logs.write(toFile: file, atomically: true, encoding: .utf8)
            report("chaos: what the processes logged is in \(file)")
        }
    }
}

extension MirrorFlow {
    /// How often its processes said that they lost slots, or had to take back what was under way.
    fileprivate var losses: Int {
        logs.split(separator: "\n").count { $0.contains("slots lost") || $0.contains("WARNING lane") }
    }
}

/// How much may be there twice (at least once) after processes lost what they had under way.
enum DuplicateBound {
    /// What one lane may have in flight: a sixteenth of the memory budget of 128 MiB, in records of 1 kB.
    private static let inFlight = Int64(8_192)
    /// The longest time between two commits of a lane.
    private static let commitSeconds = Int64(2)

    static func records(losses: Int, ratePerSecond: Int) -> Int64 {
        Int64(losses) * (commitSeconds * Int64(ratePerSecond) + inFlight)
    }
}
