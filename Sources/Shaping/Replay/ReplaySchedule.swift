import Model

/// A plan as one process sees it, by its own monotonic clock.
///
/// Processes are together as far as their wall clocks are. A step of the wall clock is passed on by `anchor`.
package struct ReplaySchedule: Sendable {
    package private(set) var plan: ReplayPlan
    /// What is added to nanoseconds of the wall clock to get those of the monotonic one.
    private var toMonotonic: Int64

    package init(_ plan: ReplayPlan, wallNanoseconds: Int64, at now: Instant) {
        self.plan = plan
        toMonotonic = now.nanoseconds &- wallNanoseconds
    }

    /// Both clocks, read together. What was computed before stays as it is.
    package mutating func anchor(wallNanoseconds: Int64, at now: Instant) {
        toMonotonic = now.nanoseconds &- wallNanoseconds
    }

    package func wallNanoseconds(at now: Instant) -> Int64 { now.nanoseconds &- toMonotonic }

    /// `false`: the plan is none that is newer. After `true` everything that waits is due at another time.
    package mutating func follow(_ newer: ReplayPlan) -> Bool {
        guard newer.epoch > plan.epoch else { return false }
        plan = newer
        return true
    }

    /// When a record is due. One without a time (-1) is due at once, so it goes with the one before it. A paused plan has
    /// nothing due: `bound` says so, and records keep their instants.
    package func due(of timestamp: Int64) -> Instant {
        guard timestamp >= 0 else { return Instant(nanoseconds: .min) }
        let (instant, overflow) = plan.dueNanoseconds(of: timestamp).addingReportingOverflow(toMonotonic)
        guard overflow else { return Instant(nanoseconds: instant) }
        return Instant(nanoseconds: toMonotonic < 0 ? .min : .max)
    }

    /// Up to which due instant records may go at all; behind a pause none may.
    package func bound(at now: Instant) -> Instant {
        guard let paused = plan.pausedNanoseconds else { return now }
        let (instant, overflow) = paused.addingReportingOverflow(toMonotonic)
        return overflow ? now : min(now, Instant(nanoseconds: instant))
    }
}
