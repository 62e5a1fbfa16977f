import Model

/// Where the reading of one partition begins, and the number under which its reads are handed out.
package struct PartitionStart: Sendable {
    package let index: Int32
    package let partition: TopicPartition
    /// An offset, or librdkafka's -2 for the beginning and -1 for the end.
    package let offset: Int64

    package init(index: Int32, partition: TopicPartition, offset: Int64) {
        self.index = index
        self.partition = partition
        self.offset = offset
    }
}

/// Where the reading of an assigned partition goes on.
package struct SeekTarget: Sendable {
    package let index: Int32
    package let offset: Int64

    package init(index: Int32, offset: Int64) {
        self.index = index
        self.offset = offset
    }
}

/// What a poll met that is no record.
package enum SourceEvent: Sendable {
    /// Everything below `offset` was handed out. Only with `enable.partition.eof`.
    case endOfPartition(index: Int32, offset: Int64)
    case partitionFault(index: Int32, KafkaFault)
    case clientFault(KafkaFault)
}
