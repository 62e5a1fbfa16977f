import Foundation
import Rig
import Synchronization

/// Two clusters to mirror between.
package struct ClusterPair: Sendable {
    package let source: KafkaCluster
    package let destination: KafkaCluster

    package init(source: KafkaCluster, destination: KafkaCluster) {
        self.source = source
        self.destination = destination
    }
}

/// Clusters that many tests share: started by the first that asks, kept for the whole test process, ended with it by
/// ``CleanupGuard``. Tests tell their topics apart by ``uniqueName(_:)``, and leave the brokers alone.
package enum Clusters {
    private enum Role { case source, destination }
    private struct Key: Hashable {
        let home: KafkaHome
        let role: Role
    }

    private static let started = Mutex<[Key: KafkaCluster]>([:])

    /// A source and a destination of one broker each.
    package static func pair(_ home: KafkaHome? = nil) throws -> ClusterPair {
        ClusterPair(source: try source(home), destination: try shared(home, .destination))
    }

    /// The pair's source, for tests that need one cluster.
    package static func source(_ home: KafkaHome? = nil) throws -> KafkaCluster { try shared(home, .source) }

    private static func shared(_ home: KafkaHome?, _ role: Role) throws -> KafkaCluster {
        let home = try KafkaHome.required(home)
        let key = Key(home: home, role: role)
        return try started.withLock { started in
            if let cluster = started[key] { return cluster }
            let cluster = try KafkaCluster.start(brokers: 1, home: home)
            started[key] = cluster
            return cluster
        }
    }

    /// A name for a topic, group or flow that no other test has; letters, digits and `-` only.
    package static func uniqueName(_ stem: String) -> String {
        "\(stem)-\(UUID().uuidString.prefix(8).lowercased())"
    }
}
