import Engine
import KafkaPorts
import Model
import RdKafka

/// Asks the destination which brokers hold the partitions of this process' topics, where several lanes share them out
/// by that (exactly once). On a thread of its own.
final class ReplicaWatch: Sendable {
    private let destination: AdminClient
    private let held: @Sendable () -> [TopicPartition]
    private let tell: @Sendable (ReplicaSets) -> Void

    private static let intervalMilliseconds = 1_000
    /// Replicas move rarely; what came new is asked for at once.
    private static let againMilliseconds: Int64 = 60_000
    private static let timeoutMilliseconds: Int32 = 5_000

    init(
        destination: AdminClient, held: @escaping @Sendable () -> [TopicPartition],
        tell: @escaping @Sendable (ReplicaSets) -> Void
    ) {
        self.destination = destination
        self.held = held
        self.tell = tell
    }

    func run(until isOver: StopFlag) {
        var sets = ReplicaSets()
        var askedAt: Instant?
        while !isOver.isRaised {
            let partitions = held()
            let isDue = askedAt.map { Instant.now.milliseconds(since: $0) >= Self.againMilliseconds } ?? true
            if isDue || partitions.contains(where: { sets.numbers[$0] == nil }) {
                let before = sets
                note(Set(partitions.map(\.topic)), in: &sets)
                if sets != before { tell(sets) }
                askedAt = .now
            }
            pause(milliseconds: Self.intervalMilliseconds, orUntil: isOver)
        }
    }

    /// All partitions of the topics: those of others may come to this process.
    private func note(_ topics: Set<String>, in sets: inout ReplicaSets) {
        guard !topics.isEmpty, let all = try? destination.topics(timeoutMilliseconds: Self.timeoutMilliseconds) else {
            return
        }
        for topic in all.sorted(by: { $0.name < $1.name }) where topics.contains(topic.name) {
            for partition in topic.partitions {
                sets.note(TopicPartition(topic.name, partition.number), on: partition.replicas)
            }
        }
    }
}
