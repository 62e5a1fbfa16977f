import KafkaPorts
import Model
import Synchronization

/// Ends a process whose lane is stuck in a call that librdkafka does not bound, while the coordinator answers others.
/// A plain outage is waited for.
package final class Watchdog: Sendable {
    private let lanes: [LaneVitals]
    private let coordinatorAnswers: @Sendable () -> Bool
    private let isAsking = Atomic<Bool>(false)
    private static let marginMilliseconds: Int64 = 30_000

    /// - Parameters:
    ///   - lanes: by their numbers.
    ///   - coordinatorAnswers: asks it by another handle than the lanes'; may block.
    package init(lanes: [LaneVitals], coordinatorAnswers: @escaping @Sendable () -> Bool) {
        self.lanes = lanes
        self.coordinatorAnswers = coordinatorAnswers
    }

    /// Asks the coordinator on a thread of its own when a lane is overdue; `bark` is called there.
    package func look(bark: @escaping @Sendable (FlowFault) -> Void) {
        let now = Instant.now
        guard
            let number = lanes.firstIndex(where: { $0.isOverdue(at: now, byMilliseconds: Self.marginMilliseconds) })
        else { return }
        guard !isAsking.exchange(true, ordering: .acquiringAndReleasing) else { return }
        startThread("martlet-watchdog") { [self] in
            // Looked at once more: it may have come back while the coordinator was asked.
            if coordinatorAnswers(), lanes[number].isOverdue(at: .now, byMilliseconds: Self.marginMilliseconds) {
                bark(
                    FlowFault(
                        "lane \(number) is stuck in a call to the destination that should have ended "
                            + "\(Self.marginMilliseconds / 1_000) s ago, while the group's coordinator answers",
                        remedy: "the process ends so that others take over; a restart heals it"))
            }
            isAsking.store(false, ordering: .releasing)
        }
    }
}
