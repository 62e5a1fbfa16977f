import Dispatch
import Foundation
import Model
import RdKafka
import Synchronization

/// Sends a plan's records to the source on a thread of its own and keeps the ledger of what was acknowledged.
///
/// Idempotent, `acks=all`: what the ledger holds is the source's promise, so a mirror is never blamed for the source.
package final class Loader: Sendable {
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

    /// - Parameters:
    ///   - properties: of the cluster, such as its security; they win over the loader's own.
    ///   - ratePerSecond: over all partitions; 0 = as fast as it goes.
    ///   - total: records over all partitions, which take turns.
    ///   - compression: librdkafka's `compression.codec`.
    package init(
        plan: LoadPlan, bootstrap: String, properties: [ClientProperty] = [], topic: String, partitions: Int,
        ratePerSecond: Int, total: Int64, compression: String = "none"
    ) throws(KafkaFault) {
        let own = [
            ClientProperty("enable.idempotence", "true"),
            ClientProperty("acks", "all"),
            ClientProperty("compression.codec", compression),
            // The default of 1 GiB would be the memory of the whole run.
            ClientProperty("queue.buffering.max.kbytes", "65536"),
        ]
        let configuration = ClientConfiguration(
            bootstrap: bootstrap, properties: own + properties, clientID: "martlet-verify-load")
        let run = LoadRun(
            try LoadProducer(configuration) { _ in }, configuration, maker: RecordMaker(plan: plan, topic: topic),
            topic: topic, partitions: partitions)
        self.run = Mutex(run)
        self.total = total
        clock = LoadClock(ratePerSecond: ratePerSecond, partitions: partitions)
        state = Mutex(State(ledger: Ledger(partitions: partitions)))
    }

    package var progress: LoadProgress { state.withLock { $0.progress } }

    /// What is acknowledged so far. Final once ``wait(timeoutSeconds:)`` has said `true`.
    package var ledger: Ledger { state.withLock { $0.ledger } }

    /// Call once.
    package func start() {
        clock.begin(atNanoseconds: LoadClock.nowNanoseconds)
        let thread = Thread { [self] in
            send()
            ended.signal()
        }
        thread.name = "verify-load"
        thread.start()
    }

    private func send() {
        guard var run = run.withLock({ $0.take() }) else { preconditionFailure("a loader starts once") }
        while !isStopping.load(ordering: .relaxed), !run.isSent(total) {
            run.sendDue(clock: clock, total: total)
            settle(run.takeReports())
        }
        while run.inFlight > 0 { settle(run.takeReports(waitMilliseconds: 50)) }
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

    private func settle(_ turn: LoadRun.Turn) {
        state.withLock { state in
            for partition in state.ledger.partitions.indices {
                state.ledger.partitions[partition].sent = turn.sent[partition]
            }
            for place in turn.acknowledged {
                state.ledger.partitions[Int(place.partition)].acknowledged.insert(place.sequence)
            }
            state.progress.sent = turn.sent.reduce(0, +)
            state.progress.acknowledged += Int64(turn.acknowledged.count)
            state.progress.failed += Int64(turn.failed)
        }
    }
}

/// Counts of a load under way.
package struct LoadProgress: Sendable, Equatable {
    /// Handed to the producer.
    package fileprivate(set) var sent: Int64 = 0
    package fileprivate(set) var acknowledged: Int64 = 0
    /// Refused or given up by the producer: never expected in the destination, and allowed there.
    package fileprivate(set) var failed: Int64 = 0
}

/// The sending side of a loader; lives on the loader's thread.
private struct LoadRun: ~Copyable {
    struct Place {
        let partition: Int32
        let sequence: Int64
    }

    private static let settlingSeconds = 1.0

    /// What one turn of the loop changed.
    struct Turn {
        let sent: [Int64]
        var acknowledged: [Place] = []
        var failed = 0
    }

    private var producer: LoadProducer
    private let configuration: ClientConfiguration
    private let maker: RecordMaker
    private let targets: [TopicPartition]
    /// Next sequence of each partition.
    private var next: [Int64]
    private var turnOf = 0
    private var refused = 0
    private var isQueueFull = false
    /// A ticket is an index here.
    private var tickets: [Place] = []
    private var free: [Int32] = []

    init(
        _ producer: consuming LoadProducer, _ configuration: ClientConfiguration, maker: RecordMaker, topic: String,
        partitions: Int
    ) {
        self.producer = producer
        self.configuration = configuration
        self.maker = maker
        targets = (0..<partitions).map { TopicPartition(topic, Int32($0)) }
        next = Array(repeating: 0, count: partitions)
    }

    var inFlight: Int { tickets.count - free.count }

    func isSent(_ total: Int64) -> Bool { next.reduce(0, +) >= total }

    /// Sends what is due by now, at most a thousand records, so that reports are looked at in between.
    mutating func sendDue(clock: LoadClock, total: Int64) {
        let sent = next.reduce(0, +)
        let due = min(total, clock.dueCount(atNanoseconds: LoadClock.nowNanoseconds))
        var left = min(1_000, due - sent)
        isQueueFull = false
        while left > 0, !isQueueFull {
            isQueueFull = !sendOne()
            left -= 1
        }
    }

    /// - Returns: `false` when the producer's queue is full; the same record comes again next time.
    private mutating func sendOne() -> Bool {
        let partition = Int32(turnOf)
        let draw = maker.draw(partition: partition, sequence: next[turnOf])
        let record = LoadRecord(
            targets[turnOf], key: maker.key(of: draw), value: maker.value(of: draw), headers: maker.headers(of: draw),
            timestampMilliseconds: draw.timestampMilliseconds)
        let ticket = issueTicket(Place(partition: partition, sequence: draw.sequence))
        do {
            guard try producer.produce(record, ticket: ticket) else {
                free.append(ticket)
                return false
            }
        } catch  where error.isFatal {
            free.append(ticket)
            replaceProducer()
            return false
        } catch {
            // Never in the queue, so no report will come.
            free.append(ticket)
            refused += 1
        }
        next[turnOf] += 1
        turnOf = (turnOf + 1) % targets.count
        return true
    }

    /// An idempotent producer of librdkafka ends for good when it cannot tell any more what the source has. What it had
    /// under way stays without an acknowledgement.
    private mutating func replaceProducer() {
        guard let fresh = try? LoadProducer(configuration, log: { _ in }) else { return }
        producer = fresh
        tickets.removeAll()
        free.removeAll()
        // What the old one still had on its way lands first: the source's order is that of the sequences.
        Thread.sleep(forTimeInterval: Self.settlingSeconds)
    }

    private mutating func issueTicket(_ place: Place) -> Int32 {
        guard let ticket = free.popLast() else {
            tickets.append(place)
            return Int32(tickets.count - 1)
        }
        tickets[Int(ticket)] = place
        return ticket
    }

    /// - Parameter waitMilliseconds: for the first report; without it, one millisecond where there is nothing to send.
    mutating func takeReports(waitMilliseconds: Int32 = 1) -> Turn {
        var turn = Turn(sent: next, failed: refused)
        refused = 0
        for report in producer.poll(waitMilliseconds: waitMilliseconds) {
            if report.code == 0 {
                turn.acknowledged.append(tickets[Int(report.ticket)])
            } else {
                turn.failed += 1
            }
            free.append(report.ticket)
        }
        return turn
    }
}
