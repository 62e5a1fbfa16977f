import CRdKafka
import Model

/// Requests that librdkafka answers with an event on a queue.
extension AdminClient {
    /// Creates topics. The outcome of each is told apart; the call throws when there was no answer at all.
    ///
    /// - Parameter isTrial: the broker says what would happen, and does nothing.
    package func create(
        _ topics: [NewTopic], isTrial: Bool = false, timeoutMilliseconds: Int32
    ) throws(KafkaFault) -> [TopicOutcome] {
        guard !topics.isEmpty else { return [] }
        var requests: [OpaquePointer?] = unsafe []
        defer { unsafe requests.forEach { unsafe rd_kafka_NewTopic_destroy($0) } }
        for topic in topics { unsafe requests.append(try Self.request(for: topic)) }
        let operation = RD_KAFKA_ADMIN_OP_CREATETOPICS
        let event = try unsafe ask("rd_kafka_CreateTopics", operation, timeoutMilliseconds, isTrial) {
            unsafe rd_kafka_CreateTopics(client.pointer, &requests, requests.count, $0, $1)
        }
        var count = 0
        let results = unsafe rd_kafka_CreateTopics_result_topics(
            rd_kafka_event_CreateTopics_result(event.pointer), &count)
        return unsafe Self.outcomes("rd_kafka_CreateTopics", results, count)
    }

    private static func request(for topic: NewTopic) throws(KafkaFault) -> OpaquePointer {
        guard
            let request = unsafe rd_kafka_NewTopic_new(
                topic.name, topic.partitions, topic.replicationFactor, nil, 0)
        else {
            throw KafkaFault(
                call: "rd_kafka_NewTopic_new", code: RD_KAFKA_RESP_ERR__INVALID_ARG,
                reason: "\(topic.partitions) partitions, replication factor \(topic.replicationFactor)",
                subject: topic.name)
        }
        for setting in topic.settings {
            let code = unsafe rd_kafka_NewTopic_set_config(request, setting.name, setting.value)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            unsafe rd_kafka_NewTopic_destroy(request)
            throw KafkaFault(
                call: "rd_kafka_NewTopic_set_config", code: code, subject: "\(setting.name) of \(topic.name)")
        }
        return unsafe request
    }

    /// Adds partitions to topics.
    ///
    /// - Parameter isTrial: the broker says what would happen, and does nothing.
    package func grow(
        _ topics: [TopicGrowth], isTrial: Bool = false, timeoutMilliseconds: Int32
    ) throws(KafkaFault) -> [TopicOutcome] {
        guard !topics.isEmpty else { return [] }
        var requests: [OpaquePointer?] = unsafe []
        defer { unsafe requests.forEach { unsafe rd_kafka_NewPartitions_destroy($0) } }
        for topic in topics {
            let request = unsafe rd_kafka_NewPartitions_new(topic.name, Int(topic.partitions), nil, 0)
            guard let request = unsafe request else {
                throw KafkaFault(
                    call: "rd_kafka_NewPartitions_new", code: RD_KAFKA_RESP_ERR__INVALID_ARG,
                    reason: "\(topic.partitions) partitions", subject: topic.name)
            }
            unsafe requests.append(request)
        }
        let operation = RD_KAFKA_ADMIN_OP_CREATEPARTITIONS
        let event = try unsafe ask("rd_kafka_CreatePartitions", operation, timeoutMilliseconds, isTrial) {
            unsafe rd_kafka_CreatePartitions(client.pointer, &requests, requests.count, $0, $1)
        }
        var count = 0
        let results = unsafe rd_kafka_CreatePartitions_result_topics(
            rd_kafka_event_CreatePartitions_result(event.pointer), &count)
        return unsafe Self.outcomes("rd_kafka_CreatePartitions", results, count)
    }

    /// Deletes topics and what is in them. The outcome of each is told apart.
    package func delete(_ topics: [String], timeoutMilliseconds: Int32) throws(KafkaFault) -> [TopicOutcome] {
        guard !topics.isEmpty else { return [] }
        var requests: [OpaquePointer?] = unsafe topics.map { unsafe rd_kafka_DeleteTopic_new($0) }
        defer { unsafe requests.forEach { unsafe rd_kafka_DeleteTopic_destroy($0) } }
        let event = try unsafe ask("rd_kafka_DeleteTopics", RD_KAFKA_ADMIN_OP_DELETETOPICS, timeoutMilliseconds) {
            unsafe rd_kafka_DeleteTopics(client.pointer, &requests, requests.count, $0, $1)
        }
        var count = 0
        let results = unsafe rd_kafka_DeleteTopics_result_topics(
            rd_kafka_event_DeleteTopics_result(event.pointer), &count)
        return unsafe Self.outcomes("rd_kafka_DeleteTopics", results, count)
    }

    /// A topic's settings as they are in force, defaults included. Settings without a readable value are left out.
    package func topicSettings(
        of name: String, timeoutMilliseconds: Int32
    ) throws(KafkaFault) -> [String: String] {
        var request = unsafe rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name)
        defer { unsafe rd_kafka_ConfigResource_destroy(request) }
        let event = try unsafe ask("rd_kafka_DescribeConfigs", RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeoutMilliseconds) {
            unsafe rd_kafka_DescribeConfigs(client.pointer, &request, 1, $0, $1)
        }
        var count = 0
        let resources = unsafe rd_kafka_DescribeConfigs_result_resources(
            rd_kafka_event_DescribeConfigs_result(event.pointer), &count)
        var settings: [String: String] = [:]
        for index in 0..<count {
            let resource = unsafe resources?[index]
            let code = unsafe rd_kafka_ConfigResource_error(resource)
            if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                throw KafkaFault(
                    call: "rd_kafka_DescribeConfigs", code: code,
                    reason: unsafe cText(rd_kafka_ConfigResource_error_string(resource)), subject: name)
            }
            var entryCount = 0
            let entries = unsafe rd_kafka_ConfigResource_configs(resource, &entryCount)
            for entry in 0..<entryCount {
                guard let value = unsafe rd_kafka_ConfigEntry_value(entries?[entry]) else { continue }
                settings[unsafe cText(rd_kafka_ConfigEntry_name(entries?[entry]))] =
                    unsafe cText(value)
            }
        }
        return settings
    }

    /// Sends one request and waits for its answer.
    private func ask(
        _ call: StaticString, _ operation: rd_kafka_admin_op_t, _ timeoutMilliseconds: Int32, _ isTrial: Bool = false,
        send: (_ options: OpaquePointer?, _ queue: OpaquePointer?) -> Void
    ) throws(KafkaFault) -> AdminAnswer {
        let options = unsafe rd_kafka_AdminOptions_new(client.pointer, operation)
        let queue = unsafe rd_kafka_queue_new(client.pointer)
        defer {
            unsafe rd_kafka_queue_destroy(queue)
            unsafe rd_kafka_AdminOptions_destroy(options)
        }
        // librdkafka ends the request itself at its time-out; the second more is for the answer's way to the queue.
        unsafe rd_kafka_AdminOptions_set_request_timeout(options, timeoutMilliseconds, nil, 0)
        if operation != RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS {
            unsafe rd_kafka_AdminOptions_set_operation_timeout(options, timeoutMilliseconds, nil, 0)
        }
        if isTrial { unsafe rd_kafka_AdminOptions_set_validate_only(options, 1, nil, 0) }
        unsafe send(options, queue)
        guard let event = unsafe rd_kafka_queue_poll(queue, timeoutMilliseconds + 1_000) else {
            throw KafkaFault(call: call, code: RD_KAFKA_RESP_ERR__TIMED_OUT, subject: "the cluster")
        }
        let answer = unsafe AdminAnswer(event)
        let code = unsafe rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw KafkaFault(
                call: call, code: code, reason: unsafe cText(rd_kafka_event_error_string(event)),
                subject: "the cluster")
        }
        return answer
    }

    private static func outcomes(
        _ call: StaticString, _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int
    ) -> [TopicOutcome] {
        (0..<count).map { index in
            let result = unsafe results?[index]
            let name = unsafe cText(rd_kafka_topic_result_name(result))
            let code = unsafe rd_kafka_topic_result_error(result)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return TopicOutcome(name: name, fault: nil) }
            let reason = unsafe rd_kafka_topic_result_error_string(result).map { unsafe String(cString: $0) }
            return TopicOutcome(
                name: name, fault: KafkaFault(call: call, code: code, reason: reason, subject: name))
        }
    }
}

/// Owns the event that answers an admin request; the results live in it.
@safe private struct AdminAnswer: ~Copyable {
    let pointer: OpaquePointer

    init(_ event: OpaquePointer) {
        unsafe self.pointer = event
    }

    deinit {
        unsafe rd_kafka_event_destroy(pointer)
    }
}
