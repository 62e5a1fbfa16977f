import CRdKafka
import Model

/// Reads partitions into copied records: for positions, for the control topic, for the judge. Used by one thread.
@safe package struct LogReader: ~Copyable {
    private let consumer: ConsumerHandle
    private var nudge: FetchNudge
    private var sweep: MessageSweep
    /// Of what the last sweep has brought, what `next` has handed out.
    private var taken = 0
    private var filled = 0
    private static let sweepMax = 1_024

    package init(_ configuration: ClientConfiguration, log: @escaping ClientLogger) throws(KafkaFault) {
        var configuration = configuration
        configuration.setDefault("group.id", "martlet-reader")  // never joined; librdkafka assigns nothing without one
        configuration.set("enable.partition.eof", "true")
        configuration.set("auto.offset.reset", "error")
        configuration.set("enable.auto.commit", "false")
        configuration.set("enable.auto.offset.store", "false")
        configuration.setIfKnown("fetch.queue.backoff.ms", "5")
        consumer = try unsafe ConsumerHandle(configuration, log: log, ending: .aside)
        nudge = unsafe FetchNudge(consumer.pointer)
        sweep = MessageSweep()
    }

    deinit {
        for position in taken..<filled { unsafe rd_kafka_message_destroy(sweep.messages[position]!) }
    }

    /// Adds partitions, each from an offset, or from librdkafka's -2 (beginning) or -1 (end).
    package mutating func assign(_ starts: [TopicPartition: Int64]) throws(KafkaFault) {
        guard !starts.isEmpty else { return }
        let list = PartitionList(capacity: starts.count)
        for (partition, offset) in starts { list.add(partition, offset: offset) }
        try unsafe KafkaFault.check(
            "rd_kafka_incremental_assign", rd_kafka_incremental_assign(consumer.pointer, list.pointer),
            on: "\(starts.count) partitions")
    }

    /// Waits for the first event, then takes what is there besides, at most `limit` in all.
    package mutating func poll(waitMilliseconds: Int32, upTo limit: Int) -> [LogEvent] {
        var events: [LogEvent] = []
        take(1, waitMilliseconds: waitMilliseconds, into: &events)
        if !events.isEmpty, limit > 1 { take(limit - 1, waitMilliseconds: 0, into: &events) }
        return events
    }

    /// The next event, in place of ``poll(waitMilliseconds:upTo:)``: for readers of very many records, who need no copy
    /// of them. `nil`: nothing came in the time.
    package mutating func next(waitMilliseconds: Int32) -> LogItem? {
        if taken == filled {
            taken = 0
            filled = unsafe sweep.fill(from: consumer.queue, wanted: Self.sweepMax, waitMilliseconds: 0)
            if filled == 0, waitMilliseconds > 0 {
                filled = unsafe sweep.fill(from: consumer.queue, wanted: 1, waitMilliseconds: waitMilliseconds)
            }
            guard filled > 0 else { return nil }
            nudge.note(swept: filled)
        }
        let message = unsafe sweep.messages[taken]!
        taken += 1
        if unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR { return .record(unsafe ReadRecord(message)) }
        defer { unsafe rd_kafka_message_destroy(message) }
        return .other(unsafe LogEvent(message))
    }

    private mutating func take(_ wanted: Int, waitMilliseconds: Int32, into events: inout [LogEvent]) {
        let count = unsafe sweep.fill(from: consumer.queue, wanted: wanted, waitMilliseconds: waitMilliseconds)
        for position in 0..<count {
            let message = unsafe sweep.messages[position]!
            events.append(unsafe LogEvent(message))
            unsafe rd_kafka_message_destroy(message)
        }
    }
}

extension LogEvent {
    fileprivate init(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        let partition = unsafe message.topicPartition
        switch (unsafe message.pointee.err, partition) {
        case (RD_KAFKA_RESP_ERR_NO_ERROR, let partition?):
            self = .record(unsafe LogRecord(message, in: partition))
        case (RD_KAFKA_RESP_ERR__PARTITION_EOF, let partition?):
            self = .endOfPartition(partition, offset: unsafe message.pointee.offset)
        default:
            self = .fault(partition, unsafe message.fault)
        }
    }
}

extension LogRecord {
    init(_ message: UnsafeMutablePointer<rd_kafka_message_t>, in partition: TopicPartition) {
        let fields = unsafe message.pointee
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        self.partition = partition
        offset = unsafe fields.offset
        timestampMilliseconds = unsafe rd_kafka_message_timestamp(message, &type)
        timestampType =
            switch type {
            case RD_KAFKA_TIMESTAMP_CREATE_TIME: .createTime
            case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME: .logAppendTime
            default: .notAvailable
            }
        key = unsafe copy(fields.key, fields.key_len)
        value = unsafe copy(fields.payload, fields.len)
        headers = unsafe Self.headers(of: message)
    }

    fileprivate static func headers(of message: UnsafeMutablePointer<rd_kafka_message_t>) -> [RecordHeader] {
        var list: OpaquePointer?
        guard unsafe rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR else { return [] }
        var headers: [RecordHeader] = []
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while unsafe rd_kafka_header_get_all(list, headers.count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
            headers.append(RecordHeader(name: unsafe bytes(of: name), value: unsafe copy(value, size)))
        }
        return headers
    }
}

/// One event of a reader that copies nothing.
package enum LogItem: ~Copyable {
    case record(ReadRecord)
    /// Anything but a record.
    case other(LogEvent)
}

/// One record in librdkafka's own memory, which goes when this goes.
@safe package struct ReadRecord: ~Copyable {
    private let message: UnsafeMutablePointer<rd_kafka_message_t>

    fileprivate init(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        unsafe self.message = message
    }

    deinit {
        unsafe rd_kafka_message_destroy(message)
    }

    package var partition: Int32 { unsafe message.pointee.partition }
    package var offset: Int64 { unsafe message.pointee.offset }
    package var timestampMilliseconds: Int64 { unsafe rd_kafka_message_timestamp(message, nil) }
    package var byteCount: Int { unsafe message.pointee.len + message.pointee.key_len }
    /// Copied; most records have none.
    package var headers: [RecordHeader] { unsafe LogRecord.headers(of: message) }

    /// Key and value; `nil` for a null one.
    package func withBytes<R>(_ body: (_ key: Span<UInt8>?, _ value: Span<UInt8>?) -> R) -> R {
        unsafe borrow(message.pointee.key, message.pointee.key_len) { key in
            unsafe borrow(message.pointee.payload, message.pointee.len) { value in body(key, value) }
        }
    }
}

private func borrow<R>(_ start: UnsafeMutableRawPointer?, _ count: Int, _ body: (Span<UInt8>?) -> R) -> R {
    guard let start = unsafe start else { return body(nil) }
    let bytes = unsafe Span<UInt8>(_unsafeStart: start.assumingMemoryBound(to: UInt8.self), count: count)
    return body(bytes)
}

/// `nil` for a null field, an empty array for an empty one.
private func copy(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
    guard let start = unsafe start else { return nil }
    return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
}

private func bytes(of string: UnsafePointer<CChar>?) -> [UInt8] {
    guard let string = unsafe string else { return [] }
    return unsafe [UInt8](UnsafeRawBufferPointer(start: string, count: strlen(string)))
}
