import Verify

/// What is said of a whole trial, from its topics and its seconds.
package struct TrialFigures: Sendable {
    /// Where it stood still for longest.
    package struct Stall: Sendable {
        package let seconds: Double
        package let topic: String
        package let partition: Int

        package var place: String { "\(topic)[\(partition)]" }
    }

    /// Of all topics; `nil` when nothing was judged.
    package let counts: Verdict.Counts?
    /// Of the slowest topic, in microseconds.
    package let latency: Verdict.Latency?
    package let longestStall: Stall?
    package let isComplete: Bool
    package let readFaults: [String]
    package let findings: [Finding]
    package let partitions: Int
    package let sentPerSecond: Double?
    package let receivedPerSecond: Double?
    package let processorMean: Double?
    package let processorPeak: Double?
    package let memoryFirst: Double?
    package let memoryPeak: Double?
    package let memoryLast: Double?
    package let connectionsPeak: Int?
    package let processesPeak: Int

    package init(_ report: TrialReport) {
        let verdicts = report.topics.map(\.verdict)
        counts = Self.sum(verdicts.map(\.counts))
        latency = Self.worst(verdicts.compactMap(\.latencyMicroseconds))
        longestStall = report.topics.compactMap(Self.longestStall).max { $0.seconds < $1.seconds }
        isComplete = verdicts.allSatisfy(\.isComplete)
        readFaults = verdicts.flatMap(\.readFaults)
        findings = verdicts.flatMap(\.findings)
        partitions = report.topics.reduce(0) { $0 + $1.partitions.count }

        let samples = report.samples
        let length = samples.count
        sentPerSecond = length == 0 ? nil : samples.reduce(0) { $0 + Double($1.sent) } / Double(length)
        receivedPerSecond = length == 0 ? nil : samples.reduce(0) { $0 + Double($1.received) } / Double(length)
        let cores = samples.compactMap(\.processorCores).filter(\.isFinite)
        processorMean = cores.isEmpty ? nil : cores.reduce(0, +) / Double(cores.count)
        processorPeak = cores.max()
        let memory = samples.compactMap(\.memoryMebibytes).filter(\.isFinite)
        memoryFirst = memory.first
        memoryPeak = memory.max()
        memoryLast = memory.last
        connectionsPeak = samples.compactMap(\.connections).max()
        processesPeak = samples.map(\.processes).max() ?? 0
    }

    private static func sum(_ counts: [Verdict.Counts]) -> Verdict.Counts? {
        guard var total = counts.first else { return nil }
        for next in counts.dropFirst() {
            total.expected += next.expected
            total.received += next.received
            total.missing += next.missing
            total.duplicated += next.duplicated
            total.reordered += next.reordered
            total.misplaced += next.misplaced
            total.unexpected += next.unexpected
            total.aborted += next.aborted
            total.unacknowledged += next.unacknowledged
            total.altered.merge(next.altered, uniquingKeysWith: +)
        }
        return total
    }

    /// Quantiles of several topics do not add up: the worst is what can be said.
    private static func worst(_ all: [Verdict.Latency]) -> Verdict.Latency? {
        guard var worst = all.first else { return nil }
        for next in all.dropFirst() {
            worst.p50 = max(worst.p50, next.p50)
            worst.p99 = max(worst.p99, next.p99)
            worst.p9999 = max(worst.p9999, next.p9999)
            worst.max = max(worst.max, next.max)
        }
        return worst
    }

    /// The judge's figure; without one, the longest that was seen as it happened.
    private static func longestStall(of result: TopicResult) -> Stall? {
        let judged = result.verdict.longestStallMilliseconds.map { Double($0) / 1_000 }
        let seen = result.partitions.map { $0.stalls.map { $0.to - $0.from }.max() ?? 0 }
        let stalls = judged.isEmpty ? seen : judged
        guard let partition = stalls.indices.max(by: { stalls[$0] < stalls[$1] }), stalls[partition] > 0 else {
            return nil
        }
        return Stall(seconds: stalls[partition], topic: result.topic, partition: partition)
    }

    /// Each kind of fault with how often it was found, in the order of the verdict.
    package static func faults(_ counts: Verdict.Counts) -> [(kind: Finding.Kind, number: Int64)] {
        Finding.Kind.allCases.map { kind in
            switch kind {
            case .missing: (kind, counts.missing)
            case .duplicated: (kind, counts.duplicated)
            case .reordered: (kind, counts.reordered)
            case .altered: (kind, counts.alteredTotal)
            case .misplaced: (kind, counts.misplaced)
            case .unexpected: (kind, counts.unexpected)
            case .aborted: (kind, counts.aborted)
            }
        }
    }

    package static func faultCount(_ counts: Verdict.Counts) -> Int64 {
        faults(counts).reduce(0) { $0 + $1.number }
    }

    /// `value 3, headers 1`; `nil` when nothing was altered.
    package static func alteredFields(_ counts: Verdict.Counts) -> String? {
        let fields = RecordField.allCases.compactMap { field in
            counts.altered[field].map { "\(field.rawValue) \(Figures.count($0))" }
        }
        return fields.isEmpty ? nil : fields.joined(separator: ", ")
    }
}

extension TrialReport {
    /// A hundred days: what a file claims beyond that is not worth a plot.
    private static let drawnSecondsMax = 8_640_000.0

    /// From zero to the last thing that is known: no drawing may leave its frame.
    var drawnSeconds: Double {
        let ends = [
            seconds, Double(samples.last?.second ?? 0), marks.map(\.second).filter(\.isFinite).max() ?? 0,
            Double(topics.flatMap(\.partitions).map(\.receivedBySecond.count).max() ?? 0),
        ]
        return min(max(1, ends.filter(\.isFinite).max() ?? 1), Self.drawnSecondsMax)
    }

    /// `martlet 1.2.0`, for people; a command is cut.
    var mirrorTitle: String {
        Figures.clipped(Figures.plain(mirror), to: 60) + (mirrorVersion.map { " " + Figures.plain($0) } ?? "")
    }
}
