import Engine
import KafkaPorts
import Model
import RdKafka
import Synchronization

/// What the source says of the partitions in this process' hands, besides what reading them shows.
package struct SourceLook: Hashable, Sendable {
    /// Why a partition cannot be read at the moment.
    package var obstacles: [TopicPartition: String] = [:]
    /// Where partitions end, also those that are not being read.
    package var ends: [TopicPartition: Int64] = [:]
    /// The partitions that the source shows; `nil`: it has not answered.
    package var shown: Set<TopicPartition>?
    /// Topics of which it shows no more than that something is wrong with them.
    package var unclear: Set<String> = []

    package init() {}

    /// What a lane is to know of this look: which of its partitions the source does not show, and which it shows again.
    ///
    /// - Parameter before: the look before, which may know where the missing ones ended.
    package func orders(for partitions: [LaneBoard.Partition], before: SourceLook) -> [LaneOrder] {
        guard let shown else { return [] }
        let missed = partitions.filter {
            !$0.isGone && !shown.contains($0.source) && !unclear.contains($0.source.topic)
        }
        let returned = partitions.filter { $0.isGone && shown.contains($0.source) }
        var orders: [LaneOrder] = []
        if !missed.isEmpty {
            orders.append(.missed(missed.map { MissedPartition($0.source, end: before.ends[$0.source]) }))
        }
        if !returned.isEmpty { orders.append(.returned(returned.map(\.source))) }
        return orders
    }
}

/// Asks the source every few seconds (less often about thousands of them) about the partitions of this process: librdkafka
/// tells a consumer nothing of a partition that has no leader, and waits; and little of topics that are not there. On a
/// thread of its own.
final class SourceWatch: Sendable {
    private let source: AdminClient
    private let lanes: [LaneThread]
    private let picture = Mutex(SourceLook())

    private static let intervalMilliseconds = 5_000
    private static let timeoutMilliseconds: Int32 = 5_000

    init(source: AdminClient, lanes: [LaneThread]) {
        self.source = source
        self.lanes = lanes
    }

    var look: SourceLook { picture.withLock { $0 } }

    func run(until isOver: StopFlag) {
        while !isOver.isRaised {
            let held = lanes.map { (lane: $0, partitions: $0.board.partitions) }
            let partitions = held.flatMap(\.partitions)
            if !partitions.isEmpty {
                let before = look
                let look = ask(partitions.map(\.source))
                picture.withLock { $0 = look }
                for (lane, partitions) in held {
                    // One that a full mailbox does not take comes again with the next look.
                    for order in look.orders(for: partitions, before: before) { _ = lane.mailbox.post(order) }
                }
            }
            pause(milliseconds: max(Self.intervalMilliseconds, 5 * partitions.count), orUntil: isOver)
        }
    }

    private func ask(_ partitions: [TopicPartition]) -> SourceLook {
        var look = SourceLook()
        do throws(KafkaFault) {
            // All at once: librdkafka remembers what this tells of leaders, and asks them for the ends.
            var leaderless: Set<TopicPartition> = []
            var shown: Set<TopicPartition> = []
            for topic in try source.topics(timeoutMilliseconds: Self.timeoutMilliseconds) {
                if topic.code != 0 { look.unclear.insert(topic.name) }
                for partition in topic.partitions {
                    let source = TopicPartition(topic.name, partition.number)
                    shown.insert(source)
                    if partition.leader < 0 { leaderless.insert(source) }
                }
            }
            look.shown = shown
            for partition in partitions where leaderless.contains(partition) {
                look.obstacles[partition] = "the source partition has no leader"
            }
            let led = partitions.filter { shown.contains($0) && !leaderless.contains($0) }
            // One leader that does not answer makes the whole question fail: that proves nothing about the others.
            look.ends = try source.offsets(of: led, at: .latest, timeoutMilliseconds: Self.timeoutMilliseconds)
                .compactMapValues { try? $0.get() }
        } catch {
            for partition in partitions {
                look.obstacles[partition] = "the source does not answer: \(error.name)"
            }
        }
        return look
    }
}
