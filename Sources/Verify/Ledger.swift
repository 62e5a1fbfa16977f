/// What the source promised to keep, by sequence.
package struct Ledger: Sendable, Equatable {
    package struct Partition: Sendable, Equatable {
        /// The source said that it has these.
        package var acknowledged = IntervalSet()
        /// Sequences `0 ..< sent` were handed to the source.
        package var sent: Int64 = 0

        package init() {}

        /// Sent without an answer, or with a failure: they may be there or not.
        package var unacknowledged: IntervalSet { IntervalSet(0..<sent).subtracting(acknowledged) }
    }

    /// Index: the partition's number.
    package var partitions: [Partition]

    package init(partitions: Int) {
        self.partitions = Array(repeating: Partition(), count: partitions)
    }

    /// Every one of `sent` sequences of each partition acknowledged.
    package init(partitions: Int, allOf sent: Int64) {
        self.init(partitions: partitions)
        for index in self.partitions.indices {
            self.partitions[index].sent = sent
            self.partitions[index].acknowledged = IntervalSet(0..<sent)
        }
    }

    package var acknowledgedCount: Int64 { partitions.reduce(0) { $0 + $1.acknowledged.count } }
    package var sentCount: Int64 { partitions.reduce(0) { $0 + $1.sent } }
}
