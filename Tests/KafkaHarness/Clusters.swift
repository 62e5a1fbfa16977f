import Foundation
import Synchronization

/// Two clusters to mirror between.
package struct ClusterPair: Sendable {
    package let source: KafkaCluster
    package let destination: KafkaCluster
}

/// Clusters that many tests share: started by the first that asks, kept for the whole test process, ended with it by
/// ``CleanupGuard``. Tests tell their topics apart by ``uniqueName(_:)``, and leave the brokers alone.
package enum Clusters {
    private static let pairs = Mutex<[KafkaHome: ClusterPair]>([:])

    /// A source and a destination of one broker each.
    package static func pair(_ home: KafkaHome? = nil) throws -> ClusterPair {
        guard let home = home ?? KafkaHome.standard else { throw HarnessFault("there is no Kafka on this machine") }
        return try pairs.withLock { pairs in
            if let pair = pairs[home] { return pair }
            let pair = ClusterPair(
                source: try KafkaCluster.start(brokers: 1, home: home),
                destination: try KafkaCluster.start(brokers: 1, home: home))
            pairs[home] = pair
            return pair
        }
    }

    /// A name for a topic, group or flow that no other test has; letters, digits and `-` only.
    package static func uniqueName(_ stem: String) -> String {
        "\(stem)-\(UUID().uuidString.prefix(8).lowercased())"
    }
}
