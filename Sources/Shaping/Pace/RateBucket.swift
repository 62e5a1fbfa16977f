import Model

/// What may leave of one unit (records or bytes) at a rate: GCRA, kept as units instead of times so that another rate
/// neither loses nor multiplies what was saved or owed.
///
/// `level` grows with time and shrinks by what leaves; a record may make it negative, and that is owed. It saves up to the
/// burst. What would be lost beyond (the caller slept too long) goes to `reserve` and comes back slowly. So in any time
/// T at most `rate * T + burst + reserve` leaves, plus what the last record was larger than the burst.
struct RateBucket {
    /// Burst and reserve together: 1 % of 10 s, the bound that a rate is measured by. No limiter that keeps it can make up
    /// for more than this much sleep in 10 s.
    private static let savedSecondsMax = 0.1
    /// How much faster than the rate the reserve comes back at most: with a burst of 50 ms, 100 ms hold 190 ms' share.
    private static let catchUpMax = 0.4
    /// In units. A sum of doubles is not exact; without this, an instant found by `earliest` could be a hair too early.
    private static let tolerance = 1e-6

    private(set) var rate: Double
    private let burstSeconds: Double
    private let reserveSeconds: Double
    private let catchUp: Double
    private var level = 0.0
    private var reserve = 0.0
    private var last: Instant

    /// Begins with nothing saved: of many that begin at once none has a burst to give away.
    init(rate: Double, burstMilliseconds: Int64, at now: Instant) {
        self.rate = Self.sane(rate)
        burstSeconds = Double(max(burstMilliseconds, 0)) / 1_000
        reserveSeconds = max(Self.savedSecondsMax - burstSeconds, 0)
        // A burst and the faster rate behind it stay below twice the share of 100 ms.
        catchUp = min(Self.catchUpMax, 0.8 * reserveSeconds / Self.savedSecondsMax)
        last = now
    }

    /// `nil`: never, at this rate.
    func wait(for amount: Double) -> Double? {
        guard rate > 0 else { return nil }
        let missing = needed(amount) - level
        guard missing > Self.tolerance else { return 0 }
        let fast = reserve > 0 && catchUp > 0 ? reserve / (catchUp * rate) : 0
        let gained = fast * rate * (1 + catchUp)
        return missing <= gained ? missing / (rate * (1 + catchUp)) : fast + (missing - gained) / rate
    }

    mutating func take(_ amount: Double) {
        level -= amount
    }

    mutating func change(rate new: Double) {
        rate = Self.sane(new)
        // What a lower rate may not save any more is saved by the reserve as far as that goes.
        save(level)
    }

    mutating func advance(to now: Instant) {
        let (elapsed, overflow) = now.nanoseconds.subtractingReportingOverflow(last.nanoseconds)
        guard elapsed > 0 || overflow else { return }
        last = now
        let seconds = overflow ? Double(Int64.max) / 1e9 : Double(elapsed) / 1e9
        let filled = level + rate * seconds
        let burst = rate * burstSeconds
        guard filled < burst else {
            save(filled)
            return
        }
        let back = min(reserve, catchUp * rate * seconds, burst - filled)
        level = filled + back
        reserve -= back
    }

    private mutating func save(_ amount: Double) {
        let burst = rate * burstSeconds
        level = min(amount, burst)
        reserve = min(reserve + max(amount - burst, 0), rate * reserveSeconds)
    }

    /// A record larger than the burst leaves when the burst is saved, and owes the rest.
    private func needed(_ amount: Double) -> Double { min(amount, rate * burstSeconds) }

    private static func sane(_ rate: Double) -> Double { rate > 0 && rate.isFinite ? rate : 0 }
}
