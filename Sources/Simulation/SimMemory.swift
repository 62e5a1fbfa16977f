import Records

/// Counts the memory behind reads: each is adopted when a source hands a read out, and must be released exactly once.
final class SimMemory {
    private(set) var adopted = 0
    private(set) var released = 0
    private(set) var releasedTwice = 0
    /// Kept to the end of the world, so that a second release is seen and not undefined.
    private var blocks: [Block] = []

    private final class Block {
        let memory: SimMemory
        var isReleased = false

        init(_ memory: SimMemory) {
            self.memory = memory
        }

        func release() {
            if isReleased { memory.releasedTwice += 1 } else { memory.released += 1 }
            isReleased = true
        }
    }

    /// Makes a read whose memory is counted.
    func read(partition: Int32, offset: Int64, nextOffset: Int64, bytes: Int32, records: Int32) -> Read {
        let block = Block(self)
        blocks.append(block)
        adopted += 1
        return unsafe Read(
            memory: Unmanaged.passUnretained(block).toOpaque(), partition: partition, offset: offset,
            nextOffset: nextOffset, bytes: bytes, records: records)
    }

    private static let release: ReleaseFunction = { pointer in
        unsafe Unmanaged<Block>.fromOpaque(pointer).takeUnretainedValue().release()
    }

    static func hand(capacity: Int) -> ReadBatch {
        unsafe ReadBatch(capacity: capacity, release: release)
    }

    static func pool(capacity: Int) -> FlightPool {
        unsafe FlightPool(capacity: capacity, release: release)
    }

    /// Breaks the circle between the count and its blocks.
    func forget() {
        blocks = []
    }
}
