import Model

/// How many records (or bytes) come in a second: averaged over seconds, for shares that swing with every burst would be
/// moved for nothing; but a change that is no chance is believed at once.
package struct ArrivalMeter: Sendable {
    package private(set) var perSecond = 0.0
    private var fast = 0.0
    private var lastAt: Instant?

    private static let slowSeconds = 4.0
    private static let fastSeconds = 0.5
    /// What chance does to half a second of a few hundred records.
    private static let believed = 0.4

    package init() {}

    /// What comes from now on is so many times as much: partitions have come or gone.
    package mutating func scale(by factor: Double) {
        perSecond *= factor
        fast *= factor
    }

    /// Begins anew, with a guess.
    package mutating func expect(perSecond guess: Double) {
        perSecond = guess
        fast = guess
        lastAt = nil
    }

    /// What has come since the last call does not count.
    package mutating func pass(at now: Instant) {
        lastAt = now
    }

    /// - Parameters:
    ///   - amount: what has come since the last call.
    ///   - isSteady: it comes in lumps, and a change within a second is chance.
    package mutating func note(_ amount: Double, isSteady: Bool = false, at now: Instant) {
        defer { lastAt = now }
        guard let lastAt, now > lastAt, amount.isFinite, amount >= 0 else { return }
        let seconds = Double(now.nanoseconds - lastAt.nanoseconds) / 1e9
        let rate = amount / seconds
        fast += (rate - fast) * min(1, seconds / Self.fastSeconds)
        perSecond += (rate - perSecond) * min(1, seconds / Self.slowSeconds)
        if !isSteady, abs(fast - perSecond) > Self.believed * perSecond { perSecond = fast }
    }
}
