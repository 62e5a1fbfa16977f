import CRdKafka

/// One handle per topic that a producer sends to, closed when its last user gives it back. Its owner calls `closeAll`
/// while the client still lives.
@safe struct TopicHandles: ~Copyable {
    private let client: OpaquePointer
    private var open: [String: Entry] = unsafe [:]
    /// Topics of our own records: few, and open as long as the producer.
    private var pinned: [String: OpaquePointer] = unsafe [:]

    @unsafe private struct Entry {
        let handle: OpaquePointer
        var users = 0
    }

    init(client: OpaquePointer) {
        unsafe self.client = client
    }

    func closeAll() {
        unsafe open.values.forEach { unsafe rd_kafka_topic_destroy($0.handle) }
        unsafe pinned.values.forEach { unsafe rd_kafka_topic_destroy($0) }
    }

    mutating func take(_ name: String) throws(KafkaFault) -> OpaquePointer {
        var entry = if let known = unsafe open[name] { unsafe known } else { unsafe Entry(handle: try make(name)) }
        unsafe entry.users += 1
        unsafe open[name] = entry
        return unsafe entry.handle
    }

    mutating func giveBack(_ name: String) {
        guard var entry = unsafe open[name] else { preconditionFailure("\(name) is not open") }
        unsafe entry.users -= 1
        if unsafe entry.users > 0 {
            unsafe open[name] = entry
        } else {
            unsafe open[name] = nil
            unsafe rd_kafka_topic_destroy(entry.handle)
        }
    }

    mutating func pin(_ name: String) throws(KafkaFault) -> OpaquePointer {
        if let handle = unsafe pinned[name] { return unsafe handle }
        let handle = unsafe try make(name)
        unsafe pinned[name] = handle
        return unsafe handle
    }

    /// Fails where properties do not go together that librdkafka compares per topic only, such as `linger.ms` and
    /// `message.timeout.ms`.
    private func make(_ name: String) throws(KafkaFault) -> OpaquePointer {
        guard let handle = unsafe rd_kafka_topic_new(client, name, nil) else {
            throw KafkaFault(
                call: "rd_kafka_topic_new", code: rd_kafka_last_error(),
                reason: "refused, the client's log says why", subject: name)
        }
        return unsafe handle
    }
}

extension Optional<[UInt8]> {
    /// Lends the bytes to C: no address for `nil`, and one even for an empty array, for null and empty differ in Kafka.
    func withCBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        guard let bytes = self else { return unsafe body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard bytes.isEmpty else { return unsafe bytes.withUnsafeBytes { unsafe body($0) } }
        return unsafe withUnsafeBytes(of: UInt8(0)) { place in
            unsafe body(UnsafeRawBufferPointer(start: place.baseAddress, count: 0))
        }
    }
}

extension [UInt8] {
    func withCBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe Optional(self).withCBytes { unsafe body($0) }
    }
}
