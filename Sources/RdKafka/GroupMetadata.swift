import CRdKafka

/// A membership's place in its group at one moment: what the fence of a transaction names.
///
/// `@unchecked Sendable`: what it points to is a copy of its own, never written to again and freed once.
@safe package struct GroupMetadata: ~Copyable, @unchecked Sendable {
    let pointer: OpaquePointer
    /// Negative before the first join and after a lost generation: such metadata fence nothing.
    package let generation: Int32
    /// Empty together with a negative generation.
    package let memberID: String
    package let groupID: String

    /// Takes over `pointer`, a `rd_kafka_consumer_group_metadata_t`.
    init(owning pointer: OpaquePointer, client: OpaquePointer) {
        unsafe self.pointer = pointer
        var buffer: UnsafeMutableRawPointer?
        var size = 0
        let error = unsafe rd_kafka_consumer_group_metadata_write(pointer, &buffer, &size)
        precondition(unsafe error == nil && buffer != nil, "group metadata that cannot be written")
        let written = unsafe [UInt8](UnsafeRawBufferPointer(start: buffer, count: size))
        unsafe rd_kafka_mem_free(client, buffer)
        guard var fields = WrittenMetadata(written) else {
            preconditionFailure("librdkafka \(librdkafkaVersion) writes group metadata in a format of its own")
        }
        generation = fields.generation
        groupID = fields.nextString()
        memberID = fields.nextString()
    }

    deinit {
        unsafe rd_kafka_consumer_group_metadata_destroy(pointer)
    }
}

/// What `rd_kafka_consumer_group_metadata_write` gives: `CGMDv2:`, the generation (int32, the machine's byte order),
/// group id and member id, each ended by a zero byte; then the instance id, which nobody here needs.
struct WrittenMetadata {
    private static let magic = Array("CGMDv2:".utf8)
    let generation: Int32
    private var rest: ArraySlice<UInt8>

    /// `nil`: another format, or less than a whole one.
    init?(_ bytes: [UInt8]) {
        let start = Self.magic.count
        guard bytes.starts(with: Self.magic), bytes.count >= start + 4 else { return nil }
        let number = bytes[start..<start + 4]
        #if _endian(little)
            generation = Int32(bitPattern: number.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        #else
            generation = Int32(bitPattern: number.reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        #endif
        rest = bytes[(start + 4)...]
    }

    mutating func nextString() -> String {
        let end = rest.firstIndex(of: 0) ?? rest.endIndex
        defer { rest = rest[end...].dropFirst() }
        return String(decoding: rest[..<end], as: UTF8.self)
    }
}
