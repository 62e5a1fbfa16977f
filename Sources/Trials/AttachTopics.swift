import Foundation
import Model
import RdKafka

/// Why a mirror could not be judged; nothing is left behind but what the message names.
package struct AttachFault: Error, Sendable, CustomStringConvertible {
    package let description: String
}

/// The topic of one trial at both clusters: refused where it was before, made, watched, taken away.
struct AttachTopics {
    private static let answerMilliseconds: Int32 = 15_000
    private static let lookMilliseconds: Int32 = 2_000
    private static let goneSeconds = 15.0
    /// After the deletion: a client that still asks for the topic has a broker with `auto.create.topics.enable` make it
    /// anew within a few metadata refreshes.
    private static let settleSeconds = 3.0

    private let options: AttachOptions
    private let source: AdminClient
    private let destination: AdminClient
    private(set) var ownership = TopicOwnership()

    init(_ options: AttachOptions) throws(KafkaFault) {
        func admin(_ cluster: AttachOptions.Cluster) throws(KafkaFault) -> AdminClient {
            try AdminClient(
                ClientConfiguration(
                    bootstrap: cluster.bootstrap, properties: cluster.properties, clientID: "martlet-verify-admin")
            ) { _ in }
        }
        self.options = options
        source = try admin(options.source)
        destination = try admin(options.destination)
    }

    /// Makes the source's topic, once it is certain that neither cluster has one of that name.
    mutating func make() throws {
        guard let from = source.clusterID(timeoutMilliseconds: Self.answerMilliseconds) else {
            throw AttachFault(description: "the source does not answer; its addresses and --source-properties say how")
        }
        guard let to = destination.clusterID(timeoutMilliseconds: Self.answerMilliseconds) else {
            throw AttachFault(
                description: "the destination does not answer; its addresses and --destination-properties say how")
        }
        if from == to, options.copy == options.topic {
            throw AttachFault(
                description: "source and destination are one cluster, and the topic would be judged where it was sent; "
                    + "say with --destination-prefix how the mirror calls its copy")
        }
        try refuse(options.topic, of: source, "source")
        try refuse(options.copy, of: destination, "destination")
        ownership.wasCopyAbsent = true
        let request = NewTopic(
            name: options.topic, partitions: Int32(options.partitions), replicationFactor: options.replicas ?? -1,
            // Some clusters compact by default: that would be loss, and refuses records without a key.
            settings: [
                ClientProperty("cleanup.policy", "delete"), ClientProperty("retention.ms", "\(options.retention)"),
            ])
        for outcome in try source.create([request], timeoutMilliseconds: Self.answerMilliseconds) {
            if let fault = outcome.fault {
                throw AttachFault(description: "\(options.topic) cannot be made in the source: \(fault.reason)")
            }
        }
        ownership.isSourceMade = true
        // Made is not yet led: what is sent before may be lost on its way, and would be held against the mirror (see
        // `KafkaCluster.create`).
        let limit = Date.now.addingTimeInterval(Self.goneSeconds)
        while source.ends(of: options.topic, partitions: options.partitions).contains(-1) {
            guard Date.now < limit else {
                throw AttachFault(
                    description: "\(options.topic) was made in the source, and not every partition got a leader")
            }
            Thread.sleep(forTimeInterval: 0.1)
        }
    }

    private func refuse(_ name: String, of admin: AdminClient, _ cluster: String) throws {
        let found: TopicMetadata?
        do throws(KafkaFault) {
            found = try admin.topic(name, timeoutMilliseconds: Self.answerMilliseconds)
        } catch {
            throw AttachFault(
                description: "the \(cluster) does not say whether it has \(name), for which this user needs DESCRIBE: "
                    + error.reason)
        }
        guard found == nil else {
            throw AttachFault(
                description: "the \(cluster) has a topic \(name) already; only topics of its own are used. "
                    + "Choose another --topic-prefix")
        }
    }

    /// Whether the mirror has made its copy.
    var isCopyThere: Bool { partitionCount(.destination) ?? 0 > 0 }

    /// 0: there is none; `nil`: nobody says.
    private func partitionCount(_ side: TopicOwnership.Side) -> Int? {
        let (admin, name) = place(of: side)
        do throws(KafkaFault) {
            return try admin.topic(name, timeoutMilliseconds: Self.lookMilliseconds)?.partitions.count ?? 0
        } catch {
            return nil
        }
    }

    private func place(of side: TopicOwnership.Side) -> (admin: AdminClient, name: String) {
        switch side {
        case .source: (source, options.topic)
        case .destination: (destination, options.copy)
        }
    }

    // MARK: The end

    /// Deletes what is this run's. Each answer is a line for the person: what is gone, what is left and why.
    mutating func remove() -> [String] {
        let sides = ownership.deletions
        var lines: [String] = []
        var gone: [TopicOwnership.Side] = []
        for side in sides where partitionCount(side) != 0 {
            let (admin, name) = place(of: side)
            do throws(KafkaFault) {
                let outcomes = try admin.delete([name], timeoutMilliseconds: Self.answerMilliseconds)
                if let fault = outcomes.compactMap(\.fault).first { throw fault }
                awaitAbsence(of: side)
                gone.append(side)
                lines.append("\(name) deleted in the \(side.rawValue)")
            } catch {
                lines.append("\(name) is left in the \(side.rawValue), delete it yourself: \(error.reason)")
            }
        }
        // Never twice: once it was gone, what has this name was not made by this run.
        ownership = TopicOwnership()
        guard !gone.isEmpty else { return lines }
        Thread.sleep(forTimeInterval: Self.settleSeconds)
        for side in gone where partitionCount(side) ?? 0 > 0 {
            lines.append(
                "\(place(of: side).name) is in the \(side.rawValue) again: a client that still asks for it has a broker "
                    + "make it anew (auto.create.topics.enable); delete it while the mirror is stopped")
        }
        return lines
    }

    private func awaitAbsence(of side: TopicOwnership.Side) {
        let limit = Date.now.addingTimeInterval(Self.goneSeconds)
        while Date.now < limit, partitionCount(side) != 0 { Thread.sleep(forTimeInterval: 0.1) }
    }
}
