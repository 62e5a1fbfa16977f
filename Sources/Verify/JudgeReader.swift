import Model
import RdKafka

/// Reads the destination and judges record by record, in steps. One thread; ``Judge`` is the same on a thread of its
/// own.
package struct JudgeReader: ~Copyable {
    private static let faultsMax = 20
    private static let turnMax = 4_096
    private static let topicLookIntervalNanoseconds: Int64 = 2_000_000_000

    package private(set) var judge: RecordJudge
    /// Latency of every record since the start.
    package private(set) var latency = Histogram()
    /// Latency since the owner last emptied it.
    package var recentLatency = Histogram()
    package private(set) var readFaults: [String] = []

    private var trailKeeper: TrailKeeper
    private let topic: String
    private let clocks: [LoadClock?]
    /// Where reading begins, by partition; the beginning where nothing is said.
    private let starts: [Int64]
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
    ///   - topic: in the destination. It may appear later; all its partitions are read.
    ///   - starts: the first offset to judge, by partition; the beginning where nothing is said.
    ///   - originNanoseconds: second 0 of the trails.
    package init(
        loads: [JudgedLoad], bootstrap: String, properties: [ClientProperty] = [], topic: String,
        isolation: Isolation, starts: [Int64] = [], originNanoseconds: Int64 = LoadClock.nowNanoseconds
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
        judge = RecordJudge(loads: loads, topic: topic)
        self.topic = topic
        clocks = loads.map(\.clock)
        self.starts = starts
        trailKeeper = TrailKeeper(originNanoseconds: originNanoseconds)
    }

    /// Whether the destination has the topic.
    package var isTopicKnown: Bool { !tracks.isEmpty }
    package var partitionsReached: Int { tracks.count { $0.lastArrival != nil } }
    package var longestStallMilliseconds: [Int64] { tracks.map { $0.longestStallNanoseconds / 1_000_000 } }

    /// Judges what is there, at most some thousand records; waits for the first.
    package mutating func readAlong(waitMilliseconds: Int32) {
        lookForPartitions()
        var left = Self.turnMax
        var now: Int64?
        while left > 0, let item = reader.next(waitMilliseconds: now == nil ? waitMilliseconds : 0) {
            left -= 1
            // One reading of the clock for all of a turn: they arrived together.
            let instant = now ?? LoadClock.nowNanoseconds
            now = instant
            switch consume item {
            case .record(let record): judge(record, at: instant)
            case .other(.endOfPartition(let partition, let offset)): reach(offset, in: partition.partition)
            case .other(.fault(let partition?, let fault)): note("\(partition): \(fault.name) \(fault.reason)")
            // A fault of the whole client (no broker answers) passes or shows as missing records.
            case .other: break
            }
        }
    }

    /// Every destination partition over time, what is missing of the ledgers included.
    package mutating func trails(expecting ledgers: [Ledger]) -> [PartitionTrail] {
        for (load, ledger) in ledgers.enumerated() {
            for (stream, missing) in judge.missing(of: ledger, load: load).enumerated() where !missing.isEmpty {
                trailKeeper.noteMissing(missing, in: judge.partition(ofStream: stream, load: load)) {
                    [clocks] sequence in
                    clocks[load]?.intendedNanoseconds(stream: Int32(stream), sequence: sequence)
                }
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

    private mutating func judge(_ record: borrowing ReadRecord, at now: Int64) {
        let arrival = Arrival(
            partition: record.partition, offset: record.offset, timestampMilliseconds: record.timestampMilliseconds,
            headers: record.headers)
        reach(arrival.offset + 1, in: arrival.partition)
        let number = Int(arrival.partition)
        if let last = tracks[number].lastArrival {
            tracks[number].longestStallNanoseconds = max(tracks[number].longestStallNanoseconds, now - last)
        }
        tracks[number].lastArrival = now
        trailKeeper.noteArrival(in: number, at: now)
        let duplicatesBefore = judge.duplicated
        let sighting = record.withBytes { key, value in judge.observe(arrival, key: key, value: value) }
        if judge.duplicated > duplicatesBefore { trailKeeper.noteDuplicate(in: number, at: now) }
        guard let sighting,
            let intended = clocks[sighting.load]?.intendedNanoseconds(
                stream: sighting.stream, sequence: sighting.sequence)
        else { return }
        latency.record(microseconds: (now - intended) / 1_000)
        recentLatency.record(microseconds: (now - intended) / 1_000)
    }

    private mutating func reach(_ offset: Int64, in partition: Int32) {
        tracks[Int(partition)].position = max(tracks[Int(partition)].position, offset)
    }

    private mutating func lookForPartitions() {
        let now = LoadClock.nowNanoseconds
        if let last = lastTopicLook, now - last < Self.topicLookIntervalNanoseconds, isTopicKnown { return }
        lastTopicLook = now
        guard let metadata = try? admin.topic(topic, timeoutMilliseconds: 1_000) else { return }
        var starts: [TopicPartition: Int64] = [:]
        while tracks.count < metadata.partitions.count {
            let number = tracks.count
            starts[TopicPartition(topic, Int32(number))] =
                number < self.starts.count ? self.starts[number] : Self.beginning
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
