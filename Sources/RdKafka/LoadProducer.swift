import CRdKafka
import Model

/// A record that is copied in: for the demonstration, the judge's load, and tests.
package struct LoadRecord: Sendable {
    package let partition: TopicPartition
    package let key: [UInt8]?
    package let value: [UInt8]?
    package let headers: [RecordHeader]
    /// `nil`: now.
    package let timestampMilliseconds: Int64?

    package init(
        _ partition: TopicPartition, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = [],
        timestampMilliseconds: Int64? = nil
    ) {
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
        self.timestampMilliseconds = timestampMilliseconds
    }
}

/// What became of one record.
package struct LoadReport: Sendable {
    /// The number that `produce` was given.
    package let ticket: Int32
    package let partition: Int32
    /// Negative when it did not land.
    package let offset: Int64
    /// As the destination has it: the broker's where it stamps the records itself.
    package let timestampMilliseconds: Int64
    /// 0 when delivered.
    package let code: Int32
}

/// Produces copied records; transactional as configured. Used by one thread.
@safe package struct LoadProducer: ~Copyable {
    let client: ClientHandle
    private let box: LoadBox
    private var topics: TopicHandles

    package init(_ configuration: ClientConfiguration, log: @escaping ClientLogger) throws(KafkaFault) {
        let box = LoadBox(log: log)
        client = try unsafe ClientHandle(RD_KAFKA_PRODUCER, configuration, box: box) { conf in
            unsafe rd_kafka_conf_set_dr_msg_cb(conf, noteLoad)
            unsafe martlet_watch_timestamps(conf, box.stamp.pointer)
        }
        self.box = box
        self.topics = unsafe TopicHandles(client: client.pointer)
    }

    deinit {
        topics.closeAll()
    }

    /// - Returns: `false` when the queue is full: poll, then offer it again.
    package mutating func produce(_ record: LoadRecord, ticket: Int32) throws(KafkaFault) -> Bool {
        let topic = unsafe try topics.pin(record.partition.topic)
        let headers = unsafe makeHeaders(record.headers)
        let refused = unsafe record.key.withCBytes { key in
            unsafe record.value.withCBytes { value in
                var fields = unsafe martlet_record()
                unsafe fields.topic = topic
                unsafe fields.partition = record.partition.partition
                unsafe fields.flags = RD_KAFKA_MSG_F_COPY
                unsafe (fields.key, fields.key_size) = (key.baseAddress, key.count)
                unsafe (fields.value, fields.value_size) = (value.baseAddress, value.count)
                unsafe fields.headers = headers
                unsafe fields.has_timestamp = record.timestampMilliseconds != nil
                unsafe fields.timestamp = record.timestampMilliseconds ?? 0
                unsafe fields.opaque = Opaque.ticket(ticket).pointer
                return unsafe martlet_produce(client.pointer, box.stamp.pointer, &fields)
            }
        }
        guard let refused = unsafe refused else { return true }
        if let headers = unsafe headers { unsafe rd_kafka_headers_destroy(headers) }
        if unsafe rd_kafka_error_code(refused) == RD_KAFKA_RESP_ERR__QUEUE_FULL {
            unsafe rd_kafka_error_destroy(refused)
            return false
        }
        throw unsafe KafkaFault(call: "rd_kafka_produceva", consuming: refused, subject: "\(record.partition)")
    }

    /// The reports since the last call, waiting for the first.
    package mutating func poll(waitMilliseconds: Int32) -> [LoadReport] {
        unsafe rd_kafka_poll(client.pointer, waitMilliseconds)
        return exchange(&box.reports, with: [])
    }

    /// Waits until everything is reported; the reports come with the next poll.
    package func flush(timeoutMilliseconds: Int32) throws(KafkaFault) {
        try unsafe KafkaFault.check(
            "rd_kafka_flush", rd_kafka_flush(client.pointer, timeoutMilliseconds), on: "the load")
    }
}

/// What the delivery callback of a load producer writes to; touched on the producer's thread only.
private final class LoadBox: CallbackBox {
    var reports: [LoadReport] = []
    let stamp = Stamp()
}

/// Runs on the producer's own thread, inside poll and flush. `message` dies when it returns.
private func noteLoad(
    _: OpaquePointer?, _ message: UnsafePointer<rd_kafka_message_t>?, _ opaque: UnsafeMutableRawPointer?
) {
    guard let message = unsafe message, let opaque = unsafe opaque else { return }
    guard case .ticket(let ticket) = unsafe Opaque(message.pointee._private) else { return }
    let code = unsafe message.pointee.err
    unsafe Unmanaged<LoadBox>.fromOpaque(opaque).takeUnretainedValue().reports.append(
        LoadReport(
            ticket: ticket, partition: message.pointee.partition,
            offset: code == RD_KAFKA_RESP_ERR_NO_ERROR ? message.pointee.offset : -1,
            timestampMilliseconds: rd_kafka_message_timestamp(message, nil), code: code.rawValue))
}
