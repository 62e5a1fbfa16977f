import Model

/// Puts other hosts into URLs, `host:port` lists and what is nested in their queries and paths.
///
/// It does not try to read an address as some client would: readers disagree, and attackers live on that. It knows the
/// one plain spelling, writes that anew from its parts, and whatever is not plain becomes the neutral host.
final class EndpointRewriter {
    private let hosts: HostMap
    private var host: [UInt8] = []
    /// Two for each depth; taken out while they are in use.
    private var buffers = [[UInt8]](repeating: [], count: 2 * (depthMax + 1))

    /// A URL in a query of a URL in a query of a URL: what lies deeper is neutralised.
    private static let depthMax = 3

    init(_ map: EndpointMap) {
        hosts = HostMap(map)
    }

    func rewrite(_ text: Span<UInt8>, into out: inout [UInt8]) {
        rewrite(text, depth: 0, into: &out)
    }

    private func rewrite(_ text: Span<UInt8>, depth: Int, into out: inout [UInt8]) {
        guard text.count > 0 else { return }
        let start = Self.authorityStart(of: text)
        if start == 0, Self.isRestStart(text[0]) {
            appendRest(of: text, from: 0, depth: depth, into: &out)
            return
        }
        var end = start
        while end < text.count, !Self.isRestStart(text[end]) { end += 1 }
        out.append(text, 0..<start)
        let mark = out.count
        guard appendAuthority(text, start..<end, into: &out) else {
            out.removeLast(out.count - mark)
            out += hosts.neutralHost
            return
        }
        appendRest(of: text, from: end, depth: depth, into: &out)
    }

    // MARK: Scheme and authority

    private static func isRestStart(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }

    /// Behind `scheme://` or `//`; 0 without one of them.
    private static func authorityStart(of text: Span<UInt8>) -> Int {
        if text.count > 1, text[0] == UInt8(ascii: "/"), text[1] == UInt8(ascii: "/") { return 2 }
        var index = 0
        var colons = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: ":") {
                colons += 1
            } else if !byte.isAlphanumeric, byte != UInt8(ascii: "+"), byte != UInt8(ascii: "-") {
                break
            } else if index == 0 || text[index - 1] == UInt8(ascii: ":"), !byte.isLetter {
                return 0
            }
            index += 1
        }
        guard index >= 2, index + 1 < text.count, text[index - 1] == UInt8(ascii: ":"),
            text[index] == UInt8(ascii: "/"), text[index + 1] == UInt8(ascii: "/"),
            colons == 1 || colons <= 3 && isDriver(text)
        else { return 0 }
        return index + 2
    }

    /// `jdbc:` and `r2dbc:`, which precede another scheme.
    private static func isDriver(_ text: Span<UInt8>) -> Bool {
        starts(text, with: "jdbc:") || starts(text, with: "r2dbc:")
    }

    private static func starts(_ text: Span<UInt8>, with prefix: String) -> Bool {
        var index = 0
        for byte in prefix.utf8 {
            guard index < text.count, text[index].lowercased == byte else { return false }
            index += 1
        }
        return true
    }

    /// One or more of `host:port`, with commas, without what precedes an `@`.
    ///
    /// - Returns: Whether every one of them was plain.
    private func appendAuthority(_ text: Span<UInt8>, _ range: Range<Int>, into out: inout [UInt8]) -> Bool {
        var start = range.lowerBound
        for index in range {
            let byte = text[index]
            guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") else { return false }
            if byte == UInt8(ascii: "@") { start = index + 1 }
        }
        while true {
            var end = start
            while end < range.upperBound, text[end] != UInt8(ascii: ",") { end += 1 }
            guard let place = HostPort(text, start..<end) else { return false }
            append(place, of: text, into: &out)
            guard end < range.upperBound else { return true }
            out.append(UInt8(ascii: ","))
            start = end + 1
        }
    }

    private func append(_ place: HostPort, of text: Span<UInt8>, into out: inout [UInt8]) {
        host.removeAll(keepingCapacity: true)
        for index in place.host { host.append(text[index].lowercased) }
        var keepsPort = true
        switch hosts.fate(of: host) {
        case .stays: out += host
        case .replaced(let number):
            out += hosts.targets[number].text
            keepsPort = !hosts.targets[number].hasPort
        case .neutral:
            out += hosts.neutralHost
            keepsPort = false
        }
        guard keepsPort, !place.port.isEmpty else { return }
        out.append(UInt8(ascii: ":"))
        out.append(text, place.port)
    }

    // MARK: Path, query and fragment

    private func appendRest(of text: Span<UInt8>, from start: Int, depth: Int, into out: inout [UInt8]) {
        guard start < text.count else { return }
        for index in start..<text.count where !Self.isPlain(text[index]) {
            if text[start] == UInt8(ascii: "/") { out.append(UInt8(ascii: "/")) }
            return
        }
        var index = start
        var isCut = false
        while index < text.count, text[index] == UInt8(ascii: "/") {
            let segment = index + 1
            index = Self.end(in: text, from: segment, at: .segment)
            // Two slashes: behind them stands a host, for some.
            let isDouble = index == segment && index < text.count && text[index] == UInt8(ascii: "/")
            if !isCut { out.append(UInt8(ascii: "/")) }
            if isDouble { isCut = true }
            if !isCut { appendComponent(text, segment..<index, depth: depth, into: &out) }
        }
        if index < text.count, text[index] == UInt8(ascii: "?") {
            index = appendQuery(text, from: index, depth: depth, into: &out)
        }
        appendFragment(text, from: index, into: &out)
    }

    private func appendQuery(_ text: Span<UInt8>, from start: Int, depth: Int, into out: inout [UInt8]) -> Int {
        var index = start
        while index < text.count, text[index] != UInt8(ascii: "#") {
            // The question mark at first, then whatever separated the parts.
            out.append(text[index])
            let name = index + 1
            index = Self.end(in: text, from: name, at: .name)
            appendComponent(text, name..<index, depth: depth, into: &out)
            guard index < text.count, text[index] == UInt8(ascii: "=") else { continue }
            out.append(text[index])
            let value = index + 1
            index = Self.end(in: text, from: value, at: .value)
            appendComponent(text, value..<index, depth: depth, into: &out)
        }
        return index
    }

    /// Only one that is a name; others are clients' own affairs, and may hold anything.
    private func appendFragment(_ text: Span<UInt8>, from start: Int, into out: inout [UInt8]) {
        guard start + 1 < text.count, text[start] == UInt8(ascii: "#") else { return }
        for index in start + 1..<text.count {
            let byte = text[index]
            guard byte.isAlphanumeric || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else { return }
        }
        out.append(text, start..<text.count)
    }

    /// A segment of a path, or a name or a value of a query.
    private func appendComponent(
        _ text: Span<UInt8>, _ range: Range<Int>, depth: Int, into out: inout [UInt8]
    ) {
        if Self.isSimple(text, range) {
            out.append(text, range)
            return
        }
        var decoded = take(2 * depth)
        defer { giveBack(&decoded, 2 * depth) }
        decoded.append(text, range)
        guard PercentCode.decodeWholly(&decoded), !HostGuess.isStrange(decoded.span) else {
            out += hosts.neutralHost
            return
        }
        guard TimeText(decoded.span) == nil, HostGuess.holdsEndpoint(decoded.span) else {
            out.append(text, range)
            return
        }
        guard depth < Self.depthMax else {
            out += hosts.neutralHost
            return
        }
        var rewritten = take(2 * depth + 1)
        rewrite(decoded.span, depth: depth + 1, into: &rewritten)
        PercentCode.append(rewritten, to: &out)
        giveBack(&rewritten, 2 * depth + 1)
    }

    private func take(_ number: Int) -> [UInt8] {
        var buffer: [UInt8] = []
        swap(&buffer, &buffers[number])
        buffer.removeAll(keepingCapacity: true)
        return buffer
    }

    private func giveBack(_ buffer: inout [UInt8], _ number: Int) {
        swap(&buffer, &buffers[number])
    }

    private static func isSimple(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range {
            let byte = text[index]
            guard byte.isAlphanumeric || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else { return false }
        }
        return true
    }

    /// What RFC 3986 lets stand in a URL.
    private static func isPlain(_ byte: UInt8) -> Bool {
        if byte.isAlphanumeric { return true }
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"),
            UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: "@"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"),
            UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","),
            UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "%"):
            return true
        default: return false
        }
    }

    private enum Part { case segment, name, value }

    /// Where a part ends that begins at `start`.
    private static func end(in text: Span<UInt8>, from start: Int, at part: Part) -> Int {
        var index = start
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "#"): return index
            case UInt8(ascii: "/"), UInt8(ascii: "?"): if part == .segment { return index }
            case UInt8(ascii: "&"), UInt8(ascii: ";"): if part != .segment { return index }
            case UInt8(ascii: "="): if part == .name { return index }
            default: break
            }
            index += 1
        }
        return index
    }
}
