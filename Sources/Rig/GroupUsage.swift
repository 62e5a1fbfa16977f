import Foundation

/// What a process and everything that it has started use of the machine, as `/proc` tells. They share a process group.
package struct GroupUsage: Sendable {
    /// Since their start; what has ended meanwhile without having been waited for is not in it.
    package private(set) var cpuSeconds = 0.0
    package private(set) var residentMebibytes = 0.0
    /// Established TCP connections.
    package private(set) var connections = 0

    /// - Parameter leader: the process whose id is the group's.
    package init(leader: pid_t) {
        let established = Self.establishedSockets()
        for process in Self.members(of: leader) {
            guard let fields = Self.fields(of: process) else { continue }
            // utime, stime, and of children that were waited for.
            cpuSeconds += fields[11...14].compactMap { Double($0) }.reduce(0, +) / Self.ticksASecond
            residentMebibytes += (Double(fields[21]) ?? 0) * Self.pageBytes / 1_048_576
            connections += Self.sockets(of: process).count { established.contains($0) }
        }
    }

    /// USER_HZ and the page size of every Linux that Swift runs on.
    private static let ticksASecond = 100.0
    private static let pageBytes = 4_096.0

    private static func members(of leader: pid_t) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { fields(of: $0).map { $0[2] } == "\(leader)" }
    }

    /// The fields of `/proc/PID/stat` behind the name, from the state (proc(5): field 3) on. The name may hold blanks
    /// and brackets, so the last bracket counts.
    private static func fields(of process: pid_t) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let bracket = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: bracket)...].split(separator: " ")
        return fields.count > 21 ? fields : nil
    }

    private static func sockets(of process: pid_t) -> [String] {
        let folder = "/proc/\(process)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)"),
                target.hasPrefix("socket:[")
            else { return nil }
            return String(target.dropFirst(8).dropLast())
        }
    }

    /// Inodes of the established TCP sockets in the calling thread's network, which is that of whom it watches.
    private static func establishedSockets() -> Set<String> {
        var inodes: Set<String> = []
        for file in ["/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"] {
            // Not `String(contentsOfFile:)`: of a file without a size it reads the first 4 KiB.
            guard let data = try? FileHandle(forReadingAtPath: file)?.readToEnd() else { continue }
            for line in String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                if fields.count > 9, fields[3] == "01" { inodes.insert(String(fields[9])) }
            }
        }
        return inodes
    }
}
