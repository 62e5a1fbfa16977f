import Log
import Model

/// Topics that the source has deleted, told once each: their partitions are let go of one by one, by several lanes.
package struct GoneTopics {
    private struct Gone: Hashable {
        let position: Int64
        let reason: String
    }

    private var untold: [TopicPartition: Gone] = [:]
    private var told: [TopicPartition: Gone] = [:]
    private var lastAt: Instant?

    private static let silenceMilliseconds: Int64 = 1_000
    private static let positionsMax = 20

    package init() {}

    package mutating func note(_ source: TopicPartition, position: Int64, reason: String, at now: Instant) {
        let gone = Gone(position: position, reason: reason)
        // A partition that only changed hands is not gone a second time.
        guard told[source]?.position != position, untold[source] != gone else { return }
        untold[source] = gone
        lastAt = now
    }

    /// It is read again, or stopped.
    package mutating func forget(_ source: TopicPartition) {
        told[source] = nil
        untold[source] = nil
    }

    /// What is to be told now: a topic each, once no more of them came for a moment, or at the end.
    package mutating func take(at now: Instant, isEnd: Bool = false) -> [[LogField]] {
        guard !untold.isEmpty, let lastAt, isEnd || now.milliseconds(since: lastAt) >= Self.silenceMilliseconds else {
            return []
        }
        defer {
            told.merge(untold) { $1 }
            untold = [:]
        }
        return Dictionary(grouping: untold, by: \.key.topic).sorted { $0.key < $1.key }.map { topic, partitions in
            let partitions = partitions.sorted { $0.key < $1.key }
            let shown = partitions.prefix(Self.positionsMax).map { "\($0.key.partition): \($0.value.position)" }
            let more = partitions.count - shown.count
            var reasons: [String] = []
            for (_, gone) in partitions where !reasons.contains(gone.reason) { reasons.append(gone.reason) }
            return [
                LogField("topic", topic), LogField("partitions", partitions.count),
                LogField("positions", shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")),
                LogField("reason", reasons.prefix(Self.positionsMax).joined(separator: "; ")),
            ]
        }
    }
}
