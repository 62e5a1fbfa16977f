import Engine
import Model
import RdKafka
import Synchronization

/// Asks the source what it holds of partitions whose log is in doubt: on a thread of its own, since it waits for brokers,
/// one question at a time, since a topic that was deleted brings its partitions into doubt all at once.
package final class SourceExaminer: Sendable {
    private let clients: FlowClients
    private let answer: @Sendable ([ExaminationAnswer]) -> Void
    private let waiting = Mutex<(examinations: [Examination], isAsking: Bool)>(([], false))

    private static let timeoutMilliseconds: Int32 = 5_000

    package init(clients: FlowClients, answer: @escaping @Sendable ([ExaminationAnswer]) -> Void) {
        self.clients = clients
        self.answer = answer
    }

    package func examine(_ examinations: [Examination]) {
        let mustStart = waiting.withLock { waiting in
            waiting.examinations += examinations
            defer { waiting.isAsking = true }
            return !waiting.isAsking
        }
        if mustStart { startThread("martlet-examiner") { [self] in askAll() } }
    }

    private func askAll() {
        while true {
            let examinations = waiting.withLock { waiting in
                defer { waiting.examinations = [] }
                waiting.isAsking = !waiting.examinations.isEmpty
                return waiting.examinations
            }
            guard !examinations.isEmpty else { return }
            answer(ask(examinations))
        }
    }

    private func ask(_ examinations: [Examination]) -> [ExaminationAnswer] {
        do throws(KafkaFault) {
            // A client of its own: one that has known a topic for long still knows the leaders of the deleted one.
            let admin = try AdminClient(
                clients.admin(of: clients.flow.source, isolation: clients.flow.isolation),
                log: clients.logger("examiner"))
            let logs = try Logs(of: examinations, admin)
            return examinations.map { examination in
                ExaminationAnswer(
                    ticket: examination.ticket,
                    findings: logs.findings(
                        of: examination.partition,
                        isCompacted: examination.asksForCompaction
                            ? Self.isCompacted(examination.partition.topic, admin) : nil))
            }
        } catch {
            let fault = SourceFault("the source does not answer: \(error)")
            return examinations.map { ExaminationAnswer(ticket: $0.ticket, findings: .unknown(fault)) }
        }
    }

    /// `nil` where the right to read settings is missing.
    private static func isCompacted(_ topic: String, _ admin: AdminClient) -> Bool? {
        let settings = try? admin.topicSettings(of: topic, timeoutMilliseconds: timeoutMilliseconds)
        return settings?["cleanup.policy"].map { $0.contains("compact") }
    }

    /// What exists of some partitions, and where their logs begin and end.
    private struct Logs {
        private let presence: [TopicPartition: TopicPresence]
        private let starts: [TopicPartition: Result<Int64, KafkaFault>]
        private let ends: [TopicPartition: Result<Int64, KafkaFault>]

        init(of examinations: [Examination], _ admin: AdminClient) throws(KafkaFault) {
            let timeout = SourceExaminer.timeoutMilliseconds
            let partitions = examinations.map(\.partition)
            let presence = try TopicPresence.ask(
                partitions, cluster: examinations.first?.cluster, admin, timeoutMilliseconds: timeout)
            self.presence = presence
            let present = partitions.filter { presence[$0] == .shown }
            starts = try admin.offsets(of: present, at: .earliest, timeoutMilliseconds: timeout)
            ends = try admin.offsets(of: present, at: .latest, timeoutMilliseconds: timeout)
        }

        func findings(of partition: TopicPartition, isCompacted: Bool?) -> ExaminationAnswer.Findings {
            switch presence[partition] {
            case .absent(let absence): return .absent(absence)
            case .forbidden(let reason): return .forbidden(reason: reason)
            case .unclear(let why): return .unknown(SourceFault(why))
            case .shown, nil: break
            }
            guard case .success(let start) = starts[partition], case .success(let end) = ends[partition], start >= 0,
                end >= start
            else { return .unknown(SourceFault("the source does not say yet where \(partition) begins and ends")) }
            return .log(LogFindings(start: start, end: end, isCompacted: isCompacted))
        }
    }
}
