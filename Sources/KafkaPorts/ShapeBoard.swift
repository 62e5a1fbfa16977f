import Model
import Shaping
import Synchronization

/// What the lanes of a process share about shaping: the limit that all of them keep together, and what was counted.
package final class ShapeBoard: Sendable {
    package struct Counts: Sendable {
        /// Read from the source.
        package let offered = Counter()
        package let sampledOut = Counter()
        /// Left out since more is offered than the rate allows.
        package let sampledDown = Counter()
        package let droppedByRate = Counter()
        /// Written before the window that is replayed, though they lie in it.
        package let outsideWindow = Counter()
        /// Left out because they could not be sanitized, as a policy says.
        package let droppedUnsafe = Counter()
        package let quarantined = Counter()
        /// Handed on, those for the quarantine among them.
        package let sent = Counter()
        package let sentBytes = Counter()
        /// Taken and not handed on yet.
        package let waiting = Counter()
    }

    package let counts = Counts()
    /// Of a flow that replays.
    package let replay: ReplayBoard?
    /// The rate holds for each topic, or for each partition.
    package let hasScopes: Bool
    package let proof = ProofBoard()
    private let limit: Mutex<Limit>
    private let isPausedNow = Atomic<Bool>(false)
    private let sampleStepNow = Atomic<Int>(0)
    private let behindAt = Atomic<Int64>(.min)

    private struct Limit {
        var limiter: RateLimiter?
        /// What was allowed holds no longer; `nil`: it holds until it is changed.
        var until: Instant?
        /// Of a rate that holds for each topic or partition.
        var scopes: ScopeLimits?
        let burstMilliseconds: Int64
    }

    /// - Parameter pace: a rate is what this process may send until it is told otherwise; `nil`: no limit that lanes share.
    package init(_ pace: PaceDefinition?, at now: Instant) {
        replay = pace?.replay.map(ReplayBoard.init)
        let rate = pace?.rate
        var limit = Limit(burstMilliseconds: rate?.burstMilliseconds ?? 50)
        hasScopes = rate.map { $0.scope != .global } ?? false
        if let rate, hasScopes {
            limit.scopes = ScopeLimits(rate)
        } else if let rate {
            limit.limiter = RateLimiter(
                recordsPerSecond: rate.recordsPerSecond, bytesPerSecond: rate.bytesPerSecond,
                burstMilliseconds: rate.burstMilliseconds, at: now)
        }
        self.limit = Mutex(limit)
    }

    /// Nothing is handed on any more, until it is allowed again.
    package var isPaused: Bool {
        get { isPausedNow.load(ordering: .relaxed) }
        set { isPausedNow.store(newValue, ordering: .relaxed) }
    }

    /// How far the share of ids is lowered (`SampleLadder`).
    package var sampleStep: Int {
        get { sampleStepNow.load(ordering: .relaxed) }
        set {
            sampleStepNow.store(newValue, ordering: .relaxed)
            behindAt.store(.min, ordering: .relaxed)
        }
    }

    /// A lane takes more than it can send, though what it takes was lowered that far.
    func noteBehind(atStep step: Int, at now: Instant) {
        if step == sampleStep { behindAt.store(now.nanoseconds, ordering: .relaxed) }
    }

    /// Some lane does now.
    package func isBehind(at now: Instant) -> Bool {
        let noted = behindAt.load(ordering: .relaxed)
        return noted != .min && now.milliseconds(since: Instant(nanoseconds: noted)) < 300
    }

    /// Whether anything may be sent at all.
    func isOpen(at now: Instant) -> Bool {
        !isPaused && limit.withLock { limit in limit.until.map { now < $0 } ?? true }
    }

    /// What this process may send from here on, and how long.
    package func allow(recordsPerSecond: Double?, bytesPerSecond: Double?, until: Instant, at now: Instant) {
        limit.withLock { limit in
            limit.until = until
            if limit.scopes != nil {
                limit.scopes?.change(
                    to: RateLimits(recordsPerSecond: recordsPerSecond, bytesPerSecond: bytesPerSecond), at: now)
            } else if limit.limiter == nil {
                limit.limiter = RateLimiter(
                    recordsPerSecond: recordsPerSecond, bytesPerSecond: bytesPerSecond,
                    burstMilliseconds: limit.burstMilliseconds, at: now)
            } else if limit.limiter?.recordsPerSecond != recordsPerSecond
                || limit.limiter?.bytesPerSecond != bytesPerSecond
            {
                limit.limiter?.change(recordsPerSecond: recordsPerSecond, bytesPerSecond: bytesPerSecond, at: now)
            }
        }
    }

    /// How many partitions topics have. To be told before a lease is obeyed that was written later.
    package func note(partitions: [String: Int], at now: Instant) {
        limit.withLock { $0.scopes?.note(partitions: partitions, at: now) }
    }

    func open(_ partition: TopicPartition, at now: Instant) {
        limit.withLock { $0.scopes?.open(partition, at: now) }
    }

    func close(_ partition: TopicPartition, at now: Instant) {
        limit.withLock { $0.scopes?.close(partition, at: now) }
    }

    /// As `admit(bytes:at:)`, by the rate of the partition or of its topic.
    func admit(_ partition: TopicPartition, bytes: Int, at now: Instant) -> Instant? {
        guard !isPaused else { return now.advanced(milliseconds: 100) }
        return limit.withLock { limit in
            if let until = limit.until, now >= until { return now.advanced(milliseconds: 20) }
            return limit.scopes?.admit(partition, bytes: bytes, at: now)
        }
    }

    /// A share of the flow's rate is to come.
    package func allow(nothingUntilToldAt now: Instant) {
        limit.withLock { $0.until = now }
    }

    /// `nil`: it may go on now, and is counted. Else when to ask again; never later than in 100 ms.
    func admit(bytes: Int, at now: Instant) -> Instant? {
        guard !isPaused else { return now.advanced(milliseconds: 100) }
        return limit.withLock { limit in
            if let until = limit.until, now >= until { return now.advanced(milliseconds: 20) }
            guard limit.limiter != nil else { return nil }
            if limit.limiter!.takeIfAllowed(bytes: bytes, at: now) { return nil }
            let next = limit.limiter!.earliest(bytes: bytes, at: now) ?? now.advanced(milliseconds: 100)
            return min(next, now.advanced(milliseconds: 100))
        }
    }
}

/// A number that several threads count.
package final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    package var value: Int { number.load(ordering: .relaxed) }

    package func add(_ count: Int) {
        number.wrappingAdd(count, ordering: .relaxed)
    }
}
