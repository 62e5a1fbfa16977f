import Model
import RdKafka
import Records
import Shaping

/// Where reads wait for their time: as a rate has it (`Pacer`, `ScopePacer`), or a plan (`ReplayRoom`). One lane's, on its thread.
protocol WaitingRoom: AnyObject {
    /// Reads that may be polled now.
    var room: Int { get }

    func open(_ index: Int32, _ partition: TopicPartition)
    /// Lets go of all reads of these partitions, which are not this lane's any more; answers how many there were.
    func close(_ indexes: [Int32]) -> Int
    /// The partition has been read to its end, or as far as it is wanted.
    func noteEnd(of index: Int32)

    /// - Parameter timestamp: of the record as the source has it; -1: it has none.
    func append(_ read: Read, timestamp: Int64, at now: Instant)
    /// What becomes of the read that is next. The answer owns it.
    func next(at now: Instant) -> WaitingAnswer
    /// How long nothing can go on.
    func waitMilliseconds(at now: Instant) -> Int32
    /// A partition that is to be read no further for now, or again.
    func nextChange() -> (index: Int32, isPaused: Bool)?
}

enum WaitingAnswer {
    /// Nothing waits, or nothing may go on yet.
    case nothing
    case goesOn(Read)
    case isLeftOut(Read)
}

extension HoldRoom {
    /// Closes a partition, and releases what it holds.
    ///
    /// - Parameter read: of what is held.
    mutating func release(_ index: Int32, _ read: (Held) -> Read) {
        // A batch releases what nobody takes.
        var gone = SourceConsumer.makeBatch(capacity: max(1, count(of: Int(index))))
        close(Int(index)) { gone.append(read($0)) }
    }
}
