/// What `martlet check` found. Its JSON form is part of the interface.
struct CheckReport: Encodable, Equatable {
    var clusters: [ClusterFindings]
    var flows: [FlowFindings]

    /// Nothing is missing: a run can start.
    var isReady: Bool { problems.isEmpty }

    var problems: [Remark] { clusters.compactMap(\.problem) + flows.flatMap(\.problems) }

    private enum Key: CodingKey { case ready, clusters, flows }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(isReady, forKey: .ready)
        try container.encode(clusters, forKey: .clusters)
        try container.encode(flows, forKey: .flows)
    }
}

/// Something that is missing, and what to do about it.
struct Remark: Encodable, Equatable {
    let what: String
    let remedy: String
}

/// One cluster, as it answered.
struct ClusterFindings: Encodable, Equatable {
    let name: String
    let bootstrap: String
    /// `nil` where the cluster did not say.
    var id: String?
    /// Topics that this client may see, internal ones included; `nil`: the cluster did not answer.
    var topics: Int?
    var problem: Remark?

    var isReachable: Bool { topics != nil }
}

/// One flow, between what its two clusters hold.
struct FlowFindings: Encodable, Equatable {
    let name: String
    let source: String
    let destination: String
    let delivery: String
    /// By what a source log is known to be the one that was mirrored.
    var logProof = "marked records"
    /// The selected topics by name; empty when a cluster did not answer.
    var topics: [TopicFindings] = []
    /// Topics of the flow's own that a run would create at the destination.
    var ownTopicsToCreate: [String] = []
    var problems: [Remark] = []
    var notes: [String] = []
}

/// One selected topic.
struct TopicFindings: Encodable, Equatable {
    enum Step: String, Encodable {
        /// The destination has it, with enough partitions.
        case copy
        /// A run creates it at the destination first.
        case create
        /// A run adds partitions at the destination first.
        case grow
        /// The flow would not copy it; a problem says why.
        case refuse
    }

    let name: String
    let partitions: Int
    /// `nil`: the destination has no such topic.
    let partitionsAtDestination: Int?
    var step: Step
}
