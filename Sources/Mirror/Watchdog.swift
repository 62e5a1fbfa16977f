import KafkaPorts
import Model
import Synchronization

/// Ends a process whose lane is stuck in a call that librdkafka does not bound, while the coordinator answers others.
/// A plain outage is waited for.
final class Watchdog: Sendable {
    private let lanes: [LaneThread]
    private let fence: Fence
    private let isAsking = Atomic<Bool>(false)
    private static let marginMilliseconds: Int64 = 30_000

    init(lanes: [LaneThread], fence: Fence) {
        self.lanes = lanes
        self.fence = fence
    }

    /// Asks the coordinator on a thread of its own when a lane is overdue; `bark` is called there.
    func look(bark: @escaping @Sendable (FlowFault) -> Void) {
        let now = Instant.now
        guard let lane = lanes.first(where: { $0.vitals.isOverdue(at: now, byMilliseconds: Self.marginMilliseconds) })
        else { return }
        guard !isAsking.exchange(true, ordering: .acquiringAndReleasing) else { return }
        startThread("martlet-watchdog") { [self] in
            let answers = fence.coordinatorAnswers(timeoutMilliseconds: 5_000)
            if answers, lane.vitals.isOverdue(at: .now, byMilliseconds: Self.marginMilliseconds) {
                bark(
                    FlowFault(
                        "lane \(lane.number) is stuck in a call to the destination that should have ended "
                            + "\(Self.marginMilliseconds / 1_000) s ago, while the group's coordinator answers",
                        remedy: "the process ends so that others take over; a restart heals it"))
            }
            isAsking.store(false, ordering: .releasing)
        }
    }
}
