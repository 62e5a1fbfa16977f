import CRdKafka

/// What the brokers are asked about topics. The call blocks, and is thread-safe.
@unsafe enum MetadataQuestion {
    case allTopics
    /// Those that the client holds handles of.
    case openTopics
    case topic(OpaquePointer)

    func ask(_ client: OpaquePointer, _ timeoutMilliseconds: Int32) throws(KafkaFault) -> [TopicMetadata] {
        var (isAboutAll, handle, subject) = unsafe (Int32(0), OpaquePointer?.none, "its topics")
        switch unsafe self {
        case .allTopics: (isAboutAll, subject) = (1, "all topics")
        case .openTopics: break
        case .topic(let topic):
            unsafe handle = topic
            subject = unsafe cText(rd_kafka_topic_name(topic))
        }
        var answer: UnsafePointer<rd_kafka_metadata>?
        let code = unsafe rd_kafka_metadata(client, isAboutAll, handle, &answer, timeoutMilliseconds)
        try KafkaFault.check("rd_kafka_metadata", code, on: subject)
        guard let answer = unsafe answer else { return [] }
        defer { unsafe rd_kafka_metadata_destroy(answer) }
        return unsafe (0..<Int(answer.pointee.topic_cnt)).map { unsafe TopicMetadata(answer.pointee.topics[$0]) }
    }
}

extension TopicMetadata {
    fileprivate init(_ topic: rd_kafka_metadata_topic) {
        name = unsafe cText(topic.topic)
        code = unsafe topic.err.rawValue
        partitions = unsafe (0..<Int(topic.partition_cnt))
            .map { unsafe PartitionMetadata(topic.partitions[$0]) }
            .sorted { $0.number < $1.number }
    }
}

extension PartitionMetadata {
    fileprivate init(_ partition: rd_kafka_metadata_partition) {
        number = unsafe partition.id
        leader = unsafe partition.leader
        replicas = unsafe (0..<Int(partition.replica_cnt)).map { unsafe partition.replicas[$0] }
        inSyncReplicas = unsafe Int(partition.isr_cnt)
        code = unsafe partition.err.rawValue
    }
}
