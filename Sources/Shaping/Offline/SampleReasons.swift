import Model

/// Says why sampling takes a record or does not.
struct SampleReasons {
    private let definition: SampleDefinition?
    /// Stops at every record without an id, and so tells which ones have none, whatever is to happen to them.
    private var strict: Sampler?

    init(_ definition: SampleDefinition?, topic: String) throws(ShapeFault) {
        self.definition = definition
        guard var definition else { return }
        definition.onMissingID = .stop
        do {
            strict = try Sampler(definition, topic: topic)
        } catch {
            throw ShapeFault("\(error)")
        }
    }

    mutating func reason(for record: SampleRecord, _ answer: SampleAnswer) -> String {
        guard let definition else { return "taken: no rule of `sample` names the topic" }
        let decision =
            switch answer {
            case .take: "taken"
            case .drop, .sampledDown: "left out"
            case .stop: "stops"
            }
        let mode = definition.mode.rawValue
        if case .stop(let missing) = strict?.decide(record) {
            return "\(decision): \(mode), \(missing.rawValue), and on-missing-id is \(definition.onMissingID.rawValue)"
        }
        let isTaken = answer == .take
        switch definition.mode {
        case .all: return "\(decision): \(mode)"
        case .random:
            return
                "\(decision): \(mode), its place in the log is \(isTaken ? "" : "not ")among the \(share(definition))"
        case .everyNth:
            return "\(decision): \(mode), its offset is \(isTaken ? "" : "not ")one of every \(definition.nth)"
        case .byKey, .byID:
            let id = definition.mode == .byKey ? "key" : "id"
            return "\(decision): \(mode), its \(id) is \(isTaken ? "" : "not ")among the \(share(definition)) of them"
        }
    }

    private func share(_ definition: SampleDefinition) -> String {
        let percent = (definition.ratio * 100_000_000).rounded() / 1_000_000
        return percent == percent.rounded() ? "\(Int(percent)) %" : "\(percent) %"
    }
}
