import Model
import RdKafka

/// The topics of a flow's own in the destination: made where they are missing, taken as they are where they exist.
package struct LedgerTopics: Sendable {
    let flow: FlowDefinition
    let admin: AdminClient
    static let timeoutMilliseconds: Int32 = 10_000

    package init(flow: FlowDefinition, admin: AdminClient) {
        self.flow = flow
        self.admin = admin
    }

    package func ensureControl() throws(KafkaFault) {
        _ = try ensure(flow.controlTopic, partitions: 1)
    }

    /// The number of slots that the positions topic has. An existing topic keeps its own.
    package func ensurePositions(slots: Int) throws(KafkaFault) -> Int {
        try ensure(flow.positionsTopic, partitions: slots)
    }

    package func ensureQuarantine() throws(KafkaFault) {
        _ = try ensure(flow.quarantineTopic, partitions: 1, settings: Self.quarantineSettings)
    }

    private func ensure(
        _ name: String, partitions: Int, settings: [ClientProperty] = settings
    ) throws(KafkaFault) -> Int {
        if let existing = try admin.topic(name, timeoutMilliseconds: Self.timeoutMilliseconds) {
            return existing.partitions.count
        }
        let replicas = Self.usualReplicas(of: try admin.topics(timeoutMilliseconds: Self.timeoutMilliseconds))
        let topic = NewTopic(
            name: name, partitions: Int32(partitions), replicationFactor: replicas >= 3 ? 3 : -1,
            settings: settings + (replicas >= 3 ? [ClientProperty("min.insync.replicas", "2")] : []))
        let outcome = try admin.create([topic], timeoutMilliseconds: Self.timeoutMilliseconds).first
        if let fault = outcome?.fault, fault.name != "TOPIC_ALREADY_EXISTS" { throw fault }
        return try awaitPartitions(of: name) ?? partitions
    }

    /// What another process made at the same moment counts, so the broker is asked and not assumed. A fresh topic
    /// takes a moment until every broker knows it.
    private func awaitPartitions(of name: String) throws(KafkaFault) -> Int? {
        for _ in 0..<100 {
            let topic = try admin.topic(name, timeoutMilliseconds: Self.timeoutMilliseconds)
            if let topic, !topic.partitions.isEmpty, topic.partitions.allSatisfy({ $0.leader >= 0 }) {
                return topic.partitions.count
            }
            pause(milliseconds: 50)
        }
        return nil
    }

    /// What the cluster's topics have at most.
    static func usualReplicas(of topics: [TopicMetadata]) -> Int {
        topics.flatMap(\.partitions).map(\.replicas.count).max() ?? 0
    }

    /// Commit markers swell a slot by about 80 bytes each, kept for `delete.retention.ms`: minutes, and small segments,
    /// so that compaction can take them away.
    private static let settings = [
        ClientProperty("cleanup.policy", "compact"),
        ClientProperty("segment.bytes", String(16 << 20)),
        ClientProperty("segment.ms", "600000"),
        ClientProperty("min.cleanable.dirty.ratio", "0.1"),
        ClientProperty("delete.retention.ms", "300000"),
        ClientProperty("unclean.leader.election.enable", "false"),
    ]

    /// Kept until somebody has looked, and open for records that other topics find too large: a topic may take more
    /// than `message.max.bytes` of its brokers, and 64 MiB is below the largest request that they read.
    private static let quarantineSettings = [
        ClientProperty("cleanup.policy", "delete"),
        ClientProperty("retention.ms", "-1"),
        ClientProperty("retention.bytes", "-1"),
        ClientProperty("max.message.bytes", String(64 << 20)),
        ClientProperty("message.timestamp.type", "LogAppendTime"),
        ClientProperty("unclean.leader.election.enable", "false"),
    ]
}
