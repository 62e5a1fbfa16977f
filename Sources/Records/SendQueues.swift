/// Which reads wait for their partition's turn at the producer: a queue of seats for each partition of a lane.
///
/// Only one batch of a partition is handed to librdkafka at a time; what comes meanwhile waits here and makes the next
/// one. An idempotent producer of librdkafka has no more than one in flight a partition in any case, since it counts
/// messages where it means requests; and while more waits inside it than it may send, its broker thread spins
/// (`rd_kafka_toppar_producer_serve` in `rdkafka_broker.c`, 2.0 to 2.12). Batches grow by themselves to what a round
/// trip to the broker brings, and a record that finds its partition idle waits for nobody.
///
/// Shape: linked lists through one array with an entry per seat. No allocation once every partition has been seen.
package struct SendQueues: ~Copyable {
    private var queues: [Queue] = []
    /// The seat behind each waiting seat.
    private var followers: [Int32]
    /// Partitions with something waiting and nothing at the producer; each at most once.
    private var ready: [Int32] = []
    package private(set) var waiting = 0

    private static let nobody: Int32 = -1

    private struct Queue {
        var first = SendQueues.nobody
        var last = SendQueues.nobody
        /// Handed over and not yet reported.
        var underWay: Int32 = 0
        /// What was handed over together with the last one.
        var batch = BatchSize(reads: 0, bytes: 0)
        var isReady = false
    }

    /// - Parameter capacity: how many seats there are.
    package init(capacity: Int) {
        followers = Array(repeating: Self.nobody, count: capacity)
    }

    /// Puts a seat at the end of its partition's queue.
    package mutating func enqueue(_ seat: Int32, of partition: Int32) {
        let index = Int(partition)
        while queues.count <= index { queues.append(Queue()) }
        followers[Int(seat)] = Self.nobody
        if queues[index].first == Self.nobody {
            queues[index].first = seat
        } else {
            followers[Int(queues[index].last)] = seat
        }
        queues[index].last = seat
        waiting += 1
        noteReady(index)
    }

    /// A partition whose next batch may be handed over; the same one until `close` is called for it.
    package var nextReady: Int32? { ready.last }

    /// The front seat of a partition's queue, which stays there.
    package func first(of partition: Int32) -> Int32? {
        let seat = queues[Int(partition)].first
        return seat == Self.nobody ? nil : seat
    }

    /// The front seat of the partition was handed over.
    package mutating func advance(_ partition: Int32, bytes: Int32 = 0) {
        let index = Int(partition)
        removeFirst(of: partition)
        if queues[index].underWay == 0 { queues[index].batch = BatchSize(reads: 0, bytes: 0) }
        queues[index].underWay += 1
        queues[index].batch.reads += 1
        queues[index].batch.bytes = Int32(clamping: Int64(queues[index].batch.bytes) + Int64(bytes))
    }

    /// The partition's batch that is under way, or that was last.
    package func batch(of partition: Int32) -> BatchSize { queues[Int(partition)].batch }

    /// Takes the front seat out, to be sent by nobody.
    @discardableResult
    package mutating func removeFirst(of partition: Int32) -> Int32? {
        guard let seat = first(of: partition) else { return nil }
        queues[Int(partition)].first = followers[Int(seat)]
        waiting -= 1
        return seat
    }

    /// The batch of the ready partition is complete: the next one waits until this one is reported.
    package mutating func close(_ partition: Int32) {
        precondition(ready.last == partition, "partition \(partition) is not the ready one")
        ready.removeLast()
        queues[Int(partition)].isReady = false
        noteReady(Int(partition))
    }

    /// One read of the partition that had been handed over was reported.
    package mutating func noteReported(_ partition: Int32) {
        queues[Int(partition)].underWay -= 1
        noteReady(Int(partition))
    }

    /// Forgets that the partition is ready, once nothing of it waits any more.
    package mutating func noteEmptied(_ partition: Int32) {
        queues[Int(partition)].isReady = false
        ready.removeAll { $0 == partition }
    }

    package var partitions: Range<Int32> { 0..<Int32(queues.count) }

    private mutating func noteReady(_ index: Int) {
        let queue = queues[index]
        guard !queue.isReady, queue.underWay == 0, queue.first != Self.nobody else { return }
        queues[index].isReady = true
        ready.append(Int32(index))
    }
}
