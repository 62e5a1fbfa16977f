import Model

/// Where records wait until they are due: a queue for each partition, whose order is never changed, and a heap of the
/// queues by when their first records are due. One thread's.
///
/// Partitions are numbered by the caller, from 0. Records stand in one pool of links, so a full room allocates nothing.
/// The room takes what it is given; it bounds what waits by saying which partitions are to be paused. Each partition has
/// an equal part of the room for itself: were it shared, one that is far ahead of its time could fill it, and those whose
/// records are due could not be read. What a poll brings beyond a part is all that it is ever exceeded by.
package struct HoldRoom<Held> {
    private var queues: HoldQueues
    private var held: [Held?] = []

    package init(countMax: Int, bytesMax: Int) {
        queues = HoldQueues(countMax: countMax, bytesMax: bytesMax)
    }

    package var count: Int { queues.count }
    package var bytes: Int { queues.bytes }
    /// Records that were due before the one in front of them in their partition.
    package var outOfOrderCount: Int { queues.outOfOrderCount }
    package var earliestDue: Instant? { queues.earliestDue }
    package func count(of partition: Int) -> Int { queues.count(of: partition) }

    package mutating func open(_ partition: Int) {
        queues.open(partition)
    }

    /// The partition is read from elsewhere: what it holds is handed over in its order and waits no longer. It is not
    /// paused afterwards, which `nextChange` says when it was.
    package mutating func empty(_ partition: Int, _ each: (Held) -> Void) {
        guard queues.isOpen(partition) else { return }
        takeAll(partition, each)
        queues.reset(partition)
    }

    /// The partition is no longer this lane's: what it holds is handed over.
    package mutating func close(_ partition: Int, _ each: (Held) -> Void) {
        guard queues.isOpen(partition) else { return }
        takeAll(partition, each)
        queues.close(partition)
    }

    private mutating func takeAll(_ partition: Int, _ each: (Held) -> Void) {
        while let index = queues.takeFirst(of: partition) {
            if let record = held[index] { each(record) }
            held[index] = nil
        }
    }

    /// The last record of a partition, to wait until `due`, and until all in front of it have gone.
    /// - Precondition: the partition is open.
    package mutating func append(_ record: Held, to partition: Int, due: Instant, bytes: Int) {
        let index = queues.append(to: partition, due: due, bytes: bytes)
        if index == held.count { held.append(record) } else { held[index] = record }
    }

    /// The partition, record and due instant of the first record that is due by then, which no longer waits.
    package mutating func popFirst(dueBy horizon: Instant) -> (partition: Int, held: Held, due: Instant)? {
        guard let (partition, index, due) = queues.popFirst(dueBy: horizon), let record = held[index] else {
            return nil
        }
        held[index] = nil
        return (partition, record, due)
    }

    /// The first record that is due by then; it waits on.
    package func first(dueBy horizon: Instant) -> (partition: Int, held: Held)? {
        guard let (partition, index) = queues.first(dueBy: horizon), let record = held[index] else { return nil }
        return (partition, record)
    }

    /// A partition's first record is due later than it was, and with it all behind it.
    package mutating func postponeFirst(of partition: Int, until due: Instant) {
        queues.postponeFirst(of: partition, until: due)
    }

    /// Of each partition that holds records, the first one.
    package func forEachFirst(_ body: (Held) -> Void) {
        for place in queues.firstPlaces { if let record = held[place] { body(record) } }
    }

    /// Everything that waits is due at another instant, as after a change of the plan. Records are asked for in the order
    /// of their partition, one partition after the other.
    package mutating func reschedule(_ newDue: (_ partition: Int, Held) -> Instant) {
        let records = held
        queues.reschedule { partition, index in
            records[index].map { newDue(partition, $0) } ?? Instant(nanoseconds: .min)
        }
    }

    /// A partition that is to be paused, or resumed, and has not been told so. Resumed is only what has half of its part
    /// left, so that a consumer is not told at each record.
    package mutating func nextChange() -> (partition: Int, isPaused: Bool)? { queues.nextChange() }
}
