import Model
import Topics

/// One topic of one cluster, as its metadata show it.
struct TopicFacts: Equatable {
    let name: String
    let partitions: Int
    /// Partitions without a leader at the moment.
    var leaderless = 0
    /// Kafka's error code for the topic; 0 when there is none.
    var code: Int32 = 0
}

/// What one cluster holds.
struct ClusterFacts: Equatable {
    let name: String
    let id: String?
    let topics: [String: TopicFacts]

    init(name: String, id: String?, topics: [TopicFacts]) {
        self.name = name
        self.id = id
        self.topics = Dictionary(topics.map { ($0.name, $0) }) { first, _ in first }
    }
}

/// Judges a flow by what its clusters hold: a pure function, so that every case has a test without a cluster.
struct FlowJudgement {
    /// Kafka's TOPIC_AUTHORIZATION_FAILED.
    private static let isForbidden: Int32 = 29

    let flow: FlowDefinition
    let selection: TopicSelection
    let source: ClusterFacts
    let destination: ClusterFacts

    /// - Parameter holdsRecords: whether a topic of the destination has an end offset above 0; asked only where the
    ///   answer matters.
    /// - Parameter gone: topics that the flow has mirrored, and that the source has deleted.
    func findings(gone: Set<String> = [], holdsRecords: (TopicFacts) -> Bool) -> FlowFindings {
        var findings = FlowFindings(flow)
        judgeEnds(&findings)
        judgeNames(gone, &findings)
        for name in gone.sorted() where selection.selects(name) {
            findings.notes.append(
                "\(name) was mirrored and is gone: \(source.name) has deleted it; what was copied stays, and should it "
                    + "come back, it is judged by its positions")
        }
        let selected = source.topics.values.filter { selection.selects($0.name) }.sorted { $0.name < $1.name }
        for topic in selected { judge(topic, holdsRecords: holdsRecords, &findings) }
        if selected.isEmpty {
            findings.notes.append("no topic of \(source.name) is selected now; a run waits until one appears")
        }
        let own = [flow.positionsTopic, flow.controlTopic] + (flow.hasQuarantine ? [flow.quarantineTopic] : [])
        findings.ownTopicsToCreate = own.filter { destination.topics[$0] == nil }
        return findings
    }

    private func judgeEnds(_ findings: inout FlowFindings) {
        guard let id = source.id, id == destination.id else { return }
        findings.problems.append(
            Remark(
                what: "\(source.name) and \(destination.name) are the same cluster (\(id))",
                remedy: "let `from` and `to` name different clusters; a topic copied onto itself never ends"))
    }

    /// A topic that is named in full should be there, unless it was mirrored and is gone. A pattern may match later.
    private func judgeNames(_ gone: Set<String>, _ findings: inout FlowFindings) {
        for case .literal(let name) in flow.topics where source.topics[name] == nil && !gone.contains(name) {
            findings.problems.append(
                Remark(
                    what: "\(source.name) has no topic \(name), or does not show it",
                    remedy: "create it, correct the name, or allow DESCRIBE on it"))
        }
    }

    private func judge(_ topic: TopicFacts, holdsRecords: (TopicFacts) -> Bool, _ findings: inout FlowFindings) {
        let present = destination.topics[topic.name]
        var step: TopicFindings.Step =
            switch present?.partitions {
            case nil: .create
            case .some(let partitions): partitions < topic.partitions ? .grow : .copy
            }
        for (facts, cluster, right) in [(topic, source, "READ"), (present, destination, "WRITE")] {
            guard let facts, facts.code != 0 else { continue }
            step = .refuse
            findings.problems.append(fault(of: facts, at: cluster.name, right: right))
        }
        if let present, step != .refuse, isNew, flow.start == nil, holdsRecords(present) {
            step = .refuse
            findings.problems.append(
                Remark(
                    what: "\(destination.name) already holds records of \(topic.name), and the flow has not begun yet",
                    remedy:
                        "say where it begins: `start: earliest` copies all (again), `start: latest` only what is new"))
        }
        if topic.leaderless > 0 {
            findings.notes.append(
                "\(topic.leaderless) partitions of \(topic.name) have no leader now; they are waited for")
        }
        findings.topics.append(
            TopicFindings(
                name: topic.name, partitions: topic.partitions, partitionsAtDestination: present?.partitions, step: step
            ))
    }

    /// Without its control topic a flow has registered nothing: every topic is new to it.
    var isNew: Bool { destination.topics[flow.controlTopic] == nil }

    private func fault(of facts: TopicFacts, at cluster: String, right: String) -> Remark {
        if facts.code == Self.isForbidden {
            return Remark(
                what: "\(cluster) forbids \(facts.name) to this client",
                remedy: "allow \(right) and DESCRIBE on the topic there")
        }
        return Remark(
            what: "\(cluster) answers for \(facts.name) with Kafka's error code \(facts.code)",
            remedy: "look at the topic and at the brokers' logs there")
    }
}

extension FlowFindings {
    init(_ flow: FlowDefinition) {
        self.init(
            name: flow.name, source: flow.source.name, destination: flow.destination.name,
            delivery: flow.delivery.rawValue)
    }
}
