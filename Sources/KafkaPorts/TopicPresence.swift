import Engine
import Model
import RdKafka

/// Whether a cluster has a partition. That it does not is said only where a cluster that is well said so twice: asked
/// for the topic, and asked for all that it has.
package enum TopicPresence: Hashable, Sendable {
    case shown
    case absent(SourceAbsence)
    /// Brokers (0.11 and later) say so of any topic that this client may not see, also where there is none.
    case forbidden(reason: String)
    /// What was answered does not fit together, or is not of the right cluster.
    case unclear(String)

    /// - Parameters:
    ///   - cluster: the id of the cluster that is meant; `nil` or empty when it is unknown.
    ///   - admin: a client that knows nothing yet, since one that has known a topic for long believes in it.
    package static func ask(
        _ partitions: [TopicPartition], cluster: String?, _ admin: AdminClient, timeoutMilliseconds: Int32
    ) throws(KafkaFault) -> [TopicPartition: TopicPresence] {
        var presence: [TopicPartition: TopicPresence] = [:]
        for (topic, asked) in Dictionary(grouping: partitions, by: \.topic) {
            do throws(KafkaFault) {
                let count = try admin.topic(topic, timeoutMilliseconds: timeoutMilliseconds)?.partitions.count
                for partition in asked { presence[partition] = judge(partition, count: count) }
            } catch {
                guard error.name == "TOPIC_AUTHORIZATION_FAILED" else { throw error }
                for partition in asked { presence[partition] = .forbidden(reason: error.description) }
            }
        }
        let absent = presence.filter { if case .absent = $0.value { true } else { false } }
        guard !absent.isEmpty else { return presence }
        let all = try admin.topics(timeoutMilliseconds: timeoutMilliseconds)
        let objection = objection(to: all, id: admin.clusterID(timeoutMilliseconds: timeoutMilliseconds), cluster)
        for (partition, answer) in absent {
            presence[partition] = confirmed(answer, of: partition, by: all, objection)
        }
        return presence
    }

    private static func judge(_ partition: TopicPartition, count: Int?) -> TopicPresence {
        guard let count else { return .absent(.topic) }
        return partition.partition < count ? .shown : .absent(.partition(count: count))
    }

    /// What speaks against believing that something which is not in an answer is not in the cluster.
    package static func objection(to all: [TopicMetadata], id: String?, _ cluster: String?) -> String? {
        if let id, let cluster, !cluster.isEmpty, id != cluster {
            return "another cluster answers in the source's place: \(id) instead of \(cluster)"
        }
        let partitions = all.flatMap(\.partitions)
        if !partitions.isEmpty, partitions.allSatisfy({ $0.leader < 0 }) {
            return "the source is not well: none of its partitions has a leader"
        }
        return nil
    }

    /// - Parameter answer: what was said when only the topic was asked for: that the partition is absent.
    package static func confirmed(
        _ answer: TopicPresence, of partition: TopicPartition, by all: [TopicMetadata], _ objection: String?
    ) -> TopicPresence {
        if let objection { return .unclear(objection) }
        guard let found = all.first(where: { $0.name == partition.topic }) else { return answer }
        let isThere = found.code != 0 || found.partitions.contains { $0.number == partition.partition }
        return isThere ? .unclear("the source says and denies that it has \(partition)") : answer
    }
}
