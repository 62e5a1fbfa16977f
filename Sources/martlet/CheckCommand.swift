import Console
import Foundation
import Log
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
        flows = try LoadedConfiguration.flows(for: invocation)
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
            return judgement.findings(holdsRecords: destination.holdsRecords)
        } catch {
            unknown.problems.append(Remark(what: "\(error)", remedy: "correct the entry of `topics`"))
            return unknown
        }
    }
}

/// One cluster, asked once.
final class ClusterProbe: Sendable {
    let name: String
    private let answerMilliseconds: Int32
    private let admin: AdminClient?
    /// `nil`: the cluster did not answer.
    let facts: ClusterFacts?
    let findings: ClusterFindings

    init(_ cluster: ClusterDefinition, answerMilliseconds: Int32) {
        self.name = cluster.name
        self.answerMilliseconds = answerMilliseconds
        var findings = ClusterFindings(name: cluster.name, bootstrap: cluster.bootstrap)
        let lastError = LastError()
        do throws(KafkaFault) {
            let configuration = ClientConfiguration(
                bootstrap: cluster.bootstrap, properties: cluster.properties, clientID: "martlet-check")
            let admin = try AdminClient(configuration, log: lastError.note)
            let topics = try admin.topics(timeoutMilliseconds: answerMilliseconds).map(TopicFacts.init)
            findings.id = admin.clusterID(timeoutMilliseconds: answerMilliseconds)
            findings.topics = topics.count
            facts = ClusterFacts(name: cluster.name, id: findings.id, topics: topics)
            self.admin = admin
        } catch {
            findings.problem = Self.remark(on: error, lastError: lastError.text)
            facts = nil
            admin = nil
        }
        self.findings = findings
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

    private static func remark(on fault: KafkaFault, lastError: String?) -> Remark {
        let remedy =
            switch fault.name {
            case "_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED": "correct the credentials below `kafka:`"
            case "_SSL": "correct the certificates below `kafka:`, and the port"
            case "_INVALID_ARG": "correct the properties below `kafka:`"
            case "CLUSTER_AUTHORIZATION_FAILED": "allow DESCRIBE on the cluster to this client"
            default: "see that `bootstrap` names the brokers' addresses, that they run, and that no firewall is between"
            }
        return Remark(what: lastError.map { "\(fault); last: \($0)" } ?? "\(fault)", remedy: remedy)
    }
}

/// What librdkafka last complained of: a time-out alone does not say that a connection was refused.
private final class LastError: Sendable {
    private let last = Mutex<String?>(nil)

    var text: String? { last.withLock { $0 } }

    func note(_ line: ClientLog) {
        if line.level <= 4 { last.withLock { $0 = line.text } }
    }
}

extension TopicFacts {
    init(_ metadata: TopicMetadata) {
        self.init(
            name: metadata.name, partitions: metadata.partitions.count,
            leaderless: metadata.partitions.count { $0.leader < 0 }, code: metadata.code)
    }
}
