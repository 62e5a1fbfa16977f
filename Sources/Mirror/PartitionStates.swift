import Engine
import Model

/// The states of this process' partitions as they are shown: what the lanes say of them, and what no lane can see. A
/// lane that waits for reads or for reports looks the same whether there is nothing to do or nothing comes.
package struct PartitionStates {
    private struct Standing {
        var position: Int64
        var since: Instant
    }

    private var look = SourceLook()
    private var standing: [TopicPartition: Standing] = [:]
    /// Those that wait for what no lane sees, and why.
    private var waiting: [TopicPartition: String] = [:]
    private var notedAt: Instant?

    /// Longer than any commit takes in which anything moves at all.
    private let standstillMilliseconds: Int64
    /// Thousands of partitions change their states no faster than few, and each look costs more.
    private var intervalMilliseconds: Int64 { min(10_000, max(1_000, 2 * Int64(standing.count))) }

    /// - Parameter commitIntervalMilliseconds: positions move that often at most.
    package init(commitIntervalMilliseconds: Int64) {
        standstillMilliseconds = 30_000 + commitIntervalMilliseconds
    }

    /// A partition that began to wait, or to go on (without a reason).
    package struct Change: Hashable, Sendable {
        package let partition: TopicPartition
        package let reason: String?

        package init(partition: TopicPartition, reason: String?) {
            self.partition = partition
            self.reason = reason
        }
    }

    /// Looks once a second, at thousands of partitions less often. Answers what has changed.
    package mutating func note(
        _ partitions: @autoclosure () -> [LaneBoard.Partition], _ look: @autoclosure () -> SourceLook, at now: Instant
    ) -> [Change] {
        if let notedAt, now.milliseconds(since: notedAt) < intervalMilliseconds { return [] }
        notedAt = now
        let (partitions, look) = (partitions(), look())
        self.look = look
        let before = waiting
        waiting = [:]
        var stood: [TopicPartition: Standing] = [:]
        for partition in partitions {
            let last = standing[partition.source]
            let hasMoved = last?.position != partition.position || !isBehind(partition)
            let standing = hasMoved ? Standing(position: partition.position, since: now) : last
            stood[partition.source] = standing
            guard partition.claimsToMove else { continue }
            if let obstacle = look.obstacles[partition.source] {
                waiting[partition.source] = obstacle
            } else if let since = standing?.since, now.milliseconds(since: since) >= standstillMilliseconds {
                waiting[partition.source] =
                    "its position has not moved for \(standstillMilliseconds / 1_000) s, though it is behind"
            }
        }
        standing = stood
        return changes(since: before, among: partitions)
    }

    /// As it is shown: its state, and where it ends.
    package func shown(_ partition: LaneBoard.Partition) -> (state: String, end: Int64?) {
        // Nothing is behind of what there is no more.
        if partition.isGone { return (partition.state, nil) }
        let end = [partition.end, look.ends[partition.source]].compactMap(\.self).max()
        guard partition.claimsToMove, let reason = waiting[partition.source] else { return (partition.state, end) }
        return ("waiting: \(reason)", end)
    }

    private func isBehind(_ partition: LaneBoard.Partition) -> Bool {
        shown(partition).end.map { $0 > partition.position } ?? false
    }

    private func changes(since before: [TopicPartition: String], among partitions: [LaneBoard.Partition]) -> [Change] {
        let begun = waiting.filter { before[$0.key] != $0.value }.map { Change(partition: $0.key, reason: $0.value) }
        // One that was given away, or that its lane says more of, does not go on here.
        let moving = partitions.filter { $0.claimsToMove && before[$0.source] != nil && waiting[$0.source] == nil }
        return (begun + moving.map { Change(partition: $0.source, reason: nil) }).sorted { $0.partition < $1.partition }
    }
}

extension LaneBoard.Partition {
    /// Whether its lane knows of nothing that is in its way.
    fileprivate var claimsToMove: Bool { !isGone && !state.hasPrefix("waiting") && !state.hasPrefix("stopped") }
}
