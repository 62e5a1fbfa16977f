import Console

/// The report for people.
extension CheckReport {
    var text: String {
        var lines = clusters.flatMap(\.lines)
        for flow in flows { lines += [""] + flow.lines }
        lines.append("")
        lines.append(isReady ? "ready: a run can start" : "not ready: \(plural(problems.count, "problem"))")
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Remark {
    fileprivate var lines: [String] { ["  problem: \(what)", "    to do: \(remedy)"] }
}

extension ClusterFindings {
    fileprivate var lines: [String] {
        guard let topics else {
            return ["cluster \(name) (\(bootstrap)): no answer"] + (problem?.lines ?? [])
        }
        return ["cluster \(name) (\(bootstrap)): reachable, id \(id ?? "unknown"), \(plural(topics, "topic"))"]
            + (problem?.lines ?? [])
    }
}

extension FlowFindings {
    fileprivate var lines: [String] {
        var lines = [
            "flow \(name): \(source) to \(destination), \(delivery)", "  source logs are known again by \(logProof)",
        ]
        if !topics.isEmpty {
            let partitions = topics.map(\.partitions).reduce(0, +)
            lines.append("  \(plural(topics.count, "topic")), \(plural(partitions, "partition"))")
        }
        let width = topics.map(\.name.count).max() ?? 0
        for topic in topics {
            let name = topic.name + String(repeating: " ", count: width - topic.name.count)
            lines.append("    \(name)  \(plural(topic.partitions, "partition")): \(topic.intention(at: destination))")
        }
        lines += ownTopicsToCreate.map { "  creates \($0) at \(destination)" }
        lines += notes.map { "  note: \($0)" }
        return lines + problems.flatMap(\.lines)
    }
}

extension TopicFindings {
    fileprivate func intention(at destination: String) -> String {
        let lacking = partitions - (partitionsAtDestination ?? 0)
        return switch step {
        case .copy: "copy"
        case .create: "create at \(destination), then copy"
        case .grow: "add \(plural(lacking, "partition")) at \(destination), then copy"
        case .refuse: "not copied, see below"
        }
    }
}

func plural(_ count: Int, _ noun: String) -> String {
    "\(Quantity.count(count)) \(noun)\(count == 1 ? "" : "s")"
}
