import CRdKafka
import Records

/// One field of a record that is sent in the place of another.
package enum FieldChange {
    case kept
    case null
    case bytes([UInt8])
}

/// Makes records that are sent in the place of consumed ones, with some of their fields changed; see `parcel.h`.
///
/// Used by the thread of its lane, on which all reads are released, too. Parcels may outlive it.
@safe package struct ParcelStore: ~Copyable {
    private let store: UnsafeMutablePointer<martlet_store>

    package init() {
        guard let store = unsafe martlet_store_new() else { fatalError("out of memory") }
        unsafe self.store = store
    }

    deinit {
        unsafe martlet_store_close(store)
    }

    /// Takes `read` and answers another with the same coordinates.
    ///
    /// - Parameters:
    ///   - headers: all that it has; those of `read` are not kept.
    ///   - isAside: it goes to the producer's side topic, see `RecordProducer.openAside`.
    package func make(
        of read: Read, key: FieldChange, value: FieldChange, headers: consuming HeaderBuilder? = nil,
        isAside: Bool = false
    ) -> Read {
        let list = unsafe headers?.take()
        let memory = unsafe Self.withField(key) { key in
            unsafe Self.withField(value) { value in
                unsafe martlet_parcel_make(store, read.memory, key, value, list)
            }
        }
        return unsafe read.replaced(by: memory, bytes: Self.weight(of: memory), isAside: isAside)
    }

    private static func weight(of memory: UnsafeMutableRawPointer) -> Int32 {
        let message = unsafe memory.assumingMemoryBound(to: rd_kafka_message_t.self)
        return unsafe Int32(clamping: message.pointee.len + message.pointee.key_len)
    }

    private static func withField<Answer>(_ change: FieldChange, _ body: (martlet_field) -> Answer) -> Answer {
        switch change {
        case .kept: return unsafe body(martlet_field(changed: false, bytes: nil, size: 0))
        case .null: return unsafe body(martlet_field(changed: true, bytes: nil, size: 0))
        case .bytes(let bytes):
            return unsafe bytes.withCBytes { buffer in
                unsafe body(martlet_field(changed: true, bytes: buffer.baseAddress, size: buffer.count))
            }
        }
    }
}

/// The headers of a parcel while they are put together.
@safe package struct HeaderBuilder: ~Copyable {
    private var list: OpaquePointer?

    package init() {
        unsafe list = rd_kafka_headers_new(8)
    }

    deinit {
        if let list = unsafe list { unsafe rd_kafka_headers_destroy(list) }
    }

    package func add(_ name: Span<UInt8>, _ value: Span<UInt8>?) {
        unsafe name.withUnsafeBytes { name in
            let start = unsafe name.bindMemory(to: CChar.self).baseAddress
            if let value {
                unsafe value.withUnsafeBytes { value in
                    // An empty value is not null: the address must be one.
                    let address = unsafe value.baseAddress ?? UnsafeRawPointer(list!)
                    _ = unsafe rd_kafka_header_add(list, start, name.count, address, value.count)
                }
            } else {
                _ = unsafe rd_kafka_header_add(list, start, name.count, nil, 0)
            }
        }
    }

    /// The list is the caller's from here on.
    fileprivate mutating func take() -> OpaquePointer? {
        unsafe exchange(&list, with: nil)
    }
}
