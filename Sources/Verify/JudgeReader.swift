import Model
import RdKafka

/// Reads the destination and judges record by record, in steps. One thread; ``Judge`` is the same on a thread of its
/// own.
package struct JudgeReader: ~Copyable {
    private static let faultsMax = 20
    private static let topicLookIntervalNanoseconds: Int64 = 2_000_000_000

    package private(set) var judge: RecordJudge
    /// Latency of every record since the start.
    package private(set) var latency = Histogram()
    /// Latency since the owner last emptied it.
    package var recentLatency = Histogram()
    package private(set) var readFaults: [String] = []

    private var trailKeeper: TrailKeeper
    private let topic: String
    private let clock: LoadClock?
    private let admin: AdminClient
    private var reader: LogReader
    /// Index: the destination partition; grows when the topic is found and when it gets more partitions.
    private var tracks: [Track] = []
    private var lastTopicLook: Int64?

    /// What is known of one destination partition.
    private struct Track {
        /// Everything below was read.
        var position: Int64 = 0
        var lastArrival: Int64?
        var longestStallNanoseconds: Int64 = 0
    }

    /// - Parameters:
    ///   - topic: in the destination. It may appear later; its partitions beyond `partitions` are read, too.
    ///   - sourceTopic: where the load went, when the mirror renames.
    ///   - partitions: of the source topic.
    ///   - originNanoseconds: second 0 of the trails.
    package init(
        plan: LoadPlan, bootstrap: String, properties: [ClientProperty] = [], topic: String,
        sourceTopic: String? = nil, partitions: Int, isolation: Isolation, clock: LoadClock? = nil,
        originNanoseconds: Int64 = LoadClock.nowNanoseconds
    ) throws(KafkaFault) {
        var configuration = ClientConfiguration(
            bootstrap: bootstrap, properties: properties, clientID: "martlet-verify-judge")
        configuration.set("isolation.level", isolation.rawValue)
        configuration.set("check.crcs", "true")
        configuration.set("queued.max.messages.kbytes", "16384")
        let admin = try AdminClient(configuration) { _ in }
        let reader = try LogReader(configuration) { _ in }
        self.admin = admin
        self.reader = reader
        judge = RecordJudge(plan: plan, sourceTopic: sourceTopic ?? topic, topic: topic, partitions: partitions)
        self.topic = topic
        self.clock = clock
        trailKeeper = TrailKeeper(originNanoseconds: originNanoseconds)
    }

    /// Whether the destination has the topic.
    package var isTopicKnown: Bool { !tracks.isEmpty }
    package var partitionsReached: Int { tracks.count { $0.lastArrival != nil } }
    package var longestStallMilliseconds: [Int64] { tracks.map { $0.longestStallNanoseconds / 1_000_000 } }

    /// Judges what is there, at most some thousand records; waits for the first.
    package mutating func readAlong(waitMilliseconds: Int32) {
        lookForPartitions()
        let events = reader.poll(waitMilliseconds: waitMilliseconds, upTo: 4_096)
        let now = LoadClock.nowNanoseconds
        for event in events {
            switch event {
            case .record(let record): judge(record, at: now)
            case .endOfPartition(let partition, let offset): reach(offset, in: partition)
            // A fault of the whole client (no broker answers) passes or shows as missing records.
            case .fault(nil, _): break
            case .fault(let partition?, let fault): note("\(partition): \(fault.name) \(fault.reason)")
            }
        }
    }

    /// Every destination partition over time, what is missing of the ledger included.
    package mutating func trails(expecting ledger: Ledger) -> [PartitionTrail] {
        for (number, missing) in judge.missing(of: ledger).enumerated() where !missing.isEmpty {
            trailKeeper.noteMissing(missing, in: number) { [clock] sequence in
                clock?.intendedNanoseconds(partition: Int32(number), sequence: sequence)
            }
        }
        return trailKeeper.trails
    }

    /// The ends of all partitions as the brokers have them now; `nil` while they do not say, or know no such topic.
    package func ends() -> [Int64]? {
        guard isTopicKnown else { return nil }
        let partitions = tracks.indices.map { TopicPartition(topic, Int32($0)) }
        guard let ends = try? admin.offsets(of: partitions, at: .latest, timeoutMilliseconds: 5_000) else { return nil }
        let known = partitions.compactMap { try? ends[$0]?.get() }
        return known.count == partitions.count ? known : nil
    }

    package func hasRead(to ends: [Int64]) -> Bool {
        ends.count <= tracks.count && zip(tracks, ends).allSatisfy { $0.position >= $1 }
    }

    private mutating func judge(_ record: LogRecord, at now: Int64) {
        reach(record.offset + 1, in: record.partition)
        let number = Int(record.partition.partition)
        if let last = tracks[number].lastArrival {
            tracks[number].longestStallNanoseconds = max(tracks[number].longestStallNanoseconds, now - last)
        }
        tracks[number].lastArrival = now
        trailKeeper.noteArrival(in: number, at: now)
        let duplicatesBefore = judge.duplicated
        guard let place = judge.observe(ObservedRecord(record)) else {
            if judge.duplicated > duplicatesBefore { trailKeeper.noteDuplicate(in: number, at: now) }
            return
        }
        let intended = clock?.intendedNanoseconds(partition: place.partition, sequence: place.sequence)
        guard let intended else { return }
        latency.record(microseconds: (now - intended) / 1_000)
        recentLatency.record(microseconds: (now - intended) / 1_000)
    }

    private mutating func reach(_ offset: Int64, in partition: TopicPartition) {
        let number = Int(partition.partition)
        tracks[number].position = max(tracks[number].position, offset)
    }

    private mutating func lookForPartitions() {
        let now = LoadClock.nowNanoseconds
        if let last = lastTopicLook, now - last < Self.topicLookIntervalNanoseconds, isTopicKnown { return }
        lastTopicLook = now
        guard let metadata = try? admin.topic(topic, timeoutMilliseconds: 1_000) else { return }
        var starts: [TopicPartition: Int64] = [:]
        while tracks.count < metadata.partitions.count {
            starts[TopicPartition(topic, Int32(tracks.count))] = Self.beginning
            tracks.append(Track())
        }
        trailKeeper.grow(to: tracks.count)
        do {
            try reader.assign(starts)
        } catch {
            note("\(topic): \(error)")
        }
    }

    /// librdkafka's word for the first offset there is.
    private static let beginning: Int64 = -2

    private mutating func note(_ text: String) {
        if readFaults.count < Self.faultsMax, !readFaults.contains(text) { readFaults.append(text) }
    }
}
