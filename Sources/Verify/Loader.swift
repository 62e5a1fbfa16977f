import Dispatch
import Foundation
import Model
import RdKafka
import Synchronization

/// Sends a plan's records to the source on a thread of its own and keeps the ledger of what was acknowledged.
///
/// Idempotent, `acks=all`: what the ledger holds is the source's promise, so a mirror is never blamed for the source.
package final class Loader: Sendable {
    package let plan: LoadPlan
    package let topic: String
    package let partitions: Int
    /// When each record was meant to go; for the judge's latencies.
    package let clock: LoadClock
    private let total: Int64
    private let state: Mutex<State>
    private let run: Mutex<LoadRun?>
    private let isStopping = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)

    private struct State {
        var progress = LoadProgress()
        var ledger: Ledger
    }

    /// Of a load beside the brokers on one machine. Librdkafka's producer does not sleep in the last millisecond before a
    /// partition's batch is due (its rd_kafka_transport_poll waits in whole milliseconds), so a short linger with many
    /// partitions takes from the brokers what they need. Latency counts from the instant a record was meant for: this
    /// is in it.
    package static let restfulLinger = ClientProperty("linger.ms", "50")

    /// - Parameters:
    ///   - properties: of the cluster, such as its security; they win over the loader's own.
    ///   - pace: over all partitions.
    ///   - total: records over all partitions, which take turns.
    ///   - compression: librdkafka's `compression.codec`.
    package init(
        plan: LoadPlan, bootstrap: String, properties: [ClientProperty] = [], topic: String, partitions: Int,
        pace: Pace, total: Int64, compression: String = "none"
    ) throws(KafkaFault) {
        var own = [
            ClientProperty("enable.idempotence", "true"),
            ClientProperty("acks", "all"),
            ClientProperty("compression.codec", compression),
            // The default of 1 GiB would be the memory of the whole run.
            ClientProperty("queue.buffering.max.kbytes", "65536"),
        ]
        if plan.transactions != nil {
            let id = "martlet-verify-\(plan.id)-\(topic)-\(String(plan.seed, radix: 16))"
            own.append(ClientProperty("transactional.id", id))
        }
        let configuration = ClientConfiguration(
            bootstrap: bootstrap, properties: own + properties, clientID: "martlet-verify-load")
        let clock = LoadClock(pace: pace, streams: plan.streams(partitions: partitions))
        let maker = RecordMaker(plan: plan, topic: topic, partitions: partitions, clock: clock)
        run = Mutex(LoadRun(try LoadProducer(configuration) { _ in }, configuration, maker: maker, topic: topic))
        self.plan = plan
        self.topic = topic
        self.partitions = partitions
        self.total = total
        self.clock = clock
        state = Mutex(State(ledger: Ledger(streams: clock.streams)))
    }

    /// - Parameter ratePerSecond: over all partitions; 0 = as fast as it goes.
    package convenience init(
        plan: LoadPlan, bootstrap: String, properties: [ClientProperty] = [], topic: String, partitions: Int,
        ratePerSecond: Int, total: Int64, compression: String = "none"
    ) throws(KafkaFault) {
        try self.init(
            plan: plan, bootstrap: bootstrap, properties: properties, topic: topic, partitions: partitions,
            pace: Pace(ratePerSecond: ratePerSecond), total: total, compression: compression)
    }

    package var progress: LoadProgress { state.withLock { $0.progress } }

    /// What is acknowledged so far. Final once ``wait(timeoutSeconds:)`` has said `true`.
    package var ledger: Ledger { state.withLock { $0.ledger } }

    /// The load as a judge must know it. Its clock begins with the load.
    package var judged: JudgedLoad {
        JudgedLoad(plan: plan, sourceTopic: topic, partitions: partitions, clock: clock)
    }

    /// Call once.
    package func start() {
        let thread = Thread { [self] in
            send()
            ended.signal()
        }
        thread.name = "verify-load"
        thread.start()
    }

    private func send() {
        guard var run = run.withLock({ $0.take() }) else { preconditionFailure("a loader starts once") }
        while !run.prepare() {
            note(run.fault)
            if run.isDead || isStopping.load(ordering: .relaxed) { return }
        }
        clock.begin(atNanoseconds: LoadClock.nowNanoseconds, wallNanoseconds: LoadClock.nowWallNanoseconds)
        while !isStopping.load(ordering: .relaxed), !run.isSent(total), !run.isDead {
            run.sendDue(total: total)
            settle(run.takeReports())
            if run.isTransactionFull { settle(run.endTransaction()) }
        }
        settle(run.endTransaction())
        while run.inFlight > 0, !run.isDead { settle(run.takeReports(waitMilliseconds: 50)) }
        note(run.fault)
    }

    /// Sends no more; what is under way is still waited for.
    package func stop() {
        isStopping.store(true, ordering: .relaxed)
    }

    /// - Returns: whether everything was sent and answered within the time.
    package func wait(timeoutSeconds: Double) -> Bool {
        guard ended.wait(timeout: .now() + timeoutSeconds) == .success else { return false }
        ended.signal()
        return true
    }

    private func note(_ fault: KafkaFault?) {
        state.withLock { $0.progress.fault = fault }
    }

    private func settle(_ turn: LoadRun.Turn) {
        state.withLock { state in
            for stream in state.ledger.streams.indices {
                state.ledger.streams[stream].sent = turn.sent(of: stream)
            }
            for place in turn.acknowledged {
                state.ledger.streams[Int(place.stream)].acknowledged.insert(place.sequence)
            }
            for place in turn.aborted {
                state.ledger.streams[Int(place.stream)].aborted.insert(place.sequence)
            }
            state.progress.sent = turn.sent
            state.progress.sentBytes = turn.sentBytes
            state.progress.acknowledged += Int64(turn.acknowledged.count)
            state.progress.aborted += Int64(turn.aborted.count)
            state.progress.failed += Int64(turn.failed)
        }
    }
}

/// Counts of a load under way.
package struct LoadProgress: Sendable {
    /// Handed to the producer.
    package fileprivate(set) var sent: Int64 = 0
    /// Keys and values of these.
    package fileprivate(set) var sentBytes: Int64 = 0
    /// In transactions: committed.
    package fileprivate(set) var acknowledged: Int64 = 0
    /// In transactions that were aborted, most of them on purpose.
    package fileprivate(set) var aborted: Int64 = 0
    /// Refused or given up by the producer: never expected in the destination, and allowed there.
    package fileprivate(set) var failed: Int64 = 0
    /// What keeps the load from beginning, or has ended it.
    package fileprivate(set) var fault: KafkaFault?

    package var inFlight: Int64 { sent - acknowledged - aborted - failed }
}
