import KafkaPorts
import Mirror
import Model
import RdKafka

/// Rights that can be tried without changing anything, and what may lose the flow's memory.
extension ClusterProbe {
    private static var readMilliseconds: Int64 { 5_000 }

    /// Selected topics that this client may see and not read: one partition of each is asked for what follows its end.
    func refusedReads(of flow: FlowDefinition, _ findings: FlowFindings) -> [Remark] {
        var open = Set(findings.topics.filter { $0.step != .refuse }.map(\.name))
        var refused: [String: String] = [:]
        do throws(KafkaFault) {
            var reader = try LogReader(configuration, log: { _ in })
            try reader.assign(Dictionary(uniqueKeysWithValues: open.map { (TopicPartition($0, 0), -1) }))
            let deadline = ContinuousClock.now + .milliseconds(Self.readMilliseconds)
            while !open.isEmpty, ContinuousClock.now < deadline {
                for event in reader.poll(waitMilliseconds: 100, upTo: 1_000) {
                    switch event {
                    case .record(let record): open.remove(record.partition.topic)
                    case .endOfPartition(let partition, _): open.remove(partition.topic)
                    case .fault(let partition?, let fault) where AccessAdvice.Refusal(in: fault.name) == .topic:
                        open.remove(partition.topic)
                        refused[partition.topic] = fault.description
                    case .fault: break  // Tried again by the library. What has no leader is told elsewhere.
                    }
                }
            }
        } catch {
            return []  // The cluster answered a moment ago: a run tells more.
        }
        let advice = AccessAdvice.atSource(of: flow)
        return refused.sorted { $0.key < $1.key }.map { topic, reason in
            Remark(
                what: "\(name) does not let this client read \(topic): \(reason)",
                remedy: advice.advice(on: reason, topic: topic) ?? "allow READ on the topic there")
        }
    }

    /// Topics that a run would create or grow here, and may not. The broker is asked to judge, and to do nothing.
    func refusedChanges(of flow: FlowDefinition, _ findings: FlowFindings) -> [Remark] {
        let made =
            findings.topics.filter { $0.step == .create }.map { ($0.name, Int32($0.partitions)) }
            + findings.ownTopicsToCreate.map { ($0, 1) }
        let grown = findings.topics.filter { $0.step == .grow }
            .map { TopicGrowth(name: $0.name, partitions: Int32($0.partitions)) }
        var outcomes: [TopicOutcome] = []
        do throws(KafkaFault) {
            outcomes +=
                try admin?.create(
                    made.map { NewTopic(name: $0, partitions: $1, replicationFactor: -1) }, isTrial: true,
                    timeoutMilliseconds: answerMilliseconds) ?? []
            outcomes += try admin?.grow(grown, isTrial: true, timeoutMilliseconds: answerMilliseconds) ?? []
        } catch {
            return []  // Brokers that cannot judge only, or do not answer: a run finds out.
        }
        let advice = AccessAdvice.atDestination(of: flow)
        return outcomes.compactMap { outcome in
            guard let fault = outcome.fault else { return nil }
            let reason = "\(fault)"
            let isPolicy = fault.name == "POLICY_VIOLATION"
            guard isPolicy || AccessAdvice.Refusal(in: reason) != nil else { return nil }
            return Remark(
                what: "\(name) would not create or grow \(outcome.name): \(reason)",
                remedy: advice.advice(on: "\(reason), made or grown", topic: outcome.name)
                    ?? "create it by hand, as the policy of \(name) wants it")
        }
    }

    /// Whether topics of the flow's own that are there already keep what they hold.
    func judgeMemory(of flow: FlowDefinition, _ findings: inout FlowFindings) {
        guard let admin, findings.ownTopicsToCreate.count < 2 else { return }
        do throws(KafkaFault) {
            for weakness in try LedgerTopics(flow: flow, admin: admin).weaknesses() {
                let what = "the flow's memory is in danger: \(weakness.topic) at \(name): \(weakness.what)"
                if weakness.isCertain {
                    findings.problems.append(Remark(what: what, remedy: weakness.remedy))
                } else {
                    findings.notes.append("\(what); \(weakness.remedy)")
                }
            }
        } catch {
            findings.notes.append("the settings of the flow's own topics are unknown: \(error) (DESCRIBE_CONFIGS)")
        }
    }
}
