import Model
import RdKafka

/// Reads the destination and judges record by record, in steps. One thread; ``Judge`` is the same on a thread of its
/// own.
package struct JudgeReader: ~Copyable {
    private static let turnMax = 4_096

    package private(set) var judge: RecordJudge
    /// Latency of every record since the start, or since the owner wanted it forgotten.
    package private(set) var latency = Histogram()
    /// Latency since the owner last emptied it.
    package var recentLatency = Histogram()

    private var trailKeeper: TrailKeeper
    private let clocks: [LoadClock?]
    private var log: TopicLog

    /// - Parameters:
    ///   - topic: in the destination. It may appear later; all its partitions are read.
    ///   - starts: the first offset to judge, by partition; the beginning where nothing is said.
    ///   - originNanoseconds: second 0 of the trails.
    package init(
        loads: [JudgedLoad], bootstrap: String, properties: [ClientProperty] = [], topic: String,
        isolation: Isolation, starts: [Int64] = [], originNanoseconds: Int64 = LoadClock.nowNanoseconds
    ) throws(KafkaFault) {
        log = try TopicLog(
            bootstrap: bootstrap, properties: properties, topic: topic, isolation: isolation,
            clientID: "martlet-verify-judge",
            start: { $0 < starts.count ? starts[$0] : TopicLog.beginning })
        judge = RecordJudge(loads: loads, topic: topic)
        clocks = loads.map(\.clock)
        trailKeeper = TrailKeeper(originNanoseconds: originNanoseconds)
    }

    /// Whether the destination has the topic.
    package var isTopicKnown: Bool { log.partitionCount > 0 }
    package var partitionsReached: Int { trailKeeper.partitionsReached }
    package var longestStallMilliseconds: [Int64] { trailKeeper.longestGapNanoseconds.map { $0 / 1_000_000 } }
    package var readFaults: [String] { log.faults }

    package mutating func forgetLatencies() { latency.removeAll() }

    /// Judges what is there, at most some thousand records; waits for the first.
    package mutating func readAlong(waitMilliseconds: Int32) {
        log.lookForPartitions()
        trailKeeper.grow(to: log.partitionCount)
        var left = Self.turnMax
        var now: Int64?
        while left > 0, let record = log.next(waitMilliseconds: now == nil ? waitMilliseconds : 0) {
            left -= 1
            // One reading of the clock for all of a turn: they arrived together.
            let instant = now ?? LoadClock.nowNanoseconds
            now = instant
            judge(record, at: instant)
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
    package func ends() -> [Int64]? { log.ends() }

    package func hasRead(to ends: [Int64]) -> Bool { log.hasRead(to: ends) }

    private mutating func judge(_ record: borrowing ReadRecord, at now: Int64) {
        let arrival = Arrival(
            partition: record.partition, offset: record.offset, timestampMilliseconds: record.timestampMilliseconds,
            headers: record.headers)
        let number = Int(arrival.partition)
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
}
