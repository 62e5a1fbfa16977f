import Model

/// The instants at which one partition's records go, when they come from the source later than the plan has them due: after
/// a move from another process, or a source that stood still. The lane's other partitions stay on time.
///
/// It begins with the first late record, now; those behind it follow as the policy says, until the plan is met again.
package struct LateArrival: Sendable {
    private let factor: Double?
    private var begin: Instant?
    private var plannedBegin = Instant(nanoseconds: 0)

    /// Less is no delay that anybody sees, and is made up for at once.
    private static let toleranceNanoseconds: Int64 = 20_000_000

    package init(_ policy: ReplayDefinition.CatchUp) {
        switch policy {
        case .burst: factor = nil
        case .capped(let times): factor = max(times, 1)
        case .shift: factor = 1
        }
    }

    /// When a record goes that the plan has due at `planned` and that has come now. Ask for each, in the partition's order.
    package mutating func due(planned: Instant, at now: Instant) -> Instant {
        guard let factor else { return planned }
        // A record without a time.
        guard planned.nanoseconds > .min else { return now }
        if let begin {
            let followed = Self.following(begin, planned.nanoseconds &- plannedBegin.nanoseconds, factor)
            if planned >= followed { self.begin = nil }
            if max(planned, followed).nanoseconds >= now.nanoseconds &- Self.toleranceNanoseconds {
                return max(planned, followed)
            }
        } else if planned.nanoseconds >= now.nanoseconds &- Self.toleranceNanoseconds {
            return planned
        }
        begin = now
        plannedBegin = planned
        return now
    }

    private static func following(_ begin: Instant, _ distance: Int64, _ factor: Double) -> Instant {
        // Times that go back are put in order by the room in which records wait.
        let length = Double(max(distance, 0)) / factor
        guard length < 9e18 else { return Instant(nanoseconds: .max) }
        let (sum, overflow) = begin.nanoseconds.addingReportingOverflow(Int64(length))
        return Instant(nanoseconds: overflow ? .max : sum)
    }

    /// The partition was set to another position, or the plan is another one.
    package mutating func reset() {
        begin = nil
    }
}
