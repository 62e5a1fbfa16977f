import Model
import Topics

/// Reads the flows of a file, one after the other; it remembers their names, for each must be unique.
struct FlowDecoder {
    private let reader: FieldReader
    /// `nil` when the file's clusters could not be read: then no cluster is unknown.
    private let clusters: [NamedCluster]?
    /// The path of the flow that has a name.
    private var owners: [String: String] = [:]

    private enum Key: String, CaseIterable {
        case name, from, to, topics, delivery, isolation
        case commitInterval = "commit-interval"
        case lanes
        case memoryBudget = "memory-budget"
        case sessionTimeout = "session-timeout"
        case heartbeatInterval = "heartbeat-interval"
        case slots, start, revision
        case onLoss = "on-loss"
        case onDestinationLoss = "on-destination-loss"
        case onPoison = "on-poison"
        case policies, quarantine, shape
    }

    private enum QuarantineKey: String, CaseIterable { case bytes }
    private enum Choice: String, CaseIterable {
        case yes = "true"
        case no = "false"
    }

    private enum PolicyKey: String, CaseIterable {
        case topics
        case onLoss = "on-loss"
        case onDestinationLoss = "on-destination-loss"
        case onPoison = "on-poison"
    }

    init(reader: FieldReader, clusters: [NamedCluster]?) {
        self.reader = reader
        self.clusters = clusters
    }

    /// `nil` when it cannot be built; the reasons are in the ledger.
    mutating func flow(_ field: Field) -> FlowDefinition? {
        guard let section = reader.section(field, keys: Key.self) else { return nil }
        let source = cluster(.from, of: section)
        let destination = cluster(.to, of: section)
        if let source, let destination, source.name == destination.name, let field = section[.to] {
            let problem =
                "\(field.path) is \(quoted(source.name)), as \(section.path).from is; expected another cluster"
            reader.ledger.note(at: field.place, problem)
        }
        let name = self.name(of: section, source: source, destination: destination)
        let topics = self.topics(of: section)
        let unreadable = ClusterDefinition(name: "", bootstrap: "")
        var flow = FlowDefinition(
            name: name ?? "", source: source?.definition ?? unreadable,
            destination: destination?.definition ?? unreadable, topics: topics ?? [])
        readSettings(of: section, into: &flow)
        let isWhole = name != nil && source?.definition != nil && destination?.definition != nil && topics != nil
        return isWhole ? flow : nil
    }

    private func cluster(_ key: Key, of section: Section<Key>) -> NamedCluster? {
        let expected = "the name of a cluster of this file"
        guard let field = reader.required(key, of: section, expected: expected),
            let text = reader.text(field, expected: expected), let clusters
        else { return nil }
        if let cluster = clusters.first(where: { $0.name == text.value }) { return cluster }
        let near = nearestName(to: text.value, among: clusters.map(\.name))
        let advice = near.map { "; did you mean \(quoted($0))?" } ?? ""
        reader.refuse(text, of: field, expected: expected + advice)
        return nil
    }

    private mutating func name(
        of section: Section<Key>, source: NamedCluster?, destination: NamedCluster?
    ) -> String? {
        let name: String
        let place: Place
        let shown: String
        if let field = section[.name] {
            let expected = "letters, digits and -, at most \(FlowLimits.nameLengthMax)"
            guard let text = reader.text(field, expected: expected) else { return nil }
            guard text.value.isPlainName(lengthMax: FlowLimits.nameLengthMax) else {
                reader.refuse(text, of: field, expected: expected)
                return nil
            }
            (name, place, shown) = (text.value, field.place, "\(field.path) is \(quoted(text.written))")
        } else {
            guard let source, let destination else { return nil }
            name = "\(source.name)-\(destination.name)"
            (place, shown) = (section.place, "\(section.path) has no name and is called \(quoted(name))")
        }
        if let owner = owners[name] {
            reader.ledger.note(at: place, "\(shown), as \(owner) is; expected a name that no other flow has")
            return nil
        }
        owners[name] = section.path
        return name
    }

    private func topics(of section: Section<Key>) -> [TopicEntry]? {
        reader.required(.topics, of: section, expected: Self.topicsExpected).flatMap { topics(in: $0) }
    }

    private static let topicsExpected =
        "a list of topic names and regular expressions, such as [orders, \"payments.*\"]"

    private func topics(in field: Field) -> [TopicEntry]? {
        guard let items = reader.items(field, expected: Self.topicsExpected) else { return nil }
        var seen: Set<TopicEntry> = []
        return items.compactMap { item in
            guard let text = reader.text(item, expected: "a topic name or a regular expression") else { return nil }
            let entry = TopicEntry(parsing: text.value)
            if let expected = mistake(in: entry) {
                reader.refuse(text, of: item, expected: expected)
            } else if !seen.insert(entry).inserted {
                reader.refuse(text, of: item, expected: "each entry once; remove it")
            }
            return entry
        }
    }

    /// What was expected instead of an entry that can select nothing.
    private func mistake(in entry: TopicEntry) -> String? {
        switch entry {
        case .literal(let name):
            if !name.isLegalTopicName { return "a topic name of 1 to 249 characters, neither \".\" nor \"..\"" }
            if name.isNeverMirroredTopic { return "another topic: this one is never mirrored" }
        case .pattern:
            do {
                _ = try TopicSelection([entry])
            } catch {
                return "a topic name or a regular expression: \(error)"
            }
        }
        return nil
    }

    /// Reads everything with a default; what is absent or mistaken stays as it is in `flow`.
    private func readSettings(of section: Section<Key>, into flow: inout FlowDefinition) {
        func read<Value>(_ key: Key, _ reading: (Field) -> Value?) -> Value? { section[key].flatMap(reading) }

        flow.delivery = read(.delivery) { reader.choice($0, of: Delivery.self) } ?? flow.delivery
        flow.isolation = read(.isolation) { reader.choice($0, of: Isolation.self) } ?? flow.isolation
        flow.commitIntervalMilliseconds =
            read(.commitInterval) { reader.milliseconds($0, in: FlowLimits.commitIntervalMilliseconds) }
            ?? flow.commitIntervalMilliseconds
        flow.lanes = read(.lanes) { reader.wholeNumber($0, in: FlowLimits.lanes) }
        flow.memoryBudgetBytes =
            read(.memoryBudget) { reader.bytes($0, in: FlowLimits.memoryBudgetBytes) } ?? flow.memoryBudgetBytes
        flow.slots = read(.slots) { reader.wholeNumber($0, in: FlowLimits.slots) }
        flow.start = read(.start) {
            reader.value($0, expected: StartPolicy.expected, parse: StartPolicy.init(parsing:))
        }
        flow.revision = read(.revision) { reader.wholeNumber($0, in: FlowLimits.revision) } ?? flow.revision
        flow.policies.onLoss =
            read(.onLoss) { reader.choice($0, of: LossPolicy.self) } ?? flow.policies.onLoss
        flow.policies.onDestinationLoss =
            read(.onDestinationLoss) { reader.choice($0, of: DestinationLossPolicy.self) }
            ?? flow.policies.onDestinationLoss
        flow.policies.onPoison =
            read(.onPoison) { reader.choice($0, of: PoisonPolicy.self) } ?? flow.policies.onPoison
        if let field = section[.quarantine], let quarantine = reader.section(field, keys: QuarantineKey.self),
            let bytes = quarantine[.bytes].flatMap({ reader.choice($0, of: Choice.self) })
        {
            flow.quarantineKeepsBytes = bytes == .yes
        }
        flow.policyOverrides = read(.policies) { overrides(in: $0) } ?? []
        if let field = section[.shape] {
            flow.shape = ShapeDecoder(reader: reader).shape(field)
            readBeginning(startField: section[.start], into: &flow)
        }
        readSession(of: section, into: &flow)
    }

    /// A replay begins where its window does, so that nothing before it is read in vain.
    private func readBeginning(startField: Field?, into flow: inout FlowDefinition) {
        guard let from = flow.shape.pace?.replay?.from else { return }
        if let startField, flow.start != .timestamp(milliseconds: from) {
            reader.ledger.note(
                at: startField.place, "\(startField.path) and shape.pace.from both say where to begin; remove start")
        }
        flow.start = .timestamp(milliseconds: from)
    }

    private func overrides(in field: Field) -> [PolicyOverride]? {
        let expected = "a list of policies for topics, such as [{ topics: [\"audit.*\"], on-loss: skip }]"
        return reader.items(field, expected: expected)?.compactMap { item in
            guard let section = reader.section(item, keys: PolicyKey.self),
                let named = reader.required(.topics, of: section, expected: Self.topicsExpected),
                let topics = topics(in: named)
            else { return nil }
            var policies = PolicyOverride(topics: topics)
            policies.onLoss = section[.onLoss].flatMap { reader.choice($0, of: LossPolicy.self) }
            policies.onDestinationLoss = section[.onDestinationLoss].flatMap {
                reader.choice($0, of: DestinationLossPolicy.self)
            }
            policies.onPoison = section[.onPoison].flatMap { reader.choice($0, of: PoisonPolicy.self) }
            return policies
        }
    }

    /// The two durations of a session bound each other.
    private func readSession(of section: Section<Key>, into flow: inout FlowDefinition) {
        let timeout = section[.sessionTimeout]
            .flatMap { reader.milliseconds($0, in: FlowLimits.sessionTimeoutMilliseconds) }
        let interval = section[.heartbeatInterval]
            .flatMap { reader.milliseconds($0, in: FlowLimits.heartbeatIntervalMilliseconds) }
        let isTimeoutKnown = section[.sessionTimeout] == nil || timeout != nil
        flow.sessionTimeoutMilliseconds = timeout ?? flow.sessionTimeoutMilliseconds
        flow.heartbeatIntervalMilliseconds = interval ?? flow.heartbeatIntervalMilliseconds
        if let field = section[.heartbeatInterval], let interval, isTimeoutKnown,
            interval * FlowLimits.heartbeatsPerSession >= flow.sessionTimeoutMilliseconds
        {
            let expected = "less than a third of session-timeout: two lost heartbeats must not end a session"
            reader.ledger.note(at: field.place, "\(field.path) is too long; expected \(expected)")
        }
    }
}
