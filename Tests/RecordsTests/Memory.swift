import Records
import Synchronization

/// Stands in for C memory and counts how often each piece is released.
enum Memory {
    private static let releases = Mutex<[UInt: Int]>([:])

    /// `count` reads of one partition, offsets from 0, each with memory of its own.
    static func reads(_ count: Int, partition: Int32 = 0) -> [Read] {
        (0..<count).map { offset in
            let memory = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
            releases.withLock { $0[UInt(bitPattern: memory)] = 0 }
            return unsafe Read(
                memory: memory, partition: partition, offset: Int64(offset), nextOffset: Int64(offset) + 1, bytes: 10)
        }
    }

    /// A release function that counts. The memory itself is kept, so that a second release is seen and not undefined.
    static let release: ReleaseFunction = { memory in
        Memory.releases.withLock { $0[UInt(bitPattern: memory), default: 0] += 1 }
    }

    static func batch(capacity: Int) -> ReadBatch {
        unsafe ReadBatch(capacity: capacity, release: release)
    }

    static func pool(capacity: Int) -> FlightPool {
        unsafe FlightPool(capacity: capacity, release: release)
    }

    static func releases(of read: Read) -> Int? {
        releases.withLock { unsafe $0[UInt(bitPattern: read.memory)] }
    }
}
