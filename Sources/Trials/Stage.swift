import Foundation
import Model
import Rig
import Synchronization
import Verify

/// What a person who runs trials may choose.
package struct TrialOptions: Sendable {
    package var claim: Claim
    package var ratePerSecond: Int
    /// How long the long haul lasts; every scenario has what it needs without it.
    package var minutes: Int?
    /// Whether times and rates decide, or are shown only.
    package var judgesTimes: Bool
    package var seed: UInt64
    package var kafka: KafkaHome
    /// For the mirror's configuration and logs, one folder a scenario; gone afterwards when absent.
    package var keptFolder: URL?

    package init(
        claim: Claim, ratePerSecond: Int, minutes: Int?, judgesTimes: Bool, seed: UInt64, kafka: KafkaHome,
        keptFolder: URL?
    ) {
        self.claim = claim
        self.ratePerSecond = ratePerSecond
        self.minutes = minutes
        self.judgesTimes = judgesTimes
        self.seed = seed
        self.kafka = kafka
        self.keptFolder = keptFolder
    }
}

/// What happens while a trial runs, for whoever watches.
package enum TrialNews: Sendable {
    case said(second: Double, String)
    /// - processes: of the mirror; `nil` where they are somebody else's.
    case counts(second: Double, sent: Int64, received: Int64, processes: Int?)
}

/// A trial under way: two clusters, a mirror between them, loads and judges. Scenarios are played on it.
package final class Stage {
    package let source: KafkaCluster
    package let destination: KafkaCluster
    package let crew: MirrorCrew
    package let options: TrialOptions
    package let sessionSeconds: Double
    /// The clusters' doors, where they are locked.
    let security: SecurePair?
    /// In which all of the trial runs, where packets are lost in it.
    private let network: LossyNetwork?
    private(set) var loads: [StageLoad] = []
    private(set) var marks: [Mark] = []
    private(set) var lines: [PassLine] = []
    private(set) var stallDemands: [StallDemand] = []
    private(set) var excused: Excuse?
    let origin: Int64
    private let sampler: Sampler
    private let tell: @Sendable (TrialNews) -> Void
    private let isCancelled: @Sendable () -> Bool
    private var nextCounts = 0.0

    /// Held against the trails when the verdict is there.
    struct StallDemand {
        let what: String
        let topic: String
        /// All when absent.
        let partitions: Set<Int>?
        let fromSecond: Double
        /// The end of the trial when absent.
        let toSecond: Double?
        let belowSeconds: Double
    }

    /// Records that no mirror can have.
    struct Excuse {
        let partition: TopicPartition
        /// Source offsets, which are the sequences where there are no transactions.
        let below: Int64

        /// The missing ranges that it covers.
        func ranges(in topics: [TopicResult]) -> [ClosedRange<Int64>] {
            let findings = topics.filter { $0.topic == partition.topic }.flatMap(\.verdict.findings)
            return findings.compactMap { finding in
                guard finding.kind == .missing, finding.partition == partition.partition,
                    let first = finding.sequence, let last = finding.lastSequence, last < below
                else { return nil }
                return first...last
            }
        }

        func count(in topics: [TopicResult]) -> Int64 { ranges(in: topics).reduce(0) { $0 + Int64($1.count) } }
    }

    init(
        source: KafkaCluster, destination: KafkaCluster, security: SecurePair? = nil, network: LossyNetwork? = nil,
        crew: MirrorCrew, options: TrialOptions, sessionSeconds: Double, tell: @escaping @Sendable (TrialNews) -> Void,
        isCancelled: @escaping @Sendable () -> Bool
    ) {
        self.source = source
        self.destination = destination
        self.security = security
        self.network = network
        self.crew = crew
        self.options = options
        self.sessionSeconds = sessionSeconds
        self.tell = tell
        self.isCancelled = isCancelled
        origin = LoadClock.nowNanoseconds
        sampler = Sampler(crew, originNanoseconds: origin)
        sampler.start()
    }

    deinit { sampler.stop() }

    /// Of the trial, now.
    package var second: Double { Double(LoadClock.nowNanoseconds - origin) / 1e9 }
    var samples: [Sample] { sampler.samples }

    // MARK: Loads

    /// Makes the topic in the source, with these settings, and begins to send and to judge.
    ///
    /// - Parameters:
    ///   - destinationReplicas: the topic is made in the destination, too, with so many replicas of which one suffices.
    ///     Without it that is left to the mirror, if it is one that makes topics.
    ///   - destinationSettings: the same, with these settings.
    @discardableResult
    package func load(
        _ topic: String = "verify-main", partitions: Int = 12, ratePerSecond: Int? = nil, records: Int64? = nil,
        grownPartitions: Int? = nil, destinationReplicas: Int? = nil, plan: LoadPlan? = nil,
        settings: [(String, String)] = [], destinationSettings: [(String, String)]? = nil
    ) throws -> StageLoad {
        if let destinationReplicas {
            try destination.create(
                topic, partitions: Int32(partitions), replicas: Int32(destinationReplicas),
                settings: [("min.insync.replicas", "1")])
        } else if let destinationSettings {
            try destination.create(topic, partitions: Int32(partitions), settings: destinationSettings)
        } else if crew.copiesRecordsOnly {
            try step("topic \(topic) made in the destination, which this mirror does not do") {
                try destination.create(topic, partitions: Int32(partitions))
            }
        }
        try source.create(topic, partitions: Int32(partitions), settings: settings)
        let load = try StageLoad(
            StageLoad.Order(
                topic: topic, partitions: partitions, grownPartitions: grownPartitions,
                plan: plan ?? self.plan(valueBytes: 1_000...1_000),
                ratePerSecond: ratePerSecond ?? options.ratePerSecond, records: records, claim: options.claim,
                originNanoseconds: origin),
            from: source, to: destination)
        loads.append(load)
        sampler.watch(load)
        load.start()
        return load
    }

    /// A load's records: everything that one can be, and that this kind of mirror can put in its partition.
    func plan(valueBytes: ClosedRange<Int>) -> LoadPlan {
        var plan = LoadPlan.varied(seed: options.seed, valueBytes: valueBytes)
        if crew.copiesRecordsOnly { (plan.keyedPermille, plan.emptyKeyPermille) = (1_000, 0) }
        return plan
    }

    /// More partitions for a mirrored topic: in the source, and where the mirror grows none, in the destination first.
    func grow(_ topic: String, to partitions: Int) throws {
        if crew.copiesRecordsOnly {
            try step("topic \(topic) grown in the destination, which this mirror does not do") {
                try destination.grow(topic, to: Int32(partitions))
            }
        }
        try step("topic \(topic) has \(partitions) partitions") { try source.grow(topic, to: Int32(partitions)) }
    }

    func losePackets(oneIn count: Int, ports: [Int]) throws { try network?.lose(oneIn: count, ports: ports) }
    func loseNoPackets() throws { try network?.heal() }

    // MARK: Time

    /// Goes on for a while; the mirror's processes are looked after meanwhile.
    package func pause(_ seconds: Double) throws {
        let end = second + seconds
        while second < end {
            try tend()
            Thread.sleep(forTimeInterval: min(0.05, max(0, end - second)))
        }
    }

    /// Waits until something is so. Returns the seconds that it took, or `nil` when the time was over before.
    ///
    /// A condition that cannot be asked does not hold yet: a broker may not know for a moment that it leads the partition
    /// of a topic that was just made, or may be the one that was killed.
    package func wait(upTo limit: Double, until condition: () throws -> Bool) throws -> Double? {
        try waited(upTo: limit, until: condition).seconds
    }

    /// As above; without it the trial cannot go on.
    @discardableResult
    package func require(_ what: String, within limit: Double, _ condition: () throws -> Bool) throws -> Double {
        let (seconds, trouble) = try waited(upTo: limit, until: condition)
        guard let seconds else {
            throw RigFault("not within \(Int(limit)) s: \(what)" + (trouble.map { " (\($0))" } ?? ""))
        }
        return seconds
    }

    /// The trouble is what the condition last met, where that was its last answer.
    private func waited(
        upTo limit: Double, until condition: () throws -> Bool
    ) throws -> (seconds: Double?, trouble: (any Error)?) {
        let begin = second
        while true {
            var trouble: (any Error)?
            do {
                if try condition() { return (second - begin, nil) }
            } catch {
                trouble = error
            }
            guard second - begin < limit else { return (nil, trouble) }
            try tend()
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    private func tend() throws {
        if isCancelled() { throw RigFault("stopped by a signal") }
        for (number, how) in try crew.replaceEnded() {
            note(.step, "mirror process \(number) ended by itself (\(how)); started again")
            Thread.sleep(forTimeInterval: 1)
        }
        guard second >= nextCounts else { return }
        nextCounts = second + 1
        tell(
            .counts(
                second: second, sent: loads.reduce(0) { $0 + $1.acknowledged },
                received: loads.reduce(0) { $0 + $1.received }, processes: crew.members.count))
    }

    // MARK: What is done to the mirror, and demanded of it

    /// Breaks something. Returns the second at which it was broken.
    @discardableResult
    package func fault(_ text: String, _ action: () throws -> Void) throws -> Double {
        try act(.fault, text, action)
    }

    @discardableResult
    package func heal(_ text: String, _ action: () throws -> Void) throws -> Double { try act(.heal, text, action) }

    @discardableResult
    package func step(_ text: String, _ action: () throws -> Void = {}) throws -> Double {
        try act(.step, text, action)
    }

    private func act(_ kind: Mark.Kind, _ text: String, _ action: () throws -> Void) throws -> Double {
        let begin = second
        note(kind, text)
        try action()
        return begin
    }

    private func note(_ kind: Mark.Kind, _ text: String) {
        marks.append(Mark(kind, second: second, text: text))
        tell(.said(second: second, text))
    }

    /// A time that something took, or `nil` when it was given up after `patience`.
    func demand(_ text: String, within limit: Double, took seconds: Double?, patience: Double) {
        demand(
            "\(text) within \(Int(limit)) s",
            measured: seconds.map { Self.text($0) } ?? "not within \(Int(patience)) s",
            seconds ?? .infinity < limit)
    }

    /// A time or a rate: it decides unless the machine is too busy for that.
    package func demand(_ text: String, measured: String, _ isMet: Bool) {
        lines.append(PassLine(text, measured: measured, isMet: isMet, isJudged: options.judgesTimes))
    }

    /// A figure that nothing is demanded of.
    func show(_ text: String, measured: String) {
        lines.append(PassLine(text, measured: measured, isMet: true, isJudged: false))
    }

    /// - Parameter partitions: of the topic; all when absent.
    package func demandStall(
        below seconds: Double, of what: String, in load: StageLoad, partitions: Set<Int>? = nil, from second: Double,
        to end: Double? = nil
    ) {
        stallDemands.append(
            StallDemand(
                what: what, topic: load.topic, partitions: partitions, fromSecond: second, toSecond: end,
                belowSeconds: seconds))
    }

    /// What is gone below this source offset may be missing; the mirror must tell of it.
    package func excuse(below offset: Int64, in partition: TopicPartition) {
        excused = Excuse(partition: partition, below: offset)
    }

    /// Whether the mirror has told of each missing range: a line with the topic and both ends of it.
    func lossLines(_ topics: [TopicResult]) -> [PassLine] {
        guard let excused else { return [] }
        let lines = crew.output.split(separator: "\n").filter { $0.contains(excused.partition.topic) }
        let ranges = excused.ranges(in: topics)
        let untold = ranges.filter { range in
            !lines.contains { line in
                line.contains("\(range.lowerBound)")
                    && (line.contains("\(range.upperBound)") || line.contains("\(range.upperBound + 1)"))
            }
        }
        return [
            PassLine(
                "the mirror tells which offsets are gone",
                measured: ranges.map { "\($0.lowerBound) to \($0.upperBound)" }.joined(separator: ", ")
                    + (untold.isEmpty ? ": told" : ": not told"), isMet: untold.isEmpty && !ranges.isEmpty)
        ]
    }

    /// What is demanded of the records that were acknowledged.
    var arrivalDemand: String {
        let others = (excused == nil ? [] : ["that was not deleted"]) + loads.compactMap { $0.exemption?.others }
        guard !others.isEmpty else { return Judgement.everything }
        return "every record \(others.joined(separator: " and ")) arrives"
    }

    /// Whether the mirror has told of each record that did not arrive, and need not.
    var tellingLines: [PassLine] {
        let output = crew.output
        return loads.filter { $0.exemption?.mustBeTold ?? false }.map { load in
            let missing = load.exemptMissing.reduce(0) { $0 + $1.count }
            let told = Telling(of: load.topic, in: output).count(of: load.exemptMissing)
            return PassLine(
                "the mirror tells of each record of \(load.topic) that it leaves out",
                measured: missing == 0 ? "it leaves out none" : "\(told) of \(missing) told", isMet: told == missing)
        }
    }

    static func text(_ seconds: Double) -> String { String(format: "%.1f s", seconds) }

    func end() { sampler.stop() }
}
