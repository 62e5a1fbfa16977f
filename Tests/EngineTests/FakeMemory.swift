import Records

/// Reads that point into memory which nobody frees.
enum FakeMemory {
    static func read(partition: Int32, offset: Int64, bytes: Int32) -> Read {
        unsafe Read(
            memory: UnsafeMutableRawPointer(bitPattern: 8)!, partition: partition, offset: offset,
            nextOffset: offset + 1, bytes: bytes)
    }

    static func hand(capacity: Int) -> ReadBatch {
        unsafe ReadBatch(capacity: capacity, release: { _ in })
    }

    static func pool(capacity: Int) -> FlightPool {
        unsafe FlightPool(capacity: capacity, release: { _ in })
    }
}
