import Engine
import Model
import RdKafka
import Records
import Shaping

/// Where reads wait for their time, in the order in which they came.
final class Pacer {
    enum Answer {
        /// Nothing waits, or nothing may go on yet.
        case nothing
        case goesOn
        case isLeftOut
    }

    private let board: ShapeBoard
    private let excess: RateDefinition.Excess
    private let bytesMax: Int
    private var queue: ReadBatch
    private var bytes = 0
    /// When to look again.
    private var nextAt: Instant?

    private static let recordsMax = 1_024

    init(_ pace: PaceDefinition, board: ShapeBoard, bytesMax: Int) {
        self.board = board
        self.bytesMax = bytesMax
        if case .rate(let rate) = pace { excess = rate.excess } else { excess = .delay }
        queue = SourceConsumer.makeBatch(capacity: Self.recordsMax)
    }

    /// Reads that may be polled: none while what waits is enough.
    var room: Int { bytes < bytesMax ? queue.room : 0 }

    func append(_ read: Read) {
        bytes += Int(read.bytes)
        queue.append(read)
    }

    /// What becomes of the read that is to be taken next.
    func next(at now: Instant) -> Answer {
        nextAt = nil
        guard !queue.isEmpty else { return .nothing }
        guard let later = board.admit(bytes: Int(queue[0].bytes), at: now) else { return .goesOn }
        if excess == .drop, !board.isPaused { return .isLeftOut }
        nextAt = later
        return .nothing
    }

    /// The read that is next: a look.
    var first: Read { queue[0] }

    func takeFirst() -> Read {
        let read = queue.takeFirst()
        bytes -= Int(read.bytes)
        return read
    }

    func releaseFirst() {
        bytes -= Int(first.bytes)
        queue.releaseFirst()
    }

    /// How long nothing can go on.
    func waitMilliseconds(at now: Instant) -> Int32 {
        guard !queue.isEmpty, let nextAt else { return .max }
        return Int32(clamping: max(1, (nextAt.nanoseconds - now.nanoseconds + 999_999) / 1_000_000))
    }

    /// Lets go of all reads of these partitions; answers how many there were.
    func forget(_ indexes: [Int32]) -> Int {
        let before = queue.count
        for place in 0..<before where indexes.contains(queue[place].partition) { bytes -= Int(queue[place].bytes) }
        queue.discard { indexes.contains($0.partition) }
        return before - queue.count
    }
}
