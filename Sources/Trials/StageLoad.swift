import Foundation
import Model
import RdKafka
import Rig
import Synchronization
import Verify

/// A load into one topic of the source, and the judge of what arrives of it.
package final class StageLoad: Sendable {
    package let topic: String
    /// When the topic has grown, of the grown topic.
    package let partitions: Int
    /// One, or for a topic that will grow two, the second over all partitions that it then has.
    private let loaders: [Loader]
    private let begun = Mutex(0)
    private let exempted = Mutex<Exemption?>(nil)
    private let missed = Mutex<[IntervalSet]>([])
    private let judge: Judge

    /// How a load is asked for.
    struct Order {
        var topic: String
        var partitions: Int
        /// How many partitions the topic gets during the trial.
        var grownPartitions: Int?
        var plan: LoadPlan
        /// Over all partitions; 0 = as fast as it goes.
        var ratePerSecond: Int
        /// Over all partitions; a load without an end of its own when absent.
        var records: Int64?
        var claim: Claim
        var originNanoseconds: Int64
    }

    /// Where brokers die, neither end of the measuring should be slower than what it measures.
    private static let properties = [
        ClientProperty("reconnect.backoff.max.ms", "500"),
        ClientProperty("topic.metadata.refresh.fast.interval.ms", "100"),
    ]

    /// Past the fault proxies: a fault there is one of the mirror's network only.
    init(_ order: Order, from source: KafkaCluster, to destination: KafkaCluster) throws {
        topic = order.topic
        partitions = order.grownPartitions ?? order.partitions
        loaders = try [order.partitions, order.grownPartitions].compactMap { $0 }.enumerated().map { place, count in
            var plan = order.plan
            // Another load of the same topic, of which every record is told from the first one's.
            plan.seed &+= UInt64(place)
            return try Loader(
                plan: plan, bootstrap: source.bootstrap, properties: Self.properties + [Loader.restfulLinger],
                topic: order.topic, partitions: count, ratePerSecond: order.ratePerSecond,
                total: order.records ?? .max / 2)
        }
        judge = try Judge(
            loads: loaders.map(\.judged), bootstrap: destination.bootstrap, properties: Self.properties, topic: topic,
            isolation: order.claim == .exactlyOnce ? .readCommitted : .readUncommitted,
            originNanoseconds: order.originNanoseconds)
    }

    deinit {
        for loader in loaders { loader.stop() }
        judge.cancel()
    }

    package var acknowledged: Int64 { loaders.reduce(0) { $0 + $1.progress.acknowledged } }
    package var received: Int64 { judge.progress.received }
    /// Not there yet.
    package var behind: Int64 { max(0, acknowledged - (exemption?.count ?? 0) - received) }

    /// Destination partitions of which a record was judged.
    package var partitionsReached: Int { judge.progress.partitionsReached }

    /// The latencies of the verdict are those from now on.
    func forgetLatencies() { judge.forgetLatencies() }

    var sample: (sent: Int64, judge: JudgeProgress) { (acknowledged, judge.progress) }

    func start() {
        judge.start()
        begin(0)
    }

    /// Goes on over the partitions of the grown topic, once all is answered for that was sent to the smaller one.
    func grow() throws(RigFault) {
        try endSending()
        begin(1)
    }

    private func begin(_ place: Int) {
        begun.withLock { $0 = place + 1 }
        loaders[place].start()
    }

    func stopSending() {
        for loader in loaders { loader.stop() }
    }

    /// Of the loads that have begun: one that was stopped before would never begin.
    private func endSending() throws(RigFault) {
        for loader in loaders.prefix(begun.withLock { $0 }) {
            loader.stop()
            guard loader.wait(timeoutSeconds: 120) else {
                throw RigFault("the source did not answer for every record of \(topic) within two minutes")
            }
        }
    }

    var exemption: Exemption? { exempted.withLock { $0 } }

    /// Exempt records that did not arrive, by source partition; after ``conclude(limitSeconds:)``.
    var exemptMissing: [IntervalSet] { missed.withLock { $0 } }

    /// Of a load that is all acknowledged, and of a topic that does not grow.
    func exempt(_ sequences: [IntervalSet], demanding others: String, mustBeTold: Bool) {
        exempted.withLock { $0 = Exemption(sequences: sequences, others: others, mustBeTold: mustBeTold) }
    }

    /// By partition, the records that are larger than this without what a batch adds.
    func sequences(above bytes: Int) -> [IntervalSet] {
        loaders[0].judged.sequences(of: loaders[0].ledger, above: bytes)
    }

    /// By partition, the acknowledged records that the source does not hold any more. What it holds is judged, too.
    func gone(from source: KafkaCluster) throws -> [IntervalSet] {
        var reader = try JudgeReader(
            loads: [loaders[0].judged], bootstrap: source.bootstrap, properties: Self.properties, topic: topic,
            isolation: .readCommitted)
        let deadline = Date.now.addingTimeInterval(120)
        // Asked once: the load is over, and compaction moves no end.
        var ends: [Int64]?
        while true {
            reader.readAlong(waitMilliseconds: 50)
            if ends == nil { ends = reader.ends() }
            if let ends, reader.hasRead(to: ends) { break }
            guard Date.now < deadline else { throw RigFault("the source's \(topic) was not read to its end") }
        }
        let ledger = loaders[0].ledger
        var verdict = reader.judge.verdict(expecting: ledger)
        verdict.counts.missing = 0
        guard verdict.isClean(.exactlyOnce) else { throw RigFault("the source spoils records: \(verdict.summary)") }
        return reader.judge.missing(of: ledger, load: 0)
    }

    /// Sends no more, waits until nothing is missing or the time is over, and judges.
    func conclude(limitSeconds: Double) throws(RigFault) -> TopicResult {
        try endSending()
        var ledgers = loaders.map(\.ledger)
        if let exemption { ledgers[0] = exemption.demanded(of: ledgers[0]) }
        var verdict = judge.finish(expecting: ledgers, timeoutSeconds: limitSeconds)
        if let exemption {
            let exempt = exemption.exempt(of: loaders[0].ledger)
            let missing = judge.missing(of: exempt, load: 0)
            missed.withLock { $0 = missing }
            // To the judge they were like records without an acknowledgement; they had one.
            verdict.counts.unacknowledged -= exempt.acknowledgedCount - missing.reduce(0) { $0 + $1.count }
        }
        return TopicResult(topic: topic, verdict: verdict, partitions: judge.trails)
    }
}
