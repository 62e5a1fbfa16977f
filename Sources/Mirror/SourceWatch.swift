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

    package init() {}
}

/// Asks the source every few seconds about the partitions of this process: librdkafka tells a consumer nothing of a
/// partition that has no leader, and waits. On a thread of its own.
final class SourceWatch: Sendable {
    private let source: AdminClient
    private let held: @Sendable () -> [TopicPartition]
    private let picture = Mutex(SourceLook())

    private static let intervalMilliseconds = 5_000
    private static let timeoutMilliseconds: Int32 = 5_000

    init(source: AdminClient, held: @escaping @Sendable () -> [TopicPartition]) {
        self.source = source
        self.held = held
    }

    var look: SourceLook { picture.withLock { $0 } }

    func run(until isOver: StopFlag) {
        while !isOver.isRaised {
            let partitions = held()
            if !partitions.isEmpty {
                let look = ask(partitions)
                picture.withLock { $0 = look }
            }
            pause(milliseconds: Self.intervalMilliseconds, orUntil: isOver)
        }
    }

    private func ask(_ partitions: [TopicPartition]) -> SourceLook {
        var look = SourceLook()
        do throws(KafkaFault) {
            // All at once: librdkafka remembers what this tells of leaders, and asks them for the ends.
            var leaderless: Set<TopicPartition> = []
            for topic in try source.topics(timeoutMilliseconds: Self.timeoutMilliseconds) {
                for partition in topic.partitions where partition.leader < 0 {
                    leaderless.insert(TopicPartition(topic.name, partition.number))
                }
            }
            for partition in partitions where leaderless.contains(partition) {
                look.obstacles[partition] = "the source partition has no leader"
            }
            let led = partitions.filter { !leaderless.contains($0) }
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
