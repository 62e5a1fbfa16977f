import Engine
import Model
import RdKafka
import Records
import Shaping

/// Where reads wait while the flow's one rate lets no more go on, in the order in which they came.
final class Pacer: WaitingRoom {
    private let board: ShapeBoard
    private let excess: RateDefinition.Excess
    private let bytesMax: Int
    private var queue: ReadBatch
    private var bytes = 0
    /// When to look again.
    private var nextAt: Instant?

    private static let recordsMax = 1_024
    private static let recordsMin = 16
    /// With `sample_down` a long queue would tell late that too much is taken, and late that it no longer is.
    private static let sampledDownSeconds = 0.5

    init(_ rate: RateDefinition, board: ShapeBoard, bytesMax: Int) {
        self.board = board
        excess = rate.excess
        var (recordsMax, bytesMax) = (Self.recordsMax, bytesMax)
        if excess == .sampleDown {
            let records = (rate.recordsPerSecond ?? .infinity) * Self.sampledDownSeconds
            recordsMax = max(Int(min(records, Double(recordsMax))), Self.recordsMin)
            let bytes = (rate.bytesPerSecond ?? .infinity) * Self.sampledDownSeconds
            bytesMax = max(Int(min(bytes, Double(bytesMax))), 1)
        }
        self.bytesMax = bytesMax
        queue = SourceConsumer.makeBatch(capacity: recordsMax)
    }

    /// Grows as the queue shrinks, so that records are asked for long before none is left: a process that runs dry gives its
    /// share of the rate away.
    var room: Int {
        if queue.room < Self.recordsMax / 2, queue.count <= Self.recordsMax / 2 { queue.compact() }
        return bytes < bytesMax ? queue.room : 0
    }

    func open(_ index: Int32, _ partition: TopicPartition) {}
    func noteEnd(of index: Int32) {}
    func nextChange() -> (index: Int32, isPaused: Bool)? { nil }

    func append(_ read: Read, timestamp: Int64, at now: Instant) {
        bytes += Int(read.bytes)
        queue.append(read)
    }

    func next(at now: Instant) -> WaitingAnswer {
        nextAt = nil
        guard !queue.isEmpty else { return .nothing }
        guard let later = board.admit(bytes: Int(queue[0].bytes), at: now) else { return .goesOn(takeFirst()) }
        if excess == .drop, board.isOpen(at: now) { return .isLeftOut(takeFirst()) }
        nextAt = later
        return .nothing
    }

    private func takeFirst() -> Read {
        let read = queue.takeFirst()
        bytes -= Int(read.bytes)
        return read
    }

    func waitMilliseconds(at now: Instant) -> Int32 {
        guard !queue.isEmpty, let nextAt else { return .max }
        return Int32(clamping: max(1, (nextAt.nanoseconds - now.nanoseconds + 999_999) / 1_000_000))
    }

    func close(_ indexes: [Int32]) -> Int {
        let before = queue.count
        for place in 0..<before where indexes.contains(queue[place].partition) { bytes -= Int(queue[place].bytes) }
        queue.discard { indexes.contains($0.partition) }
        return before - queue.count
    }
}
