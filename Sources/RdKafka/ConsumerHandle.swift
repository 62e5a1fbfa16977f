import CRdKafka

/// Owns a consumer and its queue, on which everything arrives: records, the end of a partition, errors, rebalances.
@safe struct ConsumerHandle: ~Copyable {
    let client: ClientHandle
    let queue: OpaquePointer
    private let ending: ConsumerEnding

    var pointer: OpaquePointer { unsafe client.pointer }

    /// - Parameter configuration: names a `group.id`, without which librdkafka assigns nothing.
    init(
        _ configuration: ClientConfiguration, log: @escaping ClientLogger, ending: ConsumerEnding,
        prepare: (OpaquePointer) -> Void = { _ in }
    ) throws(KafkaFault) {
        unsafe try self.init(configuration, box: CallbackBox(log: log), ending: ending, prepare: prepare)
    }

    init(
        _ configuration: ClientConfiguration, box: CallbackBox, ending: ConsumerEnding,
        prepare: (OpaquePointer) -> Void
    ) throws(KafkaFault) {
        let client = try unsafe ClientHandle(
            RD_KAFKA_CONSUMER, configuration, box: box, ending: ending.ofClient, prepare: prepare)
        try unsafe KafkaFault.check(
            "rd_kafka_poll_set_consumer", rd_kafka_poll_set_consumer(client.pointer), on: "the consumer")
        guard let queue = unsafe rd_kafka_queue_get_consumer(client.pointer) else {
            preconditionFailure("a consumer with a group.id has a queue")
        }
        self.client = client
        unsafe self.queue = queue
        self.ending = ending
    }

    deinit {
        if ending != .byHand { unsafe rd_kafka_consumer_close(client.pointer) }
        unsafe rd_kafka_queue_destroy(queue)
    }
}

/// What a consumer's destructor does.
enum ConsumerEnding {
    /// Lets go of the partitions; the client goes aside. Waiting for it would be waiting for ever where a topic that it
    /// reads was deleted (librdkafka 2.0.2).
    case aside
    /// A member of a group: it is closed by hand, and the destructor must not wait for the group a second time. The client
    /// goes aside as well: a flow whose positions topic was deleted would not end.
    case byHand

    fileprivate var ofClient: ClientEnding {
        switch self {
        case .aside: .aside
        case .byHand: .asideWithoutClose
        }
    }
}
