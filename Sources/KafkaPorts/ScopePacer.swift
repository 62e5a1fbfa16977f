import Model
import RdKafka
import Records
import Shaping

/// Where reads wait while the rate of their topic, or of their partition, lets no more of it go on: a queue for each
/// partition, so that none holds up another.
final class ScopePacer: WaitingRoom {
    private let board: ShapeBoard
    private let excess: RateDefinition.Excess
    private let bytesMax: Int
    /// Due is what may be asked about again.
    private var hold: HoldRoom<Read>
    private var partitions: [Int32: TopicPartition] = [:]

    private static let pollMax = 1_024
    /// Each partition has an equal part. What a partition is read again for is more than a poll brings.
    private static let recordsMax = 1 << 16

    init(_ rate: RateDefinition, board: ShapeBoard, bytesMax: Int) {
        self.board = board
        self.bytesMax = bytesMax
        excess = rate.excess
        hold = HoldRoom(countMax: Self.recordsMax, bytesMax: bytesMax)
    }

    deinit { _ = close(Array(partitions.keys)) }

    /// Partitions are told to pause long before twice the bytes are there.
    var room: Int { hold.bytes < 2 * bytesMax ? Self.pollMax : 0 }

    func open(_ index: Int32, _ partition: TopicPartition) {
        partitions[index] = partition
        hold.open(Int(index))
        board.open(partition, at: .now)
    }

    func close(_ indexes: [Int32]) -> Int {
        let before = hold.count
        for index in indexes {
            guard let partition = partitions.removeValue(forKey: index) else { continue }
            board.close(partition, at: .now)
            hold.release(index) { $0 }
        }
        return before - hold.count
    }

    func noteEnd(of index: Int32) {}

    func nextChange() -> (index: Int32, isPaused: Bool)? {
        hold.nextChange().map { (Int32($0.partition), $0.isPaused) }
    }

    func append(_ read: Read, timestamp: Int64, at now: Instant) {
        hold.append(read, to: Int(read.partition), due: now, bytes: Int(read.bytes))
    }

    func next(at now: Instant) -> WaitingAnswer {
        while let (index, read) = hold.first(dueBy: now) {
            guard let partition = partitions[Int32(index)] else { preconditionFailure("reads of a closed partition") }
            let later = board.admit(partition, bytes: Int(read.bytes), at: now)
            if let later, excess != .drop || !board.isOpen(at: now) {
                hold.postponeFirst(of: index, until: later)
                continue
            }
            _ = hold.popFirst(dueBy: now)
            return later == nil ? .goesOn(read) : .isLeftOut(read)
        }
        return .nothing
    }

    func waitMilliseconds(at now: Instant) -> Int32 {
        guard let earliest = hold.earliestDue else { return .max }
        return Int32(clamping: max(1, (earliest.nanoseconds - now.nanoseconds + 999_999) / 1_000_000))
    }
}
