import CRdKafka
import Records

/// A look at the record of a read, as the source has it. Good for as long as the read is held, and not longer.
@safe package struct RecordView {
    private let message: UnsafeMutablePointer<rd_kafka_message_t>
    /// Of a parcel that is looked at as it is to be sent.
    private let parcel: UnsafeMutablePointer<martlet_parcel>?

    /// - Parameter read: of any source consumer.
    package init(_ read: Read) {
        unsafe message = martlet_original(read.memory)
        unsafe parcel = nil
    }

    /// The record as it is to be sent, where some of it was changed.
    package init(asSent read: Read) {
        unsafe message = read.memory.assumingMemoryBound(to: rd_kafka_message_t.self)
        unsafe parcel =
            martlet_is_parcel(read.memory) ? read.memory.assumingMemoryBound(to: martlet_parcel.self) : nil
    }

    /// -1: the record has none.
    package var timestampMilliseconds: Int64 { unsafe rd_kafka_message_timestamp(message, nil) }

    package func withKey<Answer>(_ body: (Span<UInt8>?) -> Answer) -> Answer {
        unsafe Self.with(message.pointee.key, message.pointee.key_len, body)
    }

    /// `nil` is a tombstone.
    package func withValue<Answer>(_ body: (Span<UInt8>?) -> Answer) -> Answer {
        unsafe Self.with(message.pointee.payload, message.pointee.len, body)
    }

    package enum Headers {
        case none, some
        /// Not what Kafka's format allows.
        case unreadable
    }

    /// Of the record that was read. To be asked once: librdkafka allocates twice for every answer that there are none.
    package var headers: Headers {
        var headers: OpaquePointer?
        return switch unsafe rd_kafka_message_headers(message, &headers) {
        case RD_KAFKA_RESP_ERR_NO_ERROR: .some
        case RD_KAFKA_RESP_ERR__NOENT: .none
        default: .unreadable
        }
    }

    /// In order, repeats included, until `body` answers `false`.
    package func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Bool) {
        var headers: OpaquePointer?
        if let parcel = unsafe parcel {
            unsafe headers = parcel.pointee.headers
        } else {
            unsafe rd_kafka_message_headers(message, &headers)
        }
        guard unsafe headers != nil else { return }
        var place = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while unsafe rd_kafka_header_get_all(headers, place, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
            let goesOn = unsafe Self.with(name, strlen(name!)) { name in
                guard let name else { return true }
                return unsafe Self.with(value, size) { body(name, $0) }
            }
            guard goesOn else { return }
            place += 1
        }
    }

    private static func with<Answer>(
        _ start: UnsafeRawPointer?, _ count: Int, _ body: (Span<UInt8>?) -> Answer
    ) -> Answer {
        guard let start = unsafe start else { return body(nil) }
        let bytes = unsafe UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
        return unsafe body(bytes.span)
    }
}
