import Dispatch
import Foundation
import Model
import RdKafka
import Synchronization

/// Reads the destination along with the run, on a thread of its own, and gives the verdict at the end.
package final class Judge: Sendable {
    /// How long nothing may be missing before the end is looked for: late duplicates come in that time.
    private static let quietSeconds = 1.0
    /// How long nothing may come of what the brokers say is there.
    fileprivate static let silenceSeconds = 10.0

    private let reader: Mutex<JudgeReader?>
    private let shared = Mutex(Shared())
    private let ended = DispatchSemaphore(value: 0)

    private struct Shared {
        var progress = JudgeProgress()
        var order: Order?
        var isToForgetLatencies = false
        var isCancelled = false
        var verdict: Verdict?
        var trails: [PartitionTrail] = []
        /// As it stood at the verdict.
        var judge: RecordJudge?
    }

    /// What `finish` asked for.
    private struct Order {
        let ledgers: [Ledger]
        let timeoutSeconds: Double
    }

    /// Parameters as for ``JudgeReader``.
    package init(
        loads: [JudgedLoad], bootstrap: String, properties: [ClientProperty] = [], topic: String,
        isolation: Isolation, starts: [Int64] = [], originNanoseconds: Int64 = LoadClock.nowNanoseconds
    ) throws(KafkaFault) {
        reader = Mutex(
            try JudgeReader(
                loads: loads, bootstrap: bootstrap, properties: properties, topic: topic, isolation: isolation,
                starts: starts, originNanoseconds: originNanoseconds))
    }

    /// For one load.
    ///
    /// - Parameters:
    ///   - sourceTopic: where the load went, when the mirror renames.
    ///   - partitions: of the source topic.
    package convenience init(
        plan: LoadPlan, bootstrap: String, properties: [ClientProperty] = [], topic: String,
        sourceTopic: String? = nil, partitions: Int, isolation: Isolation, clock: LoadClock? = nil,
        originNanoseconds: Int64 = LoadClock.nowNanoseconds
    ) throws(KafkaFault) {
        let load = JudgedLoad(
            plan: plan, sourceTopic: sourceTopic ?? topic, partitions: partitions, clock: clock)
        try self.init(
            loads: [load], bootstrap: bootstrap, properties: properties, topic: topic, isolation: isolation,
            originNanoseconds: originNanoseconds)
    }

    package var progress: JudgeProgress { shared.withLock { $0.progress } }

    /// Each destination partition over time; empty before ``finish(expecting:timeoutSeconds:)`` has answered.
    package var trails: [PartitionTrail] { shared.withLock { $0.trails } }

    /// By stream, what of another ledger of that load was not seen; after ``finish(expecting:timeoutSeconds:)``.
    package func missing(of ledger: Ledger, load: Int) -> [IntervalSet] {
        guard let judge = shared.withLock({ $0.judge }) else { preconditionFailure("there is no verdict yet") }
        return judge.missing(of: ledger, load: load)
    }

    /// Call once.
    package func start() {
        let thread = Thread { [self] in
            readAlong()
            ended.signal()
        }
        thread.name = "verify-judge"
        thread.start()
    }

    /// Of the latencies so far the verdict knows nothing: for a start that is no part of what is measured.
    package func forgetLatencies() {
        shared.withLock { $0.isToForgetLatencies = true }
    }

    /// Stops reading without a verdict.
    package func cancel() {
        shared.withLock { $0.isCancelled = true }
    }

    package func finish(expecting ledger: Ledger, timeoutSeconds: Double) -> Verdict {
        finish(expecting: [ledger], timeoutSeconds: timeoutSeconds)
    }

    /// Waits until nothing of the ledgers is missing or the time is over, reads on to the end that the destination then
    /// has, and judges. The time is that in which missing records may come: it counts once everything is read that was
    /// there when this was called, and that may take long. Blocks; call once, after `start`.
    package func finish(expecting ledgers: [Ledger], timeoutSeconds: Double) -> Verdict {
        let order = Order(ledgers: ledgers, timeoutSeconds: timeoutSeconds)
        shared.withLock { $0.order = order }
        ended.wait()
        guard let verdict = shared.withLock({ $0.verdict }) else { preconditionFailure("a cancelled judge was asked") }
        return verdict
    }

    private func readAlong() {
        guard var reader = reader.withLock({ $0.take() }) else { preconditionFailure("a judge starts once") }
        var lastSecond = Date.now
        var patience: Patience?
        while true {
            reader.readAlong(waitMilliseconds: 50)
            let isSecondOver = Date.now.timeIntervalSince(lastSecond) >= 1
            let (order, isCancelled) = shared.withLock { shared in
                if shared.isToForgetLatencies {
                    reader.forgetLatencies()
                    shared.isToForgetLatencies = false
                }
                shared.progress.received = reader.judge.received
                shared.progress.partitionsReached = reader.partitionsReached
                if isSecondOver {
                    shared.progress.p50Microseconds = reader.recentLatency.quantile(0.5)
                    shared.progress.p99Microseconds = reader.recentLatency.quantile(0.99)
                }
                return (shared.order, shared.isCancelled)
            }
            if isSecondOver {
                reader.recentLatency.removeAll()
                lastSecond = .now
            }
            if isCancelled { return }
            guard let order else { continue }
            if patience == nil { patience = Patience(seconds: order.timeoutSeconds, with: reader) }
            if reader.judge.missingCount(of: order.ledgers) == 0 || patience?.isOver(for: reader) == true {
                let verdict = conclude(&reader, order)
                let trails = reader.trails(expecting: order.ledgers)
                let judge = reader.judge
                return shared.withLock { ($0.verdict, $0.trails, $0.judge) = (verdict, trails, judge) }
            }
        }
    }

    private func conclude(_ reader: inout JudgeReader, _ order: Order) -> Verdict {
        let quietUntil = Date.now.addingTimeInterval(Self.quietSeconds)
        while Date.now < quietUntil { reader.readAlong(waitMilliseconds: 50) }
        var silence = Silence(with: reader)
        var ends = reader.ends()
        while reader.isTopicKnown, silence.seconds(for: reader) < Self.silenceSeconds {
            if let ends, reader.hasRead(to: ends) { break }
            if ends == nil { ends = reader.ends() }
            reader.readAlong(waitMilliseconds: 50)
        }
        var verdict = reader.judge.verdict(expecting: order.ledgers)
        verdict.isComplete = ends.map { reader.hasRead(to: $0) } ?? false
        verdict.readFaults = reader.readFaults
        verdict.longestStallMilliseconds = reader.longestStallMilliseconds
        if reader.latency.count > 0 { verdict.latencyMicroseconds = Verdict.Latency(reader.latency) }
        return verdict
    }
}

/// How long a reader has read nothing.
private struct Silence {
    private var received: Int64
    private var lastNews = Date.now

    init(with reader: borrowing JudgeReader) {
        received = reader.judge.received
    }

    mutating func seconds(for reader: borrowing JudgeReader) -> Double {
        if reader.judge.received > received { (received, lastNews) = (reader.judge.received, .now) }
        return Date.now.timeIntervalSince(lastNews)
    }
}

/// Waits for what is missing, once everything is read that was there when the waiting was asked for.
private struct Patience {
    private let seconds: Double
    private let ends: [Int64]?
    private var silence: Silence
    private var deadline: Date?

    init(seconds: Double, with reader: borrowing JudgeReader) {
        self.seconds = seconds
        ends = reader.ends()
        silence = Silence(with: reader)
    }

    mutating func isOver(for reader: borrowing JudgeReader) -> Bool {
        if let deadline { return Date.now >= deadline }
        let isReading = ends.map { !reader.hasRead(to: $0) } ?? false
        if !isReading || silence.seconds(for: reader) >= Judge.silenceSeconds {
            deadline = .now.addingTimeInterval(seconds)
        }
        return false
    }
}

/// A judge's run so far.
package struct JudgeProgress: Sendable, Equatable {
    package fileprivate(set) var received: Int64 = 0
    /// Destination partitions from which at least one record was read.
    package fileprivate(set) var partitionsReached = 0
    /// Of the last whole second; 0 before, and for a load without a rate.
    package fileprivate(set) var p50Microseconds: Int64 = 0
    package fileprivate(set) var p99Microseconds: Int64 = 0
}
