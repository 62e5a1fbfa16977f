import CRdKafka

/// Owns a consumer and its queue, on which everything arrives: records, the end of a partition, errors, rebalances.
@safe struct ConsumerHandle: ~Copyable {
    let client: ClientHandle
    let queue: OpaquePointer
    private let closesAtEnd: Bool

    var pointer: OpaquePointer { unsafe client.pointer }

    /// - Parameters:
    ///   - configuration: names a `group.id`, without which librdkafka assigns nothing.
    ///   - closesAtEnd: whether the destructor waits until the consumer has let go of its partitions; `false` for a
    ///     member of a group, which is closed by hand.
    init(
        _ configuration: ClientConfiguration, log: @escaping ClientLogger, closesAtEnd: Bool,
        prepare: (OpaquePointer) -> Void = { _ in }
    ) throws(KafkaFault) {
        let flags = closesAtEnd ? 0 : Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        let client = try unsafe ClientHandle(
            RD_KAFKA_CONSUMER, configuration, box: CallbackBox(log: log), destroyFlags: flags, prepare: prepare)
        try unsafe KafkaFault.check(
            "rd_kafka_poll_set_consumer", rd_kafka_poll_set_consumer(client.pointer), on: "the consumer")
        guard let queue = unsafe rd_kafka_queue_get_consumer(client.pointer) else {
            preconditionFailure("a consumer with a group.id has a queue")
        }
        self.client = client
        unsafe self.queue = queue
        self.closesAtEnd = closesAtEnd
    }

    deinit {
        if closesAtEnd { unsafe rd_kafka_consumer_close(client.pointer) }
        unsafe rd_kafka_queue_destroy(queue)
    }
}
