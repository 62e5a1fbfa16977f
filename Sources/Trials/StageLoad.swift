import Foundation
import Model
import RdKafka
import Rig
import Verify

/// A load into one topic of the source, and the judge of what arrives of it.
package final class StageLoad: Sendable {
    package let topic: String
    package let partitions: Int
    private let loader: Loader
    private let judge: Judge

    /// How a load is asked for.
    struct Order {
        var topic: String
        var partitions: Int
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
        partitions = order.partitions
        loader = try Loader(
            plan: order.plan, bootstrap: source.bootstrap, properties: Self.properties, topic: topic,
            partitions: partitions, ratePerSecond: order.ratePerSecond, total: order.records ?? .max / 2)
        judge = try Judge(
            plan: order.plan, bootstrap: destination.bootstrap, properties: Self.properties, topic: topic,
            partitions: partitions, isolation: order.claim == .exactlyOnce ? .readCommitted : .readUncommitted,
            clock: loader.clock, originNanoseconds: order.originNanoseconds)
    }

    deinit {
        loader.stop()
        judge.cancel()
    }

    package var acknowledged: Int64 { loader.progress.acknowledged }
    package var received: Int64 { judge.progress.received }
    /// Not there yet.
    package var behind: Int64 { max(0, acknowledged - received) }

    /// Whether a record of every partition was judged.
    package var hasReachedEveryPartition: Bool { judge.progress.partitionsReached >= partitions }

    func start() {
        judge.start()
        loader.start()
    }

    func stopSending() { loader.stop() }

    var sample: (sent: Int64, judge: JudgeProgress) { (acknowledged, judge.progress) }

    /// Sends no more, waits until nothing is missing or the time is over, and judges.
    func conclude(limitSeconds: Double) throws(RigFault) -> TopicResult {
        loader.stop()
        guard loader.wait(timeoutSeconds: 120) else {
            throw RigFault("the source did not answer for every record of \(topic) within two minutes")
        }
        let verdict = judge.finish(expecting: loader.ledger, timeoutSeconds: limitSeconds)
        return TopicResult(topic: topic, verdict: verdict, partitions: judge.trails)
    }
}
