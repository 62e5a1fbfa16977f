import Model

/// The cluster that is mirrored from: logs with holes, which grow while they are read.
final class SourceCluster {
    private(set) var topics: [String: [SourceLog]] = [:]

    func log(_ partition: TopicPartition) -> SourceLog? {
        guard let logs = topics[partition.topic], Int(partition.partition) < logs.count else { return nil }
        return logs[Int(partition.partition)]
    }

    var logs: [SourceLog] { topics.sorted { $0.key < $1.key }.flatMap(\.value) }

    /// Adds partitions to a topic, which begins to exist with its first one.
    func grow(_ topic: String, by count: Int) {
        for _ in 0..<count {
            let number = Int32(topics[topic]?.count ?? 0)
            topics[topic, default: []].append(SourceLog(TopicPartition(topic, number)))
        }
    }
}

/// One source partition. A record is its offset: which record a destination got is told by it.
final class SourceLog {
    let partition: TopicPartition
    /// Offsets that hold a record; the others are holes, as compaction and control records leave them.
    private(set) var offsets: [Int64] = []
    /// The next offset to be written.
    private(set) var end: Int64 = 0
    /// Offsets of records that the destination will never take.
    var refused: Set<Int64> = []
    /// Whether a fault of the source was ever shown for it: its lane sets it aside then.
    var isFaulted = false
    /// Whether the source does not show it: deleted for good, or for a while as if it were.
    var isHidden = false
    var wasHidden = false
    /// Hidden for good: nobody can mirror what is left of it.
    var isDeleted = false

    init(_ partition: TopicPartition) {
        self.partition = partition
    }

    func append(_ count: Int, _ random: inout SimRandom) {
        for _ in 0..<count {
            if random.chance(0.15) { end += Int64(random.pick(1...3)) }
            offsets.append(end)
            end += 1
        }
        if random.chance(0.2) { end += 1 }
    }

    /// The place in `offsets` of the first record at or after `offset`.
    func place(of offset: Int64) -> Int {
        var low = 0
        var high = offsets.count
        while low < high {
            let middle = (low + high) / 2
            if offsets[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
