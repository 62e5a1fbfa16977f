import Foundation

extension Machine {
    /// What this process runs on.
    ///
    /// - Parameter kafka: the brokers' version, or which brokers they are.
    static func here(kafka: String) -> Machine {
        func field(_ name: String, of file: String) -> String? {
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
            return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let kibibytes = field("MemTotal", of: "/proc/meminfo").flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
        let kernel = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)) ?? ""
        let system = field("PRETTY_NAME", of: "/etc/os-release")
            .map { $0.replacing("PRETTY_NAME=", with: "").replacing("\"", with: "") }
        return Machine(
            processor: field("model name", of: "/proc/cpuinfo") ?? "unknown",
            cores: ProcessInfo.processInfo.activeProcessorCount, memoryMebibytes: kibibytes / 1_024,
            system: "\(system ?? "Linux"), kernel \(kernel.trimmingCharacters(in: .whitespacesAndNewlines))",
            kafka: kafka)
    }
}
