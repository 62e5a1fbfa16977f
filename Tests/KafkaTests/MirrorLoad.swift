import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials
import Verify

/// A load into a topic of the source, and a judge of what arrives in the destination, both on threads of their own.
final class MirrorLoad {
    let flow: MirrorFlow
    let topic: String
    let total: Int64
    private let loader: Loader
    private let judge: Judge
    private let partitions: Int

    /// Creates the topic in the source unless `partitions` of it are there already.
    ///
    /// - Parameters:
    ///   - ratePerSecond: over all partitions; 0 = as fast as it goes.
    ///   - total: records over all partitions. For a load that lasts as long as the test, more than it can send.
    init(
        _ flow: MirrorFlow, topic: String? = nil, partitions: Int = 8, plan: LoadPlan = .mirrored(),
        creating: Bool = true,
        ratePerSecond: Int = 0, total: Int64
    ) throws {
        self.flow = flow
        self.topic = topic ?? flow.topic
        self.total = total
        self.partitions = partitions
        if creating { try flow.source.create(self.topic, partitions: Int32(partitions)) }
        loader = try Loader(
            plan: plan, bootstrap: flow.source.bootstrap, properties: Self.properties + [Loader.restfulLinger],
            topic: self.topic, partitions: partitions, ratePerSecond: ratePerSecond, total: total)
        judge = try Judge(
            plan: plan, bootstrap: flow.destination.bootstrap, properties: Self.properties, topic: self.topic,
            partitions: partitions, isolation: .readCommitted, clock: loader.clock)
    }

    /// Where brokers die, neither end of the measuring should be slower than what it measures.
    private static let properties = [
        ClientProperty("reconnect.backoff.max.ms", "500"),
        ClientProperty("topic.metadata.refresh.fast.interval.ms", "100"),
    ]

    deinit {
        loader.stop()
        judge.cancel()
    }

    /// Judged so far. The judge reads with leisure: it may be far behind what is there.
    var received: Int64 { judge.progress.received }
    /// About how many records the destination has: its markers of transactions count, too.
    var arrived: Int64 {
        flow.destination.ends(of: topic, partitions: partitions).reduce(0) { $0 + max(0, $1) }
    }
    var progress: String { "\(acknowledged) acknowledged by the source, \(received) judged" }
    var acknowledged: Int64 { loader.progress.acknowledged }

    /// Begins to send and to judge.
    func start() {
        judge.start()
        loader.start()
    }

    /// Sends everything before anything else happens; nobody reads yet.
    func fill() throws {
        loader.start()
        guard loader.wait(timeoutSeconds: MirrorFlow.limitSeconds * 5) else { throw LoadFault() }
    }

    func awaitReceived(_ count: Int64) throws {
        try flow.eventually("\(count) records of \(topic) in the destination", seconds: MirrorFlow.limitSeconds * 5) {
            received >= count
        }
    }

    /// Waits until a third of the load has arrived.
    func awaitMiddle() throws {
        try flow.eventually("a third of the load in the destination", seconds: MirrorFlow.limitSeconds * 5) {
            arrived > total / 3
        }
    }

    /// Sends no more.
    func stop() { loader.stop() }

    /// Waits for the load's end and for the destination to have all of it, then judges.
    ///
    /// - Parameter allowingFailures: where the source's brokers die, some records are given up: the ledger knows which.
    func verdict(allowingFailures: Bool = false) throws -> Verdict {
        guard loader.wait(timeoutSeconds: MirrorFlow.limitSeconds * 5) else { throw LoadFault() }
        #expect(allowingFailures || loader.progress.failed == 0, "the source refused records")
        return judge.finish(expecting: loader.ledger, timeoutSeconds: MirrorFlow.limitSeconds)
    }

    /// As ``verdict()``, for a load that was sent by ``fill()``.
    func verdictAfterFill() throws -> Verdict {
        judge.start()
        return try verdict()
    }
}

private struct LoadFault: Error, CustomStringConvertible {
    let description = "the source did not take the load in time"
}

extension LoadPlan {
    /// Half of the records keyed; headers with repeats, null and empty values; null and empty values; timestamps of 1970
    /// and of the near future.
    static func mirrored(seed: UInt64 = .random(in: 0 ... .max)) -> LoadPlan {
        var plan = LoadPlan.varied(seed: seed, valueBytes: 1_000...1_000)
        plan.keyedPermille = 500
        plan.headersPermille = 200
        plan.nullValuePermille = 20
        plan.emptyValuePermille = 20
        return plan
    }
}
