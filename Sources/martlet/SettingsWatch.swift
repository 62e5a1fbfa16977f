import Configuration
import Dispatch
import Foundation
import Log
import Model
import Synchronization

/// Sees when what stands behind the clusters' settings has changed (a password in a file, a certificate), tries it on
/// the cluster, and has the flows begin again with it.
///
/// It compares contents, not dates: secrets that are mounted into a pod change by a link that is turned. It waits until
/// two looks in a row see the same, since a certificate and its key are two files; and what the cluster does not take is
/// not used, since clients that work still stay connected with the old.
final class SettingsWatch: Sendable {
    static let intervalMilliseconds = 2_000
    private static let trialMilliseconds: Int32 = 5_000

    /// One cluster's settings as they are: compared, never shown.
    struct Settings: Equatable, Sendable {
        private let values: [String: String]
        /// Of the files that its properties name.
        private let contents: [String: Int?]

        init(_ cluster: ClusterDefinition) {
            values = Dictionary(cluster.properties.map { ($0.name, $0.value) }) { $1 }
            contents = Dictionary(
                cluster.properties.filter { $0.name.hasSuffix(".location") }
                    .map { ($0.name, fingerprint(ofFile: $0.value)) }
            ) { $1 }
        }
    }

    private let configuration: LoadedConfiguration
    private let threads: FlowThreads
    private let logger: Logger
    private let isOver = Atomic(false)
    private let hasEnded = DispatchSemaphore(value: 0)

    init(_ configuration: LoadedConfiguration, threads: FlowThreads, logger: Logger) {
        self.configuration = configuration
        self.threads = threads
        self.logger = logger
    }

    func start() {
        let ends = configuration.flows.flatMap { [$0.source, $0.destination] }
        let used = Dictionary(ends.map { ($0.name, Settings($0)) }) { first, _ in first }
        let thread = Thread { [self] in
            var memory = Memory(used: used)
            while rest() { look(&memory) }
            hasEnded.signal()
        }
        thread.name = "martlet-settings"
        thread.start()
    }

    /// Waits for a trial under way: a client that is being torn down while the process exits may crash.
    func end() {
        isOver.store(true, ordering: .relaxed)
        _ = hasEnded.wait(timeout: .now() + .milliseconds(3 * Int(Self.trialMilliseconds)))
    }

    /// What was seen so far.
    private struct Memory {
        /// What the flows run with.
        var used: [String: Settings]
        var seen: [String: Settings]?
        /// What was last complained of, so that it is said once.
        var complaint: String?
    }

    /// `false` when the watch is over.
    private func rest() -> Bool {
        var left = Self.intervalMilliseconds
        while left > 0 {
            if isOver.load(ordering: .relaxed) { return false }
            Thread.sleep(forTimeInterval: 0.05)
            left -= 50
        }
        return true
    }

    private func look(_ memory: inout Memory) {
        let clusters: [ClusterDefinition]
        do throws(ConfigurationProblems) {
            clusters = try configuration.clustersNow().filter { memory.used[$0.name] != nil }
        } catch {
            memory.seen = nil
            complain(error.description, &memory)
            return
        }
        let now = Dictionary(clusters.map { ($0.name, Settings($0)) }) { first, _ in first }
        let isSettled = now == memory.seen
        memory.seen = now
        let changed = clusters.filter { now[$0.name] != memory.used[$0.name] }
        guard !changed.isEmpty else {
            memory.complaint = nil
            return
        }
        guard isSettled else { return }
        for cluster in changed {
            let probe = ClusterProbe(cluster, answerMilliseconds: Self.trialMilliseconds)
            if let problem = probe.findings.problem {
                complain("\(problem.what); \(problem.remedy)", &memory)
                return
            }
        }
        memory.used = now
        memory.complaint = nil
        let names = changed.map(\.name)
        logger.info(
            "settings of clusters have changed: their flows begin again",
            [LogField("clusters", names.joined(separator: " "))])
        threads.renew(Set(names), clusters: clusters)
    }

    private func complain(_ text: String, _ memory: inout Memory) {
        guard memory.complaint != text else { return }
        memory.complaint = text
        logger.warning("changed settings are not used yet; tried again", [LogField("reason", text)])
    }
}
