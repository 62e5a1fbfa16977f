import Model

/// What the destination says of a flow's own topics at one moment.
package struct LedgerLook: Sendable {
    /// How many partitions each topic has; a topic that is not there is left out.
    package var partitions: [String: Int] = [:]
    package var starts: [TopicPartition: Int64] = [:]
    /// Asked for before the offsets by time: what is written in between must not make those look smaller.
    package var ends: [TopicPartition: Int64] = [:]
    /// The first offset that is not older than the anchor of the look before.
    package var sinceAnchor: [TopicPartition: Int64] = [:]
    /// The first offset that is not older than this look's own anchor.
    package var sinceNow: [TopicPartition: Int64] = [:]

    package init() {}
}

/// Whether a flow's own topics are still the ones that it began with: a value that is shown one look after the other.
///
/// No library shows topic ids everywhere, so the logs prove it themselves. Appending and compaction leave three numbers
/// of a log where they are or move them up: its end, and the first offset that is not older than some moment. A topic
/// made anew begins at 0 with records that are all younger than the look before, however far it has grown meanwhile. The
/// log's start does not move in a compacted topic unless records are deleted.
package struct LedgerProof {
    private let expected: [String: Int]
    private var starts: [TopicPartition: Int64] = [:]
    private var ends: [TopicPartition: Int64] = [:]
    /// What a later look must not fall below, asked for the same moment.
    private var anchored: [TopicPartition: Int64] = [:]
    private var doubtsInARow = 0
    /// Whether the next look is to ask for the same moment as this one.
    package private(set) var keepsAnchor = false

    /// A broker that has just started may not know a topic for a moment.
    private static let looksWithoutTopic = 3
    /// A leader that has just changed may not know the end of its log for a moment.
    private static let looksInDoubt = 2

    /// - Parameter expected: how many partitions of each topic count.
    package init(expected: [String: Int]) {
        self.expected = expected
    }

    /// What is lost, once looks in a row have shown it.
    package mutating func note(_ look: LedgerLook) -> String? {
        keepsAnchor = true
        if let loss = loss(in: look) {
            doubtsInARow += 1
            return doubtsInARow >= loss.looks ? loss.reason : nil
        }
        // A look with holes neither confirms a doubt nor ends it.
        guard isComplete(look) else { return nil }
        keepsAnchor = false
        doubtsInARow = 0
        starts.merge(look.starts) { first, _ in first }
        ends = look.ends
        anchored = look.sinceNow.merging(look.ends) { min($0, $1) }
        return nil
    }

    private func isComplete(_ look: LedgerLook) -> Bool {
        let count = expected.values.reduce(0, +)
        return [look.starts, look.ends, look.sinceNow].allSatisfy { $0.count == count }
    }

    private func loss(in look: LedgerLook) -> (reason: String, looks: Int)? {
        for (topic, count) in expected.sorted(by: { $0.key < $1.key }) {
            guard let found = look.partitions[topic] else {
                return ("the topic \(topic) was deleted", Self.looksWithoutTopic)
            }
            // One that was grown by hand has lost nothing: the logs say more.
            if found < count {
                return (
                    "the topic \(topic) was deleted and made anew: it has \(found) partitions, and had \(count)",
                    Self.looksInDoubt
                )
            }
        }
        for (partition, end) in ends.sorted(by: { $0.key < $1.key }) {
            if let now = look.ends[partition], now < end {
                return (
                    "the topic \(partition.topic) was deleted and made anew, or truncated: partition "
                        + "\(partition.partition) ends at offset \(now), and ended at \(end)", Self.looksInDoubt
                )
            }
            if let first = anchored[partition], let now = look.sinceAnchor[partition], now < first {
                return (
                    "the topic \(partition.topic) was deleted and made anew: all that partition "
                        + "\(partition.partition) holds is younger than what it held before", Self.looksInDoubt
                )
            }
            if let start = starts[partition], let now = look.starts[partition], now > start {
                return (
                    "records of the topic \(partition.topic) were deleted: partition \(partition.partition) begins at "
                        + "offset \(now), and began at \(start)", Self.looksInDoubt
                )
            }
        }
        return nil
    }
}
