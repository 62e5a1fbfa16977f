import Model

package struct TopicMetadata: Sendable {
    package let name: String
    /// In the order of their numbers.
    package let partitions: [PartitionMetadata]
    /// 0, or the broker's error about the topic.
    package let code: Int32
}

package struct PartitionMetadata: Sendable {
    package let number: Int32
    /// The leader's broker id; -1 when there is none.
    package let leader: Int32
    /// Broker ids, the preferred leader first.
    package let replicas: [Int32]
    package let inSyncReplicas: Int
    /// 0, or the broker's error about the partition.
    package let code: Int32
}

package struct NewTopic: Sendable {
    package let name: String
    package let partitions: Int32
    /// -1: the broker's default.
    package let replicationFactor: Int32
    package let settings: [ClientProperty]

    package init(name: String, partitions: Int32, replicationFactor: Int32, settings: [ClientProperty] = []) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.settings = settings
    }
}

package struct TopicGrowth: Sendable {
    package let name: String
    /// How many it shall have afterwards.
    package let partitions: Int32

    package init(name: String, partitions: Int32) {
        self.name = name
        self.partitions = partitions
    }
}

/// What became of one topic of a request.
package struct TopicOutcome: Sendable {
    package let name: String
    /// `nil`: done.
    package let fault: KafkaFault?
}

package enum OffsetQuery: Sendable {
    case earliest
    /// The end of the log; under `read_committed` the last stable offset.
    case latest
    /// The first record with at least this timestamp; the end where there is none.
    case timestamp(milliseconds: Int64)
}

/// One member of a consumer group, as the group's coordinator lists it.
package struct GroupMemberDescription: Sendable {
    package let clientID: String
    package let memberID: String
    package let host: String
}
