import CRdKafka
import Dispatch
import Model

/// Everything that is asked rarely, from any thread; each call blocks.
///
/// A consumer-type instance, because `isolation.level` must count for offsets, and because a question about an
/// unknown topic must not create it.
/// `@unchecked Sendable`: the handle is constant, and every librdkafka call made on it here is thread-safe.
@safe package final class AdminClient: @unchecked Sendable {
    let client: ClientHandle

    package init(_ configuration: ClientConfiguration, log: @escaping ClientLogger) throws(KafkaFault) {
        client = try unsafe ClientHandle(RD_KAFKA_CONSUMER, configuration, box: CallbackBox(log: log))
    }

    /// `nil`: no broker answered in time, or the brokers have none.
    package func clusterID(timeoutMilliseconds: Int32) -> String? {
        // The question alone makes no connection: a new client would wait up to a second for another reason to make one.
        var brokers: UnsafePointer<rd_kafka_metadata>?
        guard
            unsafe rd_kafka_metadata(client.pointer, 0, nil, &brokers, timeoutMilliseconds)
                == RD_KAFKA_RESP_ERR_NO_ERROR
        else { return nil }
        unsafe rd_kafka_metadata_destroy(brokers)
        guard let string = unsafe rd_kafka_clusterid(client.pointer, timeoutMilliseconds) else { return nil }
        defer { unsafe rd_kafka_mem_free(client.pointer, string) }
        return unsafe cText(string)
    }

    // MARK: Metadata

    /// All topics of the cluster that this client may see.
    package func topics(timeoutMilliseconds: Int32) throws(KafkaFault) -> [TopicMetadata] {
        unsafe try MetadataQuestion.allTopics.ask(client.pointer, timeoutMilliseconds)
    }

    /// `nil`: there is no such topic. It is not created.
    package func topic(_ name: String, timeoutMilliseconds: Int32) throws(KafkaFault) -> TopicMetadata? {
        guard let handle = unsafe rd_kafka_topic_new(client.pointer, name, nil) else {
            throw KafkaFault(call: "rd_kafka_topic_new", code: rd_kafka_last_error(), subject: "a topic name")
        }
        defer { unsafe rd_kafka_topic_destroy(handle) }
        let all = unsafe try MetadataQuestion.topic(handle).ask(client.pointer, timeoutMilliseconds)
        let absent = [RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART.rawValue, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC.rawValue]
        let found = all.first { $0.name == name && !absent.contains($0.code) }
        // Of a topic that this client may not see nothing is known: not even that it has no partitions.
        if let found, found.code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED.rawValue {
            throw KafkaFault(
                call: "rd_kafka_metadata", code: RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, subject: name)
        }
        return found
    }

    // MARK: Offsets

    /// - Returns: for each partition the offset, or why it has none.
    package func offsets(
        of partitions: [TopicPartition], at query: OffsetQuery, timeoutMilliseconds: Int32
    ) throws(KafkaFault) -> [TopicPartition: Result<Int64, KafkaFault>] {
        guard !partitions.isEmpty else { return [:] }
        // librdkafka hands the number to ListOffsets as it is, where -1 and -2 mean the end and the beginning.
        switch query {
        case .earliest: return try listOffsets(partitions, Int64(RD_KAFKA_OFFSET_BEGINNING), timeoutMilliseconds)
        case .latest: return try listOffsets(partitions, Int64(RD_KAFKA_OFFSET_END), timeoutMilliseconds)
        case .timestamp(let milliseconds):
            // Below 0 there are only numbers with a meaning of their own, and no record's timestamp.
            var found = try listOffsets(partitions, max(0, milliseconds), timeoutMilliseconds)
            let beyond = partitions.filter { partition in
                if case .success(let offset) = found[partition] { offset < 0 } else { false }
            }
            guard !beyond.isEmpty else { return found }
            let ends = try listOffsets(beyond, Int64(RD_KAFKA_OFFSET_END), timeoutMilliseconds)
            found.merge(ends) { _, end in end }
            return found
        }
    }

    /// Where partitions end, as far as that is told in time: for those who cannot wait longer.
    package func knownEnds(of partitions: [TopicPartition], timeoutMilliseconds: Int32) -> [TopicPartition: Int64] {
        answers(partitions, Int64(RD_KAFKA_OFFSET_END), timeoutMilliseconds).compactMapValues { try? $0.get() }
    }

    private func listOffsets(
        _ partitions: [TopicPartition], _ timestamp: Int64, _ timeoutMilliseconds: Int32
    ) throws(KafkaFault) -> [TopicPartition: Result<Int64, KafkaFault>] {
        let offsets = answers(partitions, timestamp, timeoutMilliseconds)
        askForLeaders(of: Set(offsets.filter { (try? $0.value.get()) == nil }.keys.map(\.topic)))
        return offsets
    }

    /// librdkafka finds the place of each answer by searching the list, so thousands are asked for in four parts.
    private func answers(
        _ partitions: [TopicPartition], _ timestamp: Int64, _ timeoutMilliseconds: Int32
    ) -> [TopicPartition: Result<Int64, KafkaFault>] {
        let wanted = Array(Set(partitions))
        let deadline = DispatchTime.now() + .milliseconds(Int(timeoutMilliseconds))
        let part = max(Self.partInquiredMin, (wanted.count + 3) / 4)
        var offsets: [TopicPartition: Result<Int64, KafkaFault>] = [:]
        for start in stride(from: 0, to: wanted.count, by: part) {
            let list = PartitionList(capacity: part)
            for partition in wanted[start..<min(start + part, wanted.count)] { list.add(partition, offset: timestamp) }
            let code = unsafe rd_kafka_offsets_for_times(client.pointer, list.pointer, deadline.millisecondsLeft)
            for index in 0..<list.count {
                let partition = list.partition(at: index)
                // A call that failed as a whole leaves the question in the place of the answer.
                let judged = list.code(at: index) == RD_KAFKA_RESP_ERR_NO_ERROR ? code : list.code(at: index)
                offsets[partition] =
                    judged == RD_KAFKA_RESP_ERR_NO_ERROR
                    ? .success(list.offset(at: index))
                    : .failure(
                        KafkaFault(call: "rd_kafka_offsets_for_times", code: judged, subject: "\(partition)"))
            }
        }
        return offsets
    }

    private static let partInquiredMin = 500

    /// After a question that failed, so that the next one goes to the right broker. librdkafka believes for 15 minutes
    /// what it has heard of leaders (`metadata.max.age.ms`), also when such a leader refuses or is gone: by itself it
    /// asks again only about topics that somebody has a handle of.
    private func askForLeaders(of topics: Set<String>) {
        if topics.count > Self.topicsAskedForMax {
            _ = try? self.topics(timeoutMilliseconds: Self.leadersTimeoutMilliseconds)
        } else {
            for topic in topics { _ = try? self.topic(topic, timeoutMilliseconds: Self.leadersTimeoutMilliseconds) }
        }
    }

    /// More than these are asked for in one question for all topics.
    private static let topicsAskedForMax = 4
    private static let leadersTimeoutMilliseconds: Int32 = 2_000

    /// The log's first offset and its end, asked of the leader; under `read_committed` the end is the last stable
    /// offset.
    package func watermarks(
        of partition: TopicPartition, timeoutMilliseconds: Int32
    ) throws(KafkaFault) -> (low: Int64, high: Int64) {
        var low: Int64 = 0
        var high: Int64 = 0
        let code = unsafe rd_kafka_query_watermark_offsets(
            client.pointer, partition.topic, partition.partition, &low, &high, timeoutMilliseconds)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { askForLeaders(of: [partition.topic]) }
        try KafkaFault.check("rd_kafka_query_watermark_offsets", code, on: "\(partition)")
        return (low, high)
    }

    // MARK: Groups

    /// The members of a group, as its coordinator knows them; none when there is no such group.
    package func groupMembers(
        of group: String, timeoutMilliseconds: Int32
    ) throws(KafkaFault) -> [GroupMemberDescription] {
        var answer: UnsafePointer<rd_kafka_group_list>?
        let code = unsafe rd_kafka_list_groups(client.pointer, group, &answer, timeoutMilliseconds)
        try KafkaFault.check("rd_kafka_list_groups", code, on: "the group \(group)")
        guard let answer = unsafe answer else { return [] }
        defer { unsafe rd_kafka_group_list_destroy(answer) }
        var members: [GroupMemberDescription] = []
        for index in 0..<Int(unsafe answer.pointee.group_cnt) {
            let listed = unsafe answer.pointee.groups[index]
            try unsafe KafkaFault.check("rd_kafka_list_groups", listed.err, on: "the group \(group)")
            for member in 0..<Int(unsafe listed.member_cnt) {
                members.append(unsafe GroupMemberDescription(listed.members[member]))
            }
        }
        return members
    }
}

extension GroupMemberDescription {
    fileprivate init(_ member: rd_kafka_group_member_info) {
        clientID = unsafe cText(member.client_id)
        memberID = unsafe cText(member.member_id)
        host = unsafe cText(member.client_host)
    }
}
