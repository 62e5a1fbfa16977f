/// How fast a load goes: a base rate, and now and then a burst.
///
/// Everything is closed form, so that whoever knows the pace knows when each record was meant to go, without having
/// seen it go. Times are counted from the load's start, in nanoseconds.
package struct Pace: Sendable, Codable, Equatable {
    /// The last stretch of every period goes faster.
    package struct Burst: Sendable, Codable, Equatable {
        /// How many times the base rate.
        package var factor: Int
        package var milliseconds: Int64
        /// From the start of one burst to the start of the next.
        package var periodMilliseconds: Int64

        package init(factor: Int, milliseconds: Int64, periodMilliseconds: Int64) {
            self.factor = factor
            self.milliseconds = milliseconds
            self.periodMilliseconds = periodMilliseconds
        }
    }

    /// Records a second; 0: as fast as it goes, and then nothing is *meant*.
    package var ratePerSecond: Int
    package var burst: Burst?

    package init(ratePerSecond: Int, burst: Burst? = nil) {
        self.ratePerSecond = ratePerSecond
        self.burst = burst
    }

    package static let unbounded = Pace(ratePerSecond: 0)

    /// Records a second, bursts counted in, over whole periods.
    package var meanRatePerSecond: Double {
        guard let burst else { return Double(ratePerSecond) }
        let gain = Double((Int64(burst.factor) - 1) * burst.milliseconds) / Double(burst.periodMilliseconds)
        return Double(ratePerSecond) * (1 + gain)
    }

    /// Why this is no pace; `nil` when it is one. Within these bounds nothing overflows up to the horizon.
    package var fault: String? {
        guard (0...100_000_000).contains(ratePerSecond) else { return "a rate of \(ratePerSecond) a second" }
        guard let burst else { return nil }
        guard ratePerSecond > 0 else { return "bursts without a rate" }
        guard (1...100).contains(burst.factor), ratePerSecond * burst.factor <= 1_000_000_000 else {
            return "bursts of \(burst.factor) times the rate"
        }
        guard burst.milliseconds > 0, burst.periodMilliseconds >= burst.milliseconds,
            burst.periodMilliseconds <= 86_400_000
        else { return "bursts of \(burst.milliseconds) ms every \(burst.periodMilliseconds) ms" }
        return nil
    }

    /// How many records should have been sent when so much time has passed. The first is due at once.
    package func dueCount(afterNanoseconds elapsed: Int64) -> Int64 {
        guard ratePerSecond > 0 else { return .max }
        guard elapsed >= 0 else { return 0 }
        let elapsed = min(elapsed, Self.horizonNanoseconds)
        // In seconds and rest: the plain product overflows after a few hours.
        let (seconds, rest) = weight(of: elapsed).quotientAndRemainder(dividingBy: Self.second)
        return seconds * Int64(ratePerSecond) + rest * Int64(ratePerSecond) / Self.second + 1
    }

    /// When the record of this number (from 0) is meant to go: the first instant at which it is due. `nil` where nothing
    /// is meant, and for numbers beyond all reason, which only a forged record has.
    package func intendedNanoseconds(of number: Int64) -> Int64? {
        guard ratePerSecond > 0 else { return nil }
        let rate = Int64(ratePerSecond)
        let (seconds, rest) = number.quotientAndRemainder(dividingBy: rate)
        guard number >= 0, seconds < Self.weightSecondsMax else { return nil }
        return elapsed(forWeight: seconds * Self.second + (rest * Self.second + rate - 1) / rate)
    }

    /// The latest record that is due, when so much time has passed: the inverse of ``intendedNanoseconds(of:)``.
    package func number(intendedAt elapsed: Int64) -> Int64? {
        guard ratePerSecond > 0, elapsed >= 0 else { return nil }
        return dueCount(afterNanoseconds: elapsed) - 1
    }

    /// Almost three years. Times the largest factor it still fits a word.
    private static let horizonNanoseconds: Int64 = 90_000_000 * second
    private static let weightSecondsMax: Int64 = 9_000_000_000
    private static let second: Int64 = 1_000_000_000

    /// The time that the base rate alone would have needed for as much.
    private func weight(of elapsed: Int64) -> Int64 {
        guard let burst else { return elapsed }
        let (quiet, length, factor) = burst.parts
        let (periods, rest) = elapsed.quotientAndRemainder(dividingBy: quiet + length)
        return periods * (quiet + length * factor) + min(rest, quiet) + max(0, rest - quiet) * factor
    }

    /// The first instant of at least this weight.
    private func elapsed(forWeight weight: Int64) -> Int64 {
        guard let burst else { return weight }
        let (quiet, length, factor) = burst.parts
        let (periods, rest) = weight.quotientAndRemainder(dividingBy: quiet + length * factor)
        return periods * (quiet + length) + min(rest, quiet) + (max(0, rest - quiet) + factor - 1) / factor
    }
}

extension Pace.Burst {
    /// Nanoseconds at the base rate, nanoseconds of burst, and the factor.
    fileprivate var parts: (quiet: Int64, length: Int64, factor: Int64) {
        ((periodMilliseconds - milliseconds) * 1_000_000, milliseconds * 1_000_000, Int64(factor))
    }
}
