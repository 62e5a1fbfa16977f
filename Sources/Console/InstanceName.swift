/// Names of processes within a flow. They become parts of transactional ids, so they hold letters, digits and `-` only.
package enum InstanceName {
    package static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 100 && name.utf8.allSatisfy(isAllowed)
    }

    /// The host's name for people, and a part that no other process has: two live processes under one name would fence
    /// each other. The process id alone would not do: containers often all run as process 1.
    package static func unique(host: String, process: Int32, random: UInt32) -> String {
        let cleaned = host.utf8.prefix(60).map { isAllowed($0) ? Character(Unicode.Scalar($0)) : "-" }
        let stem = cleaned.isEmpty ? "host" : String(cleaned)
        return "\(stem)-\(process)-\(String(random, radix: 36))"
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D: true
        default: false
        }
    }
}
