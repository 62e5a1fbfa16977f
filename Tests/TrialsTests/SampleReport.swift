import Foundation
import Verify
import Trials

@testable import Verify

/// Trials made up for tests: what a mirror of each sort would show.
struct SampleReport {
    var id = "S4"
    var mirror = "martlet"
    var version: String? = "1.2.0"
    var outcome = TrialReport.Outcome.passed
    var seconds = 180
    var partitions = 12
    var topics = ["orders"]
    var rate = 10_000
    /// When nothing arrives, in seconds of the trial; the backlog comes afterwards.
    var halt = 60..<63
    var missing: Int64 = 0
    var duplicated: Int64 = 0
    /// No process of the mirror runs while nothing arrives.
    var isDown = false
    var began = Date(timeIntervalSince1970: 1_790_000_000)

    static let scenarios = [
        ("S1", "long-haul", "a long haul"), ("S2", "kill-source-broker", "kill a source broker and bring it back"),
        ("S3", "shrink-source", "shrink the source by one broker for good"),
        ("S4", "kill-destination-broker", "kill a destination broker and bring it back"),
        ("S9", "new-topic", "a new topic"), ("S10", "more-partitions", "more partitions on a mirrored topic"),
        ("S11", "packet-loss", "lose 10 % of packets between the mirror and the source"),
        ("S11b", "stalls", "connections that stall at random"),
        ("S20", "mostly-idle", "2,000 partitions, one of them hot"),
    ]

    var report: TrialReport {
        let known = Self.scenarios.first { $0.0 == id } ?? (id, "scenario", "a scenario")
        var report = TrialReport(
            scenario: ScenarioName(id: known.0, name: known.1, title: known.2), mirror: mirror, mirrorVersion: version,
            claim: .exactlyOnce, seed: 42, began: began, seconds: Double(seconds) + 4.2,
            command: "martlet verify run \(id) --mirror \(mirror) --seed 42",
            machine: Machine(
                processor: "AMD EPYC 7763", cores: 2, memoryMebibytes: 7_944, system: "Linux 6.1", kafka: "4.1.0"),
            outcome: outcome)
        if outcome == .notRun {
            report.reason = "this kernel has no netem: packets cannot be lost"
            return report
        }
        report.lines = [
            PassLine(
                "no record lost, none twice", measured: "\(missing) lost, \(duplicated) twice",
                isMet: missing + duplicated == 0),
            PassLine(
                "partitions without a replica on the broker keep moving", measured: "\(halt.count).0 s at the longest",
                isMet: outcome == .passed),
        ]
        report.marks = [
            Mark(.step, second: 5, text: "warm: all \(partitions) partitions have moved"),
            Mark(.fault, second: Double(halt.lowerBound), text: "destination broker 2 killed"),
            Mark(.step, second: Double(halt.lowerBound) + 1.4, text: "controller fenced broker 2"),
            Mark(.heal, second: Double(halt.upperBound) + 20, text: "destination broker 2 started again"),
        ]
        report.samples = (1...max(1, seconds)).map(sample)
        report.topics = topics.enumerated().map(result)
        return report
    }

    private func noise(_ a: Int, _ b: Int) -> Double {
        var x = UInt64(truncatingIfNeeded: a &* 7_919 &+ b &* 104_729 &+ 12_345)
        x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
        x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((x ^ (x >> 31)) % 10_000) / 10_000
    }

    /// Drained over five seconds after the halt.
    private func share(_ second: Int) -> Double {
        if halt.contains(second) { return 0 }
        let after = second - halt.upperBound
        return after >= 0 && after < 5 ? 1 + Double(halt.count) / 5 : 1
    }

    private func sample(_ second: Int) -> Sample {
        let flow = share(second - 1)
        var sample = Sample(
            second: second, sent: Int64(Double(rate) * (0.98 + 0.04 * noise(second, 1))),
            received: Int64(Double(rate) * flow * (0.94 + 0.12 * noise(second, 2))), processes: 1)
        if flow > 0 {
            let held = flow > 1 ? Double(halt.count) * 700 : 0
            sample.p50Milliseconds = 9 + 4 * noise(second, 3) + held * 0.6
            sample.p99Milliseconds = 28 + 60 * noise(second, 4) * noise(second, 5) + held
        }
        if isDown, flow == 0 {
            sample.processes = 0
            return sample
        }
        sample.processorCores = 0.35 * flow + 0.1 * noise(second, 6)
        sample.memoryMebibytes = 82 + 9 * (1 - 1 / (1 + Double(second) / 30)) + 2 * noise(second, 7)
        sample.connections = halt.contains(second) ? 13 : 18
        return sample
    }

    private func result(_ index: Int, _ topic: String) -> TopicResult {
        let share = Int64(rate * seconds / topics.count)
        var counts = Verdict.Counts()
        counts.expected = share
        counts.received = share - missing + duplicated
        counts.missing = missing
        counts.duplicated = duplicated
        var findings: [Finding] = []
        if missing > 0 {
            findings.append(Finding(.missing, 1_200..<(1_200 + missing), topic: topic, partition: 1))
        }
        if duplicated > 0 {
            findings.append(
                Finding(kind: .duplicated, topic: topic, partition: 2, offset: 8_812, sequence: 8_400))
        }
        var verdict = Verdict(counts: counts, findings: findings)
        var histogram = Histogram()
        for step in 0..<2_000 { histogram.record(microseconds: 9_000 + Int64(noise(step, 8) * 9_000)) }
        histogram.record(microseconds: Int64(halt.count) * 1_000_000)
        verdict.latencyMicroseconds = Verdict.Latency(histogram)
        let trails = (0..<partitions).map(trail)
        verdict.longestStallMilliseconds = trails.map { trail in
            Int64((trail.stalls.map { $0.to - $0.from }.max() ?? 0.04) * 1_000)
        }
        return TopicResult(topic: topic, verdict: verdict, partitions: trails)
    }

    /// A third of the partitions has its leader on the broker that dies.
    private func trail(_ partition: Int) -> PartitionTrail {
        var trail = PartitionTrail()
        let isHit = partition % 3 == 1
        let mean = Double(rate) / Double(max(1, partitions * topics.count))
        trail.receivedBySecond = (0..<seconds).map { second in
            let flow = isHit ? share(second) : 1
            return Int32(mean * flow * (0.9 + 0.2 * noise(second, partition + 100)) + noise(second, partition))
        }
        if isHit, halt.upperBound <= seconds, !halt.isEmpty {
            let end = Double(halt.upperBound) + noise(1, partition)
            trail.stalls = [.init(from: Double(halt.lowerBound) + 0.2, to: end)]
        }
        if partition == 1 % max(1, partitions), missing > 0 {
            trail.missing = [.init(from: Double(halt.lowerBound), to: Double(halt.lowerBound) + 0.4, count: missing)]
        }
        if partition == 2 % max(1, partitions), duplicated > 0 {
            trail.duplicated = [
                .init(from: Double(halt.upperBound), to: Double(halt.upperBound) + 0.1, count: duplicated)
            ]
        }
        return trail
    }
}
