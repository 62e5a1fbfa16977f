import Model

/// Up to where in the plan records may go, for one lane: all that is due, or less when it has fallen behind and the plan
/// says how it comes back.
///
/// A stall of the lane or of its destination holds up all of its partitions, so they come back together: one horizon moves
/// over the instants at which records are due. What comes late from the source is `LateArrival`'s.
package struct CatchUp: Sendable {
    private let policy: ReplayDefinition.CatchUp
    private var horizon: Instant?
    private var asked = Instant(nanoseconds: .min)

    /// Late wake-ups are no stall; a shift is for good, so it is not made for less than can be seen.
    private static let cappedToleranceNanoseconds: Int64 = 20_000_000
    private static let shiftToleranceNanoseconds: Int64 = 100_000_000

    package init(_ policy: ReplayDefinition.CatchUp) {
        self.policy = policy
    }

    /// Records due up to the answer may go. `earliestDue` is that of the first record which waits: what was allowed before
    /// and has not gone could not, and the horizon comes back to it.
    package mutating func horizon(at now: Instant, earliestDue: Instant?) -> Instant {
        switch policy {
        case .burst: now
        case .capped(let factor): move(now, earliestDue, factor: max(factor, 1), Self.cappedToleranceNanoseconds)
        case .shift: move(now, earliestDue, factor: 1, Self.shiftToleranceNanoseconds)
        }
    }

    private mutating func move(
        _ now: Instant, _ earliestDue: Instant?, factor: Double, _ tolerance: Int64
    ) -> Instant {
        let elapsed = max(now.nanoseconds &- asked.nanoseconds, 0)
        asked = max(asked, now)
        guard let last = horizon, let earliestDue else {
            horizon = now
            return now
        }
        var base = last.nanoseconds
        // After a sleep it begins with the first record that waits: nothing lies between that and the horizon.
        if elapsed > tolerance, earliestDue.nanoseconds > base { base = min(earliestDue.nanoseconds, now.nanoseconds) }
        if earliestDue.nanoseconds < base &- tolerance { base = earliestDue.nanoseconds }
        let step = Int64(Double(min(elapsed, tolerance)) * factor)
        let moved = Instant(nanoseconds: min(base &+ step, now.nanoseconds))
        horizon = moved
        return moved
    }

    /// How far the lane is behind the plan; with `shift`, how far the plan is to be moved.
    package func behindNanoseconds(at now: Instant) -> Int64 {
        guard let horizon, policy != .burst else { return 0 }
        return max(now.nanoseconds &- horizon.nanoseconds, 0)
    }

    /// A new plan begins on time.
    package mutating func planChanged() {
        horizon = nil
    }
}
