import Console
import Foundation
import KafkaPorts
import Log
import Mirror
import Model
import Patterns
import RdKafka
import Synchronization
import Topics

/// `martlet check`: what a run would find. It reads, and changes nothing anywhere.
struct CheckCommand {
    private static let answerMilliseconds: Int32 = 10_000

    private let flows: [FlowDefinition]?
    private let asJSON: Bool

    init(_ invocation: Invocation) throws(UsageFault) {
        flows = try LoadedConfiguration(for: invocation)?.flows
        asJSON = invocation.isSet(.json)
    }

    func run() -> ExitCode {
        guard let flows else { return .usage }
        let report = Self.report(on: flows)
        if asJSON {
            Output.write(json: report)
        } else {
            Output.write(report.text)
        }
        return report.isReady ? .success : .failure
    }

    static func report(on flows: [FlowDefinition]) -> CheckReport {
        let probes = probe(flows.flatMap { [$0.source, $0.destination] })
        let findings = flows.map { flow in
            guard let source = probes.first(where: { $0.name == flow.source.name }),
                let destination = probes.first(where: { $0.name == flow.destination.name })
            else { preconditionFailure("a cluster of \(flow.name) was not asked") }
            return Self.findings(flow, source, destination)
        }
        return CheckReport(clusters: probes.map(\.findings), flows: findings)
    }

    /// Asks every cluster once, all at the same time: one that does not answer takes its whole time-out.
    private static func probe(_ mentioned: [ClusterDefinition]) -> [ClusterProbe] {
        let clusters = mentioned.enumerated().filter { index, cluster in
            !mentioned[..<index].contains { $0.name == cluster.name }
        }.map(\.element)
        let probes = Mutex<[Int: ClusterProbe]>([:])
        DispatchQueue.concurrentPerform(iterations: clusters.count) { index in
            let probe = ClusterProbe(clusters[index], answerMilliseconds: answerMilliseconds)
            probes.withLock { $0[index] = probe }
        }
        return probes.withLock { probes in clusters.indices.compactMap { probes[$0] } }
    }

    private static func findings(
        _ flow: FlowDefinition, _ source: ClusterProbe, _ destination: ClusterProbe
    ) -> FlowFindings {
        var unknown = FlowFindings(flow)
        guard let sourceFacts = source.facts, let destinationFacts = destination.facts else {
            unknown.notes.append("a cluster did not answer; nothing can be said of the topics")
            return unknown
        }
        do throws(PatternFault) {
            let judgement = FlowJudgement(
                flow: flow, selection: try TopicSelection(flow.topics), source: sourceFacts,
                destination: destinationFacts)
            let known = judgement.isNew ? [] : PositionBook.registeredTopics(of: flow)
            var findings = judgement.findings(gone: source.gone(of: known), holdsRecords: destination.holdsRecords)
            findings.problems += source.refusedReads(of: flow, findings)
            findings.problems += destination.refusedChanges(of: flow, findings)
            findings.problems += destination.refusals(byGuardsOf: flow)
            destination.judgeMemory(of: flow, &findings)
            findings.notes += destination.remarkOnWay(of: flow)
            return findings
        } catch {
            unknown.problems.append(Remark(what: "\(error)", remedy: "correct the entry of `topics`"))
            return unknown
        }
    }
}

/// One cluster, asked once.
final class ClusterProbe: Sendable {
    let name: String
    let answerMilliseconds: Int32
    let configuration: ClientConfiguration
    let admin: AdminClient?
    /// `nil`: the cluster did not answer.
    let facts: ClusterFacts?
    let findings: ClusterFindings

    init(_ cluster: ClusterDefinition, answerMilliseconds: Int32) {
        self.name = cluster.name
        self.answerMilliseconds = answerMilliseconds
        var findings = ClusterFindings(name: cluster.name, bootstrap: cluster.bootstrap)
        let complaint = LastComplaint()
        configuration = ClientConfiguration(
            bootstrap: cluster.bootstrap, properties: cluster.properties, clientID: "martlet-check")
        do throws(KafkaFault) {
            let admin = try AdminClient(configuration, log: complaint.listening())
            let topics = try admin.topics(timeoutMilliseconds: answerMilliseconds).map(TopicFacts.init)
            findings.id = admin.clusterID(timeoutMilliseconds: answerMilliseconds)
            findings.topics = topics.count
            facts = ClusterFacts(name: cluster.name, id: findings.id, topics: topics)
            self.admin = admin
        } catch {
            findings.problem = Self.remark(on: error, complaint.text, cluster)
            facts = nil
            admin = nil
        }
        self.findings = findings
    }

    /// Why the flow must not write here, by its own guards.
    func refusals(byGuardsOf flow: FlowDefinition) -> [Remark] {
        let rails = GuardRails(flow)
        var refusals = [rails.refusal(), findings.id.flatMap { rails.refusal(destinationID: $0) }]
        if let admin {
            let clients = FlowClients(flow: flow, instance: "check", logger: .silent)
            refusals.append((try? rails.refusalByMarker(admin, clients)) ?? nil)
        }
        return refusals.compactMap { $0.map { Remark(what: $0.reason, remedy: $0.remedy) } }
    }

    /// What a run makes of a long way to here.
    func remarkOnWay(of flow: FlowDefinition) -> [String] {
        guard flow.lanes == nil, let admin,
            let way = try? LaneCount(
                asking: admin, about: flow.controlTopic, timeoutMilliseconds: answerMilliseconds), way.isFar
        else { return [] }
        let lanes = plural(way.lanes(slots: flow.slots), "lane")
        return ["\(name) is \(way.roundTripMilliseconds) ms away: a run moves records with \(lanes)"]
    }

    /// Unknown counts as none: a run looks again before it copies.
    func holdsRecords(_ topic: TopicFacts) -> Bool {
        let partitions = (0..<Int32(topic.partitions)).map { TopicPartition(topic.name, $0) }
        guard
            let ends = try? admin?.offsets(
                of: partitions, at: .latest, timeoutMilliseconds: answerMilliseconds)
        else { return false }
        return ends.values.contains { end in (try? end.get()).map { $0 > 0 } ?? false }
    }

    /// Those of some topics that the cluster has deleted. One that it does not show for want of a right is not among them.
    func gone(of topics: Set<String>) -> Set<String> {
        let missing = topics.filter { facts?.topics[$0] == nil }.map { TopicPartition($0, 0) }
        guard let admin,
            let presence = try? TopicPresence.ask(
                missing, cluster: facts?.id, admin, timeoutMilliseconds: answerMilliseconds)
        else { return [] }
        return Set(presence.filter { if case .absent = $0.value { true } else { false } }.map(\.key.topic))
    }

    private static func remark(on fault: KafkaFault, _ complaint: String?, _ cluster: ClusterDefinition) -> Remark {
        let what = complaint.map { "\(fault); last: \($0)" } ?? "\(fault)"
        let remedy =
            switch AccessAdvice.Refusal(in: what) {
            case .credentials: AccessAdvice.credentials(of: cluster)
            case .certificate: AccessAdvice.certificates(of: cluster)
            case .cluster: "allow DESCRIBE on the cluster to \(cluster.principal ?? "this client")"
            case _ where fault.name == "_INVALID_ARG": "correct the properties below `kafka:`"
            default: "see that `bootstrap` names the brokers' addresses, that they run, and that no firewall is between"
            }
        return Remark(what: what, remedy: remedy)
    }
}

extension TopicFacts {
    init(_ metadata: TopicMetadata) {
        self.init(
            name: metadata.name, partitions: metadata.partitions.count,
            leaderless: metadata.partitions.count { $0.leader < 0 }, code: metadata.code)
    }
}
