import Model
import RdKafka

/// Something about a flow's own topic that may lose what it holds, and what to do about it. A topic that was there
/// before the flow is taken as it is; what is wrong with it would by itself show too late.
package struct LedgerWeakness: Hashable, Sendable {
    package let topic: String
    package let what: String
    package let remedy: String
    /// The topic loses what it holds in any case, not only when a broker dies at a bad moment.
    package var isCertain = false

    /// - Parameters:
    ///   - settings: those in force, defaults included. One that is not told is not judged.
    ///   - replicas: of the partition that has fewest.
    ///   - usualReplicas: what the cluster's topics have at most.
    package static func all(
        of topic: String, settings: [String: String], replicas: Int, usualReplicas: Int
    ) -> [LedgerWeakness] {
        func alter(_ setting: String) -> String {
            "kafka-configs.sh --alter --entity-type topics --entity-name \(topic) --add-config \(setting)"
        }
        var found: [LedgerWeakness] = []
        if let policy = settings["cleanup.policy"], policy != "compact" {
            found.append(
                LedgerWeakness(
                    topic: topic, what: "cleanup.policy is \(policy): what stands in it is deleted after a time",
                    remedy: alter("cleanup.policy=compact"), isCertain: true))
        }
        if settings["unclean.leader.election.enable"] == "true" {
            found.append(
                LedgerWeakness(
                    topic: topic,
                    what: "unclean.leader.election.enable is true: an election may lose the last positions",
                    remedy: alter("unclean.leader.election.enable=false")))
        }
        if replicas >= 3, let inSync = settings["min.insync.replicas"].flatMap({ Int($0) }), inSync < 2 {
            found.append(
                LedgerWeakness(
                    topic: topic,
                    what: "min.insync.replicas is \(inSync): one broker's death may lose the last positions",
                    remedy: alter("min.insync.replicas=2")))
        }
        if replicas < min(3, usualReplicas) {
            found.append(
                LedgerWeakness(
                    topic: topic, what: "it has \(replicas) replicas where the cluster's topics have \(usualReplicas)",
                    remedy: "kafka-reassign-partitions.sh gives it more"))
        }
        return found
    }
}

extension LedgerTopics {
    /// What may lose the flow's memory. Topics that are not there yet have no weakness: they are made without.
    ///
    /// - Throws: the settings could not be read, for want of the right DESCRIBE_CONFIGS, for example.
    package func weaknesses() throws(KafkaFault) -> [LedgerWeakness] {
        let topics = try admin.topics(timeoutMilliseconds: Self.timeoutMilliseconds)
        let usual = Self.usualReplicas(of: topics)
        var found: [LedgerWeakness] = []
        for topic in topics where [flow.controlTopic, flow.positionsTopic].contains(topic.name) {
            let settings = try admin.topicSettings(of: topic.name, timeoutMilliseconds: Self.timeoutMilliseconds)
            found += LedgerWeakness.all(
                of: topic.name, settings: settings, replicas: topic.partitions.map(\.replicas.count).min() ?? 0,
                usualReplicas: usual)
        }
        return found
    }
}
