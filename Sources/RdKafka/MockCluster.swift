import CRdKafka

/// librdkafka's cluster inside the process: for tests, and for the demonstration.
///
/// `@unchecked Sendable`: the pointers are constant, and the mock cluster takes its commands through a queue of its
/// own.
@safe package final class MockCluster: @unchecked Sendable {
    private let client: ClientHandle
    private let cluster: OpaquePointer

    /// Broker ids are 1 to `brokers`.
    package init(brokers: Int) throws(KafkaFault) {
        let configuration = ClientConfiguration(bootstrap: "", properties: [], clientID: "mock")
        client = try unsafe ClientHandle(RD_KAFKA_PRODUCER, configuration, box: CallbackBox { _ in })
        guard let cluster = unsafe rd_kafka_mock_cluster_new(client.pointer, Int32(brokers)) else {
            throw KafkaFault(
                call: "rd_kafka_mock_cluster_new", code: RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE,
                subject: "\(brokers) brokers")
        }
        unsafe self.cluster = cluster
    }

    deinit {
        unsafe rd_kafka_mock_cluster_destroy(cluster)
    }

    package var bootstrap: String { unsafe cText(rd_kafka_mock_cluster_bootstraps(cluster)) }

    package func createTopic(_ name: String, partitions: Int32, replicationFactor: Int32) throws(KafkaFault) {
        let code = unsafe rd_kafka_mock_topic_create(cluster, name, partitions, replicationFactor)
        try KafkaFault.check("rd_kafka_mock_topic_create", code, on: name)
    }

    /// The next requests of this kind are answered with these codes, one each.
    package func pushErrors(apiKey: Int16, codes: [Int32]) {
        let codes = codes.map { rd_kafka_resp_err_t($0) }
        unsafe rd_kafka_mock_push_request_errors_array(cluster, apiKey, codes.count, codes)
    }

    package func clearErrors(apiKey: Int16) {
        unsafe rd_kafka_mock_clear_request_errors(cluster, apiKey)
    }

    /// Which versions of a kind of request the brokers speak.
    package func setVersions(apiKey: Int16, _ versions: ClosedRange<Int16>) throws(KafkaFault) {
        let code = unsafe rd_kafka_mock_set_apiversion(cluster, apiKey, versions.lowerBound, versions.upperBound)
        try KafkaFault.check("rd_kafka_mock_set_apiversion", code, on: "requests of kind \(apiKey)")
    }

    package func setBroker(_ id: Int32, isUp: Bool) throws(KafkaFault) {
        let code =
            isUp ? unsafe rd_kafka_mock_broker_set_up(cluster, id) : unsafe rd_kafka_mock_broker_set_down(cluster, id)
        try KafkaFault.check("rd_kafka_mock_broker_set_up", code, on: "broker \(id)")
    }

    package func setLeader(of topic: String, partition: Int32, broker: Int32) throws(KafkaFault) {
        let code = unsafe rd_kafka_mock_partition_set_leader(cluster, topic, partition, broker)
        try KafkaFault.check("rd_kafka_mock_partition_set_leader", code, on: "\(topic)[\(partition)]")
    }
}
