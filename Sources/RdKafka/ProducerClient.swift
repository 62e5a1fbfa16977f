import CRdKafka

/// One client of a `RecordProducer`: connections of its own to the brokers, and handles of the topics it sends to.
@safe final class ProducerClient {
    let handle: ClientHandle
    var topics: TopicHandles

    init(_ configuration: ClientConfiguration, box: ProducerBox) throws(KafkaFault) {
        let handle = try unsafe ClientHandle(RD_KAFKA_PRODUCER, configuration, box: box) { conf in
            unsafe rd_kafka_conf_set_dr_msg_cb(conf, noteDelivery)
            unsafe martlet_watch_timestamps(conf, box.stamp.pointer)
        }
        topics = unsafe TopicHandles(client: handle.pointer)
        self.handle = handle
    }

    deinit {
        topics.closeAll()
    }

    var pointer: OpaquePointer { unsafe handle.pointer }
    var fatalFault: KafkaFault? { handle.fatalFault }

    /// Has `bell` rung whenever reports come and none were there. It must outlive the client.
    func ring(_ bell: ReportBell) {
        guard let queue = unsafe rd_kafka_queue_get_main(pointer) else { return }
        defer { unsafe rd_kafka_queue_destroy(queue) }
        unsafe rd_kafka_queue_cb_event_enable(queue, ringBell, Unmanaged.passUnretained(bell).toOpaque())
    }
}

/// Runs on librdkafka's threads.
private func ringBell(_: OpaquePointer?, _ opaque: UnsafeMutableRawPointer?) {
    guard let opaque = unsafe opaque else { return }
    unsafe Unmanaged<ReportBell>.fromOpaque(opaque).takeUnretainedValue().ring()
}
