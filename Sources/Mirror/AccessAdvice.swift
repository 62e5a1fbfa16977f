import Foundation
import Model
import RdKafka

/// Puts into words what a cluster refuses to a flow: who is refused where, which right or proof is missing, and what to
/// do about it. Read from the names that brokers and librdkafka give to their refusals, which are the same in all
/// versions.
package struct AccessAdvice: Sendable {
    private let cluster: ClusterDefinition
    private let flow: FlowDefinition
    private let isSource: Bool

    package static func atSource(of flow: FlowDefinition) -> AccessAdvice {
        AccessAdvice(cluster: flow.source, flow: flow, isSource: true)
    }

    package static func atDestination(of flow: FlowDefinition) -> AccessAdvice {
        AccessAdvice(cluster: flow.destination, flow: flow, isSource: false)
    }

    /// For a reason that says itself which end it is about.
    static func byReason(_ reason: String, of flow: FlowDefinition) -> AccessAdvice {
        reason.contains("destination") ? atDestination(of: flow) : atSource(of: flow)
    }

    /// `reason`, and what it means where it is a refusal.
    package func explained(_ reason: String, topic: String? = nil) -> String {
        advice(on: reason, topic: topic).map { "\(reason); \($0)" } ?? reason
    }

    /// `nil` where `reason` is no refusal.
    package func advice(on reason: String, topic: String? = nil) -> String? {
        guard let refusal = Refusal(in: reason) else { return nil }
        switch refusal {
        case .credentials: return Self.credentials(of: cluster)
        case .certificate: return Self.certificates(of: cluster)
        case .topic:
            let resource = topic.map { "topic \($0)" } ?? "the topic"
            let creates = reason.contains("CreateTopics") || reason.contains("made or grown")
            let needed = creates ? "CREATE, or ALTER where it has too few partitions," : "WRITE or DESCRIBE"
            return lacks(isSource ? "READ or DESCRIBE" : needed, on: resource)
        case .group: return lacks("READ or DESCRIBE", on: "group \(flow.group)")
        case .transactionalID:
            return lacks("WRITE or DESCRIBE", on: "transactional ids that begin with \(flow.group).")
        case .cluster: return lacks("CREATE on the topics, or IDEMPOTENT_WRITE before Kafka 3.0,", on: "the cluster")
        }
    }

    private func lacks(_ right: String, on resource: String) -> String {
        let who = cluster.principal ?? "the principal of its certificate or token"
        return "cluster \(cluster.name) takes this client for \(who), who lacks \(right) on \(resource): "
            + "allow it there, and the flow goes on by itself"
    }

    package static func credentials(of cluster: ClusterDefinition) -> String {
        let isSCRAM = cluster.properties.contains {
            $0.name.hasPrefix("sasl.mechanism") && $0.value.uppercased().hasPrefix("SCRAM")
        }
        // It repeats its nonce in its last message (librdkafka issue 4895), which brokers of 4.0 and later refuse.
        let isOld = librdkafkaVersion.compare("2.6.1", options: .numeric) == .orderedAscending
        let hint = "; with librdkafka \(librdkafkaVersion), SCRAM does not work at Kafka 4: 2.6.1 or newer does"
        let who = cluster.principal ?? "this client"
        return "cluster \(cluster.name) does not accept the credentials of \(who): correct "
            + "`sasl.username`, `sasl.password` or `sasl.mechanism` below `kafka:`, or the files they come from"
            + (isSCRAM && isOld ? hint : "")
    }

    package static func certificates(of cluster: ClusterDefinition) -> String {
        "no TLS connection with cluster \(cluster.name): its certificate has expired, is for another host or is not "
            + "signed by the CA of `ssl.ca.location`; or it refuses the one of `ssl.certificate.location`"
    }

    /// What kind of refusal a reason tells of.
    package enum Refusal: CaseIterable, Sendable {
        case topic, group, transactionalID, cluster, credentials, certificate

        package init?(in reason: String) {
            guard let refusal = Self.allCases.first(where: { $0.marks.contains { reason.contains($0) } }) else {
                return nil
            }
            self = refusal
        }

        private var marks: [String] {
            switch self {
            case .topic: ["TOPIC_AUTHORIZATION_FAILED", "Topic authorization failed"]
            case .group: ["GROUP_AUTHORIZATION_FAILED", "Group authorization failed"]
            case .transactionalID:
                ["TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "Transactional Id authorization failed"]
            case .cluster: ["CLUSTER_AUTHORIZATION_FAILED", "Cluster authorization failed"]
            case .credentials: ["_AUTHENTICATION (", "SASL_AUTHENTICATION_FAILED", "SASL authentication error"]
            case .certificate: ["_SSL (", "SSL handshake failed", "SSL routines", "certificate verify failed"]
            }
        }
    }
}
