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

    /// Of what it measured only a part will come from now on, such as that of the partitions that are left.
    package mutating func keep(part: Double) {
        perSecond *= part
        fast *= part
    }

    /// - Parameter amount: what has come since the last call.
    package mutating func note(_ amount: Double, at now: Instant) {
        defer { lastAt = now }
        guard let lastAt, now > lastAt, amount.isFinite, amount >= 0 else { return }
        let seconds = Double(now.nanoseconds - lastAt.nanoseconds) / 1e9
        let rate = amount / seconds
        fast += (rate - fast) * min(1, seconds / Self.fastSeconds)
        perSecond += (rate - perSecond) * min(1, seconds / Self.slowSeconds)
        if abs(fast - perSecond) > Self.believed * perSecond { perSecond = fast }
    }
}
