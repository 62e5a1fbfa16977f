import Model

/// What becomes of hosts. Names are compared in lower case and without a last point.
struct HostMap {
    enum Fate: Equatable {
        case stays
        /// By the target of that number.
        case replaced(Int)
        case neutral
    }

    let neutralHost: [UInt8]
    /// What replaces hosts, and whether it names a port.
    let targets: [(text: [UInt8], hasPort: Bool)]
    private let replaced: [[UInt8]]
    private let allowed: [[UInt8]]
    /// With the point in front.
    private let allowedEndings: [[UInt8]]

    init(_ map: EndpointMap) {
        neutralHost = Array(map.neutralHost.utf8)
        let entries = map.replacements.sorted { $0.key < $1.key }
        replaced = entries.map { Self.canonical($0.key) }
        targets = entries.map { entry in
            let target = Self.canonical(entry.value)
            return (target, HostPort(target.span, 0..<target.count)?.port.isEmpty == false)
        }
        allowed = map.allowed.filter { !$0.hasPrefix("*.") }.map(Self.canonical)
        allowedEndings = map.allowed.filter { $0.hasPrefix("*.") }.map { Self.canonical(String($0.dropFirst())) }
    }

    /// - Parameter host: In lower case, without a last point.
    func fate(of host: [UInt8]) -> Fate {
        for index in 0..<replaced.count where replaced[index] == host { return .replaced(index) }
        for index in 0..<allowed.count where allowed[index] == host { return .stays }
        for index in 0..<allowedEndings.count where Self.ends(host, with: allowedEndings[index]) { return .stays }
        return .neutral
    }

    private static func ends(_ host: [UInt8], with ending: [UInt8]) -> Bool {
        let start = host.count - ending.count
        guard start > 0 else { return false }
        for index in 0..<ending.count where host[start + index] != ending[index] { return false }
        return true
    }

    /// As hosts are compared; version 6 addresses in brackets.
    private static func canonical(_ text: String) -> [UInt8] {
        var bytes = text.utf8.map(\.lowercased)
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        guard bytes.first != UInt8(ascii: "["), bytes.count(where: { $0 == UInt8(ascii: ":") }) > 1 else {
            return bytes
        }
        return [UInt8(ascii: "[")] + bytes + [UInt8(ascii: "]")]
    }
}
