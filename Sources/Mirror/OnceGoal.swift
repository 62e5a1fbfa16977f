import Engine
import Model
import Positions

/// `--once`: the end offsets found at the start, and how far this process's partitions are from them.
struct OnceGoal {
    /// With `read_committed` the last stable offsets.
    private let ends: [TopicPartition: Int64]
    /// Registered, and not shown by the source: what that means is to be known, and told, before the end.
    private let absent: [TopicPartition]
    /// Where each partition stood when it was first seen in a lane.
    private var begins: [TopicPartition: Int64] = [:]
    private var positions: [TopicPartition: Int64] = [:]
    private(set) var isReached = false
    /// What will not be copied, and why.
    private(set) var failures: [String: String] = [:]

    /// - Parameter registered: the selected partitions that the flow mirrored before.
    init(ends: [TopicPartition: Int64], registered: [TopicPartition] = []) {
        self.ends = ends
        absent = registered.filter { ends[$0] == nil }
    }

    /// What the goal is judged by.
    struct View {
        let catalogue: Catalogue
        let lanePartitions: [LaneBoard.Partition]
        let heldSlots: Set<Slot>
        /// Whether the group has given this process its share, and lanes hold it.
        let isSettled: Bool
        let refusedTopics: [String: String]
        let stoppedPartitions: [TopicPartition: String]
    }

    /// Offsets to copy in this process's partitions, and how many of them are copied.
    var progress: (done: Int64, total: Int64) {
        var done: Int64 = 0
        var total: Int64 = 0
        for (source, begin) in begins {
            let end = ends[source] ?? begin
            total += max(0, end - begin)
            done += max(0, min(positions[source] ?? begin, end) - begin)
        }
        return (done, total)
    }

    mutating func judge(_ view: View) {
        for partition in view.lanePartitions {
            if begins[partition.source] == nil { begins[partition.source] = partition.position }
            positions[partition.source] = partition.position
        }
        guard view.isSettled, !view.heldSlots.isEmpty else { return }
        failures = [:]
        let held = Dictionary(view.lanePartitions.map { ($0.source, $0) }) { first, _ in first }
        var isComplete = absent.allSatisfy { source in
            guard let slot = view.catalogue.slot(of: source), view.heldSlots.contains(slot),
                view.stoppedPartitions[source] == nil
            else { return true }
            return held[source]?.isJudged ?? false
        }
        for (source, end) in ends {
            guard let slot = view.catalogue.slot(of: source) else {
                // Not registered: refused, or about to be.
                if let reason = view.refusedTopics[source.topic] {
                    failures[source.topic] = reason
                } else {
                    isComplete = false
                }
                continue
            }
            guard view.heldSlots.contains(slot) else { continue }  // Another process copies it.
            let partition = held[source]
            if let reason = view.stoppedPartitions[source] {
                failures[source.description] = reason
            } else if let partition, partition.isGone {
                if partition.position < end { failures[source.description] = partition.state }
            } else if partition.map({ $0.position < end || !$0.isJudged }) ?? true {
                isComplete = false
            }
        }
        isReached = isComplete
    }
}
