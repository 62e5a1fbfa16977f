import Model

/// How far the share of ids is lowered while more is offered than the rate allows: by halves, so that what is taken at one
/// step is among what is taken at the step before. The steward decides, from what the processes tell.
package struct SampleLadder: Sendable {
    package static let stepMax = 10
    /// After a change nothing is lowered for so long: its effect must be seen first.
    private static let restMilliseconds: Int64 = 2_000
    /// Raised when what twice the share would offer has stayed below this part of the rate for so long.
    private static let fits = 0.9
    private static let fitsMilliseconds: Int64 = 10_000
    /// Lowered only where the rate is really used: a process without its share of it falls behind as well.
    private static let used = 0.8

    /// 0: the definition's share; 10: a 1,024th of it.
    package private(set) var step = 0
    private var changedAt: Instant?
    private var fitsSince: Instant?

    package init() {}

    package static func factor(step: Int) -> Double { 1 / Double(1 << min(max(step, 0), stepMax)) }

    /// Takes over from another steward.
    package mutating func adopt(_ step: Int) {
        guard step != self.step else { return }
        self.step = step
        fitsSince = nil
    }

    /// - Parameters:
    ///   - offered: What comes at this step, as a part of the rate.
    ///   - used: What was sent, as a part of the rate.
    ///   - isBehind: Whether some process cannot send what it takes at this step.
    /// - Returns: Whether the step has changed.
    package mutating func note(offered: Double, used: Double, isBehind: Bool, at now: Instant) -> Bool {
        guard !isBehind else {
            fitsSince = nil
            let isResting = changedAt.map { now.milliseconds(since: $0) < Self.restMilliseconds } ?? false
            return used >= Self.used && step < Self.stepMax && !isResting && move(to: step + 1, at: now)
        }
        guard step > 0, 2 * offered <= Self.fits else {
            fitsSince = nil
            return false
        }
        guard let fitsSince else {
            fitsSince = now
            return false
        }
        return now.milliseconds(since: fitsSince) >= Self.fitsMilliseconds && move(to: step - 1, at: now)
    }

    private mutating func move(to step: Int, at now: Instant) -> Bool {
        self.step = step
        changedAt = now
        fitsSince = nil
        return true
    }
}
