import Glibc

/// Bytes on their way: in order, each with the time it came in at, so that a delay holds nothing up but itself.
struct DelayLine {
    private struct Chunk {
        let bytes: [UInt8]
        let arrived: Nanoseconds
    }

    /// What an array of a few bytes costs beside them.
    private static let overhead = 64

    private var chunks: [Chunk] = []
    /// The first chunk that is not gone, and how much of it is.
    private var head = 0
    private var gone = 0
    /// What the line holds, in memory.
    private(set) var size = 0

    var isEmpty: Bool { head == chunks.count }
    /// When the first of what is left came in.
    var arrived: Nanoseconds? { isEmpty ? nil : chunks[head].arrived }
    /// Whether the next thing to come out is the end that ``end(at:)`` put in.
    var isAtEnd: Bool { !isEmpty && chunks[head].bytes.isEmpty }

    mutating func append(_ bytes: [UInt8], at now: Nanoseconds) {
        guard !bytes.isEmpty else { return }
        size += bytes.count + Self.overhead
        chunks.append(Chunk(bytes: bytes, arrived: now))
    }

    /// The sender has no more; that, too, is under way for a time.
    mutating func end(at now: Nanoseconds) {
        size += Self.overhead
        chunks.append(Chunk(bytes: [], arrived: now))
    }

    /// Lends the first `limit` bytes at most of the first chunk; what `body` took is gone. Answers like `body`.
    mutating func send(atMost limit: Int, _ body: (UnsafeRawBufferPointer) -> SocketOutcome) -> SocketOutcome {
        let first = chunks[head].bytes
        let end = min(first.count, gone + limit)
        let outcome = unsafe first.withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0[gone..<end])) }
        guard case .moved(let count) = outcome else { return outcome }
        gone += count
        if gone == first.count { dropFirst() }
        return outcome
    }

    mutating func dropFirst() {
        size -= chunks[head].bytes.count + Self.overhead
        // Its bytes go now, not when the line is next made shorter.
        chunks[head] = Chunk(bytes: [], arrived: 0)
        head += 1
        gone = 0
        if head == chunks.count || (head > 64 && head * 2 > chunks.count) {
            chunks.removeFirst(head)
            head = 0
        }
    }
}

/// Time of the monotonic clock; and lengths of time.
typealias Nanoseconds = Int

extension Nanoseconds {
    static let millisecond = 1_000_000
    static let second = 1_000_000_000

    static var now: Nanoseconds {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * second + time.tv_nsec
    }
}
