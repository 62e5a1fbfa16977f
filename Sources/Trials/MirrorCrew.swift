import Foundation
import Glibc
import Rig
import Synchronization

/// The processes of the mirror under test.
package final class MirrorCrew: Sendable {
    private let recipe: any MirrorRecipe
    private let job: MirrorJob
    private let state = Mutex(State())

    private struct State {
        var processes: [Int: ChildProcess] = [:]
        /// Of processes that have ended.
        var endedCPUSeconds = 0.0
    }

    /// What all processes use together.
    struct Usage {
        var processes = 0
        /// Since the trial began.
        var cpuSeconds = 0.0
        var residentMebibytes = 0.0
        var connections = 0
    }

    init(_ recipe: any MirrorRecipe, _ job: MirrorJob) {
        self.recipe = recipe
        self.job = job
    }

    deinit { killAll() }

    var copiesRecordsOnly: Bool { recipe.copiesRecordsOnly }
    /// Whether a process must be restarted to learn of other credentials.
    var mustRestartForCredentials: Bool { recipe.credentials == .atStart }

    /// The numbers of the processes that are meant to run.
    var members: [Int] { state.withLock { $0.processes.keys.sorted() } }

    func start(_ number: Int) throws {
        let process = try ChildProcess(try recipe.spawn(job, number: number))
        state.withLock { $0.processes[number] = process }
    }

    /// Ends a process as an operator does. Returns how long it took; one that is not gone in time is killed.
    @discardableResult
    func stop(_ number: Int, limitSeconds: Double = 60) -> Double {
        guard let process = take(number) else { return 0 }
        let begin = Date.now
        process.signal(SIGTERM)
        if process.wait(seconds: limitSeconds) == nil { process.killAndWait() }
        settle(process)
        return Date.now.timeIntervalSince(begin)
    }

    func kill(_ number: Int) {
        guard let process = take(number) else { return }
        process.killAndWait()
        settle(process)
    }

    func freeze(_ number: Int) { state.withLock { $0.processes[number] }?.signal(SIGSTOP) }
    func thaw(_ number: Int) { state.withLock { $0.processes[number] }?.signal(SIGCONT) }

    func killAll() {
        for number in members { kill(number) }
    }

    /// Starts again what ended by itself, as whatever runs a mirror would. Returns what ended, and how.
    func replaceEnded() throws -> [(number: Int, how: String)] {
        let ended = state.withLock { state in
            state.processes.compactMap { number, process in process.wait(seconds: 0).map { (number, $0) } }
        }
        for (number, _) in ended {
            if let process = take(number) { settle(process) }
            try start(number)
        }
        return ended.map { ($0, $1.code.map { "exit code \($0)" } ?? "signal \($1.signal ?? 0)") }
    }

    var usage: Usage {
        let (processes, ended) = state.withLock { ($0.processes, $0.endedCPUSeconds) }
        var usage = Usage(processes: processes.count, cpuSeconds: ended)
        for process in processes.values {
            let group = GroupUsage(leader: process.processID)
            usage.cpuSeconds += group.cpuSeconds
            usage.residentMebibytes += group.residentMebibytes
            usage.connections += group.connections
        }
        return usage
    }

    /// What the processes have written, each to its own file.
    func log(_ number: Int) -> URL { job.folder.appending(path: "mirror-\(number).log") }

    /// Everything that any process has written.
    var output: String {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: job.folder.path)) ?? []
        return names.sorted().filter { $0.hasPrefix("mirror-") && $0.hasSuffix(".log") }.compactMap {
            try? String(decoding: Data(contentsOf: job.folder.appending(path: $0)), as: UTF8.self)
        }.joined()
    }

    private func take(_ number: Int) -> ChildProcess? { state.withLock { $0.processes.removeValue(forKey: number) } }

    private func settle(_ process: ChildProcess) {
        let seconds = process.wait(seconds: 1)?.cpuSeconds ?? 0
        state.withLock { $0.endedCPUSeconds += seconds }
    }
}
