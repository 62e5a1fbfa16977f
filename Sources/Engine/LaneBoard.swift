import Model
import Synchronization

/// What a lane shows to others: atomic counters, and a picture of its partitions renewed a few times a second.
package final class LaneBoard: Sendable {
    package struct Partition: Hashable, Sendable {
        package let source: TopicPartition
        package let slot: Slot
        /// The last committed position.
        package let position: Int64
        package let end: Int64?
        package let state: String
        /// Whether its log was proved to be the one of before, or will not be read any more.
        package let isJudged: Bool

        /// Whether the source deleted it.
        package var isGone: Bool { state.hasPrefix("gone") }

        package init(
            source: TopicPartition, slot: Slot, position: Int64, end: Int64?, state: String, isJudged: Bool
        ) {
            self.source = source
            self.slot = slot
            self.position = position
            self.end = end
            self.state = state
            self.isJudged = isJudged
        }
    }

    /// How old a picture of so many partitions may be while the lane turns: thousands of them are not drawn ten times a
    /// second.
    static func intervalMilliseconds(for partitions: Int) -> Int64 {
        min(10_000, max(100, Int64(partitions)))
    }

    package let counters = LaneCounters()
    private let picture = Mutex<(partitions: [Partition], at: Instant?)>(([], nil))

    package init() {}

    package var partitions: [Partition] { picture.withLock { $0.partitions } }

    func publishIfDue(at now: Instant, _ draw: () -> [Partition]) {
        let isDue = picture.withLock { picture in
            guard let last = picture.at else { return true }
            return now.milliseconds(since: last) >= Self.intervalMilliseconds(for: picture.partitions.count)
        }
        guard isDue else { return }
        let partitions = draw()
        picture.withLock { $0 = (partitions, now) }
    }

    /// Partitions came or went: the next turn draws anew.
    func forceNext() {
        picture.withLock { $0.at = nil }
    }
}

/// Totals since the lane began. Written by the lane once a turn, read by anyone.
package final class LaneCounters: Sendable {
    private let read = Atomic<Int>(0)
    private let delivered = Atomic<Int>(0)
    private let deliveredBytes = Atomic<Int>(0)
    private let commits = Atomic<Int>(0)
    private let quarantined = Atomic<Int>(0)
    private let lossEvents = Atomic<Int>(0)
    private let destinationLossEvents = Atomic<Int>(0)
    private let missing = Atomic<Int64>(0)

    package var recordsRead: Int { read.load(ordering: .relaxed) }
    package var recordsDelivered: Int { delivered.load(ordering: .relaxed) }
    package var bytesDelivered: Int { deliveredBytes.load(ordering: .relaxed) }
    package var transactionsCommitted: Int { commits.load(ordering: .relaxed) }
    package var recordsQuarantined: Int { quarantined.load(ordering: .relaxed) }

    package var losses: Int { lossEvents.load(ordering: .relaxed) }
    /// Offsets that the source no longer held when they were to be read, or that were not mirrored for such a reason.
    package var offsetsMissing: Int64 { missing.load(ordering: .relaxed) }

    package var destinationLosses: Int { destinationLossEvents.load(ordering: .relaxed) }

    func noteDestinationLoss() { destinationLossEvents.wrappingAdd(1, ordering: .relaxed) }
    func noteLoss(of offsets: Range<Int64>) {
        lossEvents.wrappingAdd(1, ordering: .relaxed)
        missing.wrappingAdd(Int64(offsets.count), ordering: .relaxed)
    }
    func noteReads(_ count: Int) { read.wrappingAdd(count, ordering: .relaxed) }
    func noteQuarantined() { quarantined.wrappingAdd(1, ordering: .relaxed) }
    func noteCommit() { commits.wrappingAdd(1, ordering: .relaxed) }
    func noteDelivered(_ count: Int, bytes: Int) {
        delivered.wrappingAdd(count, ordering: .relaxed)
        deliveredBytes.wrappingAdd(bytes, ordering: .relaxed)
    }
}
