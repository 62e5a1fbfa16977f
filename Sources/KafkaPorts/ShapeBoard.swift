import Model
import Shaping
import Synchronization

/// What the lanes of a process share about shaping: the limit that all of them keep together, and what was counted.
package final class ShapeBoard: Sendable {
    package struct Counts: Sendable {
        /// Read from the source.
        package let offered = Counter()
        package let sampledOut = Counter()
        package let droppedByRate = Counter()
        /// Left out because they could not be sanitized, as a policy says.
        package let droppedUnsafe = Counter()
        package let quarantined = Counter()
        /// Handed on, those for the quarantine among them.
        package let sent = Counter()
        /// Taken and not handed on yet.
        package let waiting = Counter()
    }

    package let counts = Counts()
    private let limiter: Mutex<RateLimiter?>
    private let isPausedNow = Atomic<Bool>(false)

    /// - Parameter rate: `nil`: no limit that lanes share.
    package init(_ rate: RateDefinition?, at now: Instant) {
        limiter = Mutex(
            rate.flatMap { rate in
                rate.scope != .global
                    ? nil
                    : RateLimiter(
                        recordsPerSecond: rate.recordsPerSecond, bytesPerSecond: rate.bytesPerSecond,
                        burstMilliseconds: rate.burstMilliseconds, at: now)
            })
    }

    /// Nothing is handed on any more, until it is allowed again.
    package var isPaused: Bool {
        get { isPausedNow.load(ordering: .relaxed) }
        set { isPausedNow.store(newValue, ordering: .relaxed) }
    }

    /// What this process may send from here on.
    package func change(recordsPerSecond: Double?, bytesPerSecond: Double?, at now: Instant) {
        limiter.withLock { limiter in
            limiter?.change(recordsPerSecond: recordsPerSecond, bytesPerSecond: bytesPerSecond, at: now)
        }
    }

    /// `nil`: it may go on now, and is counted. Else when to ask again; never later than in 100 ms.
    func admit(bytes: Int, at now: Instant) -> Instant? {
        guard !isPaused else { return now.advanced(milliseconds: 100) }
        return limiter.withLock { limiter in
            guard limiter != nil else { return nil }
            if limiter!.takeIfAllowed(bytes: bytes, at: now) { return nil }
            let next = limiter!.earliest(bytes: bytes, at: now) ?? now.advanced(milliseconds: 100)
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
