import Model

/// A plan as one process sees it: with the window, the rounds, and its own monotonic clock.
///
/// Processes are together as far as their wall clocks are. A step of the wall clock is passed on by `anchor`.
package struct ReplaySchedule: Sendable {
    package enum Place: Hashable, Sendable {
        case before
        case inside
        case after
    }

    package private(set) var plan: ReplayPlan
    private let from: Int64?
    private let to: Int64?
    private let loops: Int64
    /// What is added to nanoseconds of the wall clock to get those of the monotonic one.
    private var toMonotonic: Int64

    package init(
        _ definition: ReplayDefinition, plan: ReplayPlan, wallMilliseconds: Int64, at now: Instant
    ) {
        self.plan = plan
        from = definition.from
        to = definition.to
        loops = Int64(max(definition.loops, 1))
        toMonotonic = Self.offset(wallMilliseconds, now)
    }

    private static func offset(_ wallMilliseconds: Int64, _ now: Instant) -> Int64 {
        now.nanoseconds &- wallMilliseconds &* 1_000_000
    }

    /// Both clocks, read together. What was computed before stays as it is.
    package mutating func anchor(wallMilliseconds: Int64, at now: Instant) {
        toMonotonic = Self.offset(wallMilliseconds, now)
    }

    package func wallNanoseconds(at now: Instant) -> Int64 { now.nanoseconds &- toMonotonic }

    /// `false`: the plan is none that is newer. After `true` everything that waits is due at another time.
    package mutating func follow(_ newer: ReplayPlan) -> Bool {
        guard newer.epoch > plan.epoch else { return false }
        plan = newer
        return true
    }

    /// Where in the window a time is; its beginning is inside, its end behind it.
    package func place(of timestamp: Int64) -> Place {
        if let from, timestamp < from { return .before }
        if let to, timestamp >= to { return .after }
        return .inside
    }

    /// Whether a partition that has come to the end of the window begins again, after so many rounds. A window without
    /// bounds has no length to repeat.
    package func repeats(afterRounds rounds: Int64) -> Bool { roundMilliseconds != nil && rounds < loops }

    private var roundMilliseconds: Int64? {
        guard let from, let to, to > from else { return nil }
        return to - from
    }

    /// When a record is due in a round of the window, the first being 0. A record without a time (-1) is due at once, so it
    /// goes with the one before it. A paused plan has nothing due: `isPaused` says so, and records keep their instants.
    package func due(of timestamp: Int64, loop: Int64 = 0) -> Instant {
        guard timestamp >= 0 else { return Instant(nanoseconds: .min) }
        let rounds = (loop &- plan.loop).multipliedReportingOverflow(by: roundMilliseconds ?? 0)
        let time = timestamp.addingReportingOverflow(rounds.partialValue)
        guard !rounds.overflow, !time.overflow else { return Instant(nanoseconds: .max) }
        let (instant, overflow) = plan.dueNanoseconds(of: time.partialValue).addingReportingOverflow(toMonotonic)
        guard overflow else { return Instant(nanoseconds: instant) }
        return Instant(nanoseconds: toMonotonic < 0 ? .min : .max)
    }

    package func isPaused(at now: Instant) -> Bool {
        guard let paused = plan.pausedNanoseconds else { return false }
        return wallNanoseconds(at: now) >= paused
    }

    /// Up to which due instant records may go at all; behind a pause none may.
    package func bound(at now: Instant) -> Instant {
        guard let paused = plan.pausedNanoseconds else { return now }
        let (instant, overflow) = paused.addingReportingOverflow(toMonotonic)
        return overflow ? now : min(now, Instant(nanoseconds: instant))
    }
}
