import Foundation

/// What a process holds of the machine's, as `/proc` tells.
package struct ProcessHoldings: Sendable, CustomStringConvertible {
    package let residentMebibytes: Int
    package let descriptors: Int
    package let threads: Int

    package var description: String { "\(residentMebibytes) MiB, \(descriptors) descriptors, \(threads) threads" }

    package init(residentMebibytes: Int, descriptors: Int, threads: Int) {
        self.residentMebibytes = residentMebibytes
        self.descriptors = descriptors
        self.threads = threads
    }

    package init?(of process: pid_t) {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count,
            let kibibytes = Self.number("VmRSS:", in: status), let threads = Self.number("Threads:", in: status)
        else { return nil }
        residentMebibytes = kibibytes / 1_024
        self.descriptors = descriptors
        self.threads = threads
    }

    private static func number(_ name: String, in status: String) -> Int? {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { $0.split { !$0.isNumber }.first }.flatMap { Int($0) }
    }
}
