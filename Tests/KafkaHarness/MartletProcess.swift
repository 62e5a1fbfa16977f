import Foundation
import Glibc
import Rig

/// The built `martlet` as a process of its own: what an operator runs.
package final class MartletProcess: Sendable {
    package let child: ChildProcess
    private let folder: URL
    private let log: URL

    /// - Parameter arguments: after the program's name. Every `{config}` in them becomes the path of `configuration`.
    package init(configuration: String, arguments: [String], environment: [String: String] = [:]) throws {
        guard let program = Self.program else {
            throw RigFault("no martlet beside the tests: build the whole package first (swift build)")
        }
        folder = FileManager.default.temporaryDirectory.appending(path: "martlet-run-\(UUID().uuidString.prefix(8))")
        CleanupGuard.watch(folder: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "mirror.yaml")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        log = folder.appending(path: "martlet.log")
        child = try ChildProcess(
            Spawn(
                program: program.path, arguments: arguments.map { $0.replacing("{config}", with: file.path) },
                log: log, environment: environment))
    }

    deinit {
        child.killAndWait()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The executable lies in the same build folder as the test bundle.
    package static var program: URL? {
        let built = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
        guard let program = built?.appending(path: "martlet") else { return nil }
        return FileManager.default.isExecutableFile(atPath: program.path) ? program : nil
    }

    /// Everything it has written to standard output and error.
    package var output: String { (try? String(decoding: Data(contentsOf: log), as: UTF8.self)) ?? "" }

    package func signal(_ number: Int32) { child.signal(number) }
    package func terminate() { child.signal(SIGTERM) }
    package func kill() { child.killAndWait() }
    package func freeze() { child.signal(SIGSTOP) }
    package func thaw() { child.signal(SIGCONT) }

    /// What it holds now; `nil` when it has ended.
    package var holdings: ProcessHoldings? { ProcessHoldings(of: child.processID) }

    package func waitForExit(seconds: Double) -> ChildExit? { child.wait(seconds: seconds) }

    /// The first log line that holds `text`, or `nil` when there is none within `seconds` or before the process ends.
    package func waitForLine(containing text: String, seconds: Double) -> String? {
        let deadline = Date.now.addingTimeInterval(seconds)
        while true {
            // Asked before the look: what was written before the end is seen.
            let isOver = !child.isRunning || Date.now >= deadline
            if let line = output.split(separator: "\n").first(where: { $0.contains(text) }) { return String(line) }
            if isOver { return nil }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }
}
