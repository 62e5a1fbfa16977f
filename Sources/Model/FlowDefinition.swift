/// One mirror: from where, to where, which topics, with which promise. What a configuration says, after every check.
package struct FlowDefinition: Sendable {
    package var name: String
    package var source: ClusterDefinition
    package var destination: ClusterDefinition
    package var topics: [TopicEntry]
    package var delivery: Delivery = .atLeastOnce
    package var isolation: Isolation = .readCommitted
    /// How long an open transaction, or an unrecorded position, may grow old.
    package var commitIntervalMilliseconds: Int64 = 200
    /// Threads that move records; `nil` means the measured default.
    package var lanes: Int?
    /// Bytes of records that one process may hold for this flow, over all its lanes.
    package var memoryBudgetBytes: Int = 128 << 20
    package var sessionTimeoutMilliseconds: Int64 = 10_000
    /// At rest. Members hear with their next heartbeat that the group begins to move; while it moves, heartbeats go ten times a
    /// second where this is a second or less.
    package var heartbeatIntervalMilliseconds: Int64 = 300
    /// Partitions of the positions topic; fixed when the flow is created. `nil`: the number of selected partitions, 12 to 240.
    package var slots: Int?
    /// Where partitions begin that the flow sees for the first time; `nil`: earliest, and only into empty topics.
    package var start: StartPolicy?
    /// Raised by the operator when a changed configuration is rolled out process by process; the higher one wins.
    package var revision: Int = 1
    package var policies = Policies()
    /// In the order of the file: the first one that names a topic and a policy counts.
    package var policyOverrides: [PolicyOverride] = []
    /// Whether quarantined records keep their bytes, beside what is said about them.
    package var quarantineKeepsBytes = true
    /// What is done to records on their way.
    package var shape = ShapeDefinition()

    package init(name: String, source: ClusterDefinition, destination: ClusterDefinition, topics: [TopicEntry]) {
        self.name = name
        self.source = source
        self.destination = destination
        self.topics = topics
    }

    package var positionsTopic: String { "martlet.\(name).positions" }
    package var controlTopic: String { "martlet.\(name).control" }
    /// Some topic may need a quarantine.
    package var hasQuarantine: Bool {
        policies.onPoison == .quarantine || policyOverrides.contains { $0.onPoison == .quarantine }
            || shape.mayQuarantine
    }
    package var quarantineTopic: String { "martlet.\(name).quarantine" }
    package var group: String { "martlet.\(name)" }

    /// The transactional id of one lane. Names hold no `.`, so two ids cannot coincide.
    package func transactionalID(instance: String, lane: Int) -> String {
        "martlet.\(name).\(instance).\(lane)"
    }

    /// Of a producer that sends nothing: for having the cluster make its topic for transactions. No lane's.
    package var wakingTransactionalID: String { "martlet.\(name).wake" }

    /// Whether `text` can be the transactional id of one of this flow's lanes.
    ///
    /// What stands as the owner of a slot is fenced. Whoever may write to the positions topic must not be able to have
    /// this process shut out the producers of others.
    package func isTransactionalID(_ text: String) -> Bool {
        let prefix = "martlet.\(name)."
        guard text.utf8.starts(with: prefix.utf8), text.utf8.count <= 300 else { return false }
        let parts = text.utf8.dropFirst(prefix.utf8.count).split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.allSatisfy { $0.isLegalInTopic && $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "_") }
            }
    }
}

/// One entry of a flow's `topics`.
package enum TopicEntry: Hashable, Sendable {
    /// Exactly this topic.
    case literal(String)
    /// A regular expression that must match a whole topic name.
    case pattern(String)

    package var text: String {
        switch self {
        case .literal(let text), .pattern(let text): text
        }
    }
}
