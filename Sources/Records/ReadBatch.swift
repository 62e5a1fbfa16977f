/// What one poll brought: reads in order, each still in the memory of whoever read it.
///
/// A read is one record in the record lane and may be one whole record batch in another lane: the engine counts
/// records and bytes and looks at offsets, never at the payload. The storage is allocated once and used for every
/// poll; a read leaves it from the front, to a destination, or is released.
///
/// Shape: a fixed array of `capacity` entries; `first ..< end` are held.
@safe package struct ReadBatch: ~Copyable {
    private let entries: UnsafeMutablePointer<Read>
    package let capacity: Int
    private var first = 0
    private var end = 0
    private let release: ReleaseFunction

    /// - Parameter release: frees the memory of one read. Called exactly once for each read that nobody took.
    package init(capacity: Int, release: @escaping ReleaseFunction) {
        precondition(capacity > 0, "a batch without room")
        unsafe self.entries = .allocate(capacity: capacity)
        self.capacity = capacity
        unsafe self.release = release
    }

    deinit {
        for index in first..<end { unsafe release(entries[index].memory) }
        unsafe entries.deallocate()
    }

    package var isEmpty: Bool { first == end }
    package var count: Int { end - first }
    /// Entries that can be appended. A batch that was emptied has its whole capacity again.
    package var room: Int { isEmpty ? capacity : capacity - end }

    /// Makes room for all that left from the front; worth it for a batch that is a queue, and never empty.
    package mutating func compact() {
        guard first > 0 else { return }
        for index in first..<end { unsafe entries[index - first] = entries[index] }
        (first, end) = (0, end - first)
    }

    package mutating func append(_ read: Read) {
        if isEmpty { (first, end) = (0, 0) }
        precondition(end < capacity, "append to a full batch")
        unsafe entries[end] = read
        end += 1
    }

    /// The read at `index`, counted from the front: a look, the batch keeps it.
    package subscript(index: Int) -> Read {
        precondition(index >= 0 && first + index < end, "read \(index) of \(count)")
        return unsafe entries[first + index]
    }

    /// Takes the front read out. Its memory is the caller's from here on.
    package mutating func takeFirst() -> Read {
        precondition(first < end, "take from an empty batch")
        let read = unsafe entries[first]
        first += 1
        return read
    }

    /// Releases the front read.
    package mutating func releaseFirst() {
        unsafe release(takeFirst().memory)
    }

    /// Releases every read for which `condition` holds, keeping the order of the others.
    package mutating func discard(where condition: (Read) -> Bool) {
        var kept = first
        for index in first..<end {
            let read = unsafe entries[index]
            if condition(read) {
                unsafe release(read.memory)
            } else {
                unsafe entries[kept] = read
                kept += 1
            }
        }
        end = kept
    }
}

/// Frees the memory behind one read.
package typealias ReleaseFunction = @convention(c) (UnsafeMutableRawPointer) -> Void

/// One read: where it came from and what it weighs. `memory` belongs to whoever holds the read.
@safe package struct Read {
    package let memory: UnsafeMutableRawPointer
    /// The lane's own number for the source partition, as handed to the source when it was assigned.
    package let partition: Int32
    /// Source offset of the first record in it.
    package let offset: Int64
    /// The source offset that follows the last record in it.
    package let nextOffset: Int64
    /// Key, value and header bytes, as far as the reader knows them.
    package let bytes: Int32
    package let records: Int32
    /// It goes to the producer's side topic and not where its partition goes.
    package let isAside: Bool

    package init(
        memory: UnsafeMutableRawPointer, partition: Int32, offset: Int64, nextOffset: Int64, bytes: Int32,
        records: Int32 = 1, isAside: Bool = false
    ) {
        unsafe self.memory = memory
        self.partition = partition
        self.offset = offset
        self.nextOffset = nextOffset
        self.bytes = bytes
        self.records = records
        self.isAside = isAside
    }

    /// The same read with other memory behind it; this one's belongs to that memory from here on.
    package func replaced(by memory: UnsafeMutableRawPointer, bytes: Int32, isAside: Bool) -> Read {
        unsafe Read(
            memory: memory, partition: partition, offset: offset, nextOffset: nextOffset, bytes: bytes,
            records: records,
            isAside: isAside)
    }
}
