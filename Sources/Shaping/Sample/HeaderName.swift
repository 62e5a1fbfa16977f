import Patterns

/// Which headers a place means, by their whole name. One thread's: it remembers the names that it has seen.
package struct HeaderName {
    private let pattern: Pattern
    private var known: [(name: [UInt8], matches: Bool)] = []

    /// Topics have a handful of header names. Should each record bring new ones, the expression decides each time.
    private static let knownMax = 64

    package init(_ expression: String) throws(PatternFault) {
        pattern = try Pattern(expression)
    }

    /// Allocates only for a name that is new.
    package mutating func matches(_ name: Span<UInt8>) -> Bool {
        for index in 0..<known.count where Self.isEqual(known[index].name, name) { return known[index].matches }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(name.count)
        for index in 0..<name.count { bytes.append(name[index]) }
        // No name that is broken UTF-8 can be meant by an expression.
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        let matches = pattern.matchesWhole(text)
        if known.count < Self.knownMax { known.append((bytes, matches)) }
        return matches
    }

    private static func isEqual(_ left: [UInt8], _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left[index] != right[index] { return false }
        return true
    }
}
