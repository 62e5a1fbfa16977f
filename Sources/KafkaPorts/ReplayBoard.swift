import Foundation
import Model
import Shaping
import Synchronization

/// What the lanes of a process share about a replay: the plan that all follow, how far each is, how late records went.
package final class ReplayBoard: Sendable {
    package let definition: ReplayDefinition
    private let state: Mutex<State>
    private let version = Atomic<Int>(0)

    private struct State {
        var schedule: ReplaySchedule?
        /// By the lane's number.
        var fronts: [Int: ReplayFront] = [:]
        var lateness = LatenessHistogram()
    }

    /// A wall clock that runs differently from the monotonic one is followed in steps that nobody sees.
    private static let driftNanoseconds: Int64 = 2_000_000
    private static let overNanoseconds: Int64 = 60_000_000_000

    package init(_ definition: ReplayDefinition) {
        self.definition = definition
        state = Mutex(State())
    }

    package static var wallNanoseconds: Int64 { Int64(Date().timeIntervalSince1970 * 1e9) }

    /// Grows whenever records are due at other instants than before.
    var scheduleVersion: Int { version.load(ordering: .acquiring) }

    var schedule: ReplaySchedule? { state.withLock { $0.schedule } }

    /// The newest plan that the control topic has. One whose window has been over for a minute when it is met is followed by
    /// nobody: all that waits would be due at once. The steward writes another one.
    package func follow(_ plan: ReplayPlan, at now: Instant) {
        let wall = Self.wallNanoseconds
        if let to = definition.to {
            let (age, _) = wall.subtractingReportingOverflow(plan.dueNanoseconds(of: to))
            if schedule == nil, plan.pausedNanoseconds == nil, age > Self.overNanoseconds { return }
        }
        let isNew = state.withLock { state in
            guard state.schedule != nil else {
                state.schedule = ReplaySchedule(plan, wallNanoseconds: wall, at: now)
                return true
            }
            return state.schedule!.follow(plan)
        }
        if isNew { version.add(1, ordering: .releasing) }
    }

    /// Looks whether the wall clock was set.
    package func attendClock(at now: Instant) {
        let wall = Self.wallNanoseconds
        let isNew = state.withLock { state in
            guard let seen = state.schedule?.wallNanoseconds(at: now),
                abs(seen - wall) > Self.driftNanoseconds
            else { return false }
            state.schedule?.anchor(wallNanoseconds: wall, at: now)
            return true
        }
        if isNew { version.add(1, ordering: .releasing) }
    }

    func tell(_ front: ReplayFront, ofLane lane: Int, _ lateness: inout LatenessHistogram) {
        state.withLock { state in
            state.fronts[lane] = front
            if lateness.count > 0 { state.lateness.add(lateness) }
        }
        if lateness.count > 0 { lateness.removeAll() }
    }

    /// How far the lanes are together.
    package func front(instance: String) -> ReplayFront {
        let fronts = state.withLock { Array($0.fronts.values) }
        var front = fronts.dropFirst().reduce(fronts.first ?? ReplayFront(instance: instance)) { $0.joined(with: $1) }
        front.instance = instance
        return front
    }

    /// Of all records that went since the process began.
    package var lateness: LatenessHistogram { state.withLock { $0.lateness } }
}
