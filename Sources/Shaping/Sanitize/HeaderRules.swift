import Model
import Patterns

/// What happens to a header, by its name. Names that were seen before are decided without matching anything.
struct HeaderRules {
    enum Decision: Hashable {
        /// The number of a rule of the policy.
        case rule(Int)
        case credential
        case kept
        case unlisted
    }

    private var rules: [(pattern: Pattern, number: Int)] = []
    private var kept: [Pattern] = []
    private var known = NameTable()
    private var decisions: [Decision] = []

    /// Bounds what names of a hostile producer may take: later ones are matched anew each time.
    private static let knownMax = 256
    private static let knownLengthMax = 256

    /// Whoever holds one of these acts as somebody else.
    static let credentials = ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"]
        .map { Array($0.utf8) }

    init(_ policy: SanitizePolicy) throws(PatternFault) {
        for (number, rule) in policy.rules.enumerated() {
            if case .header(let pattern) = rule.place { rules.append((try Pattern(pattern), number)) }
        }
        for pattern in policy.keepHeaders { kept.append(try Pattern(pattern)) }
    }

    mutating func decide(_ name: Span<UInt8>) -> Decision {
        if let number = known[name] { return decisions[number] }
        let decision = decideAnew(name)
        if decisions.count < Self.knownMax, name.count <= Self.knownLengthMax {
            known.insert(name)
            decisions.append(decision)
        }
        return decision
    }

    private func decideAnew(_ name: Span<UInt8>) -> Decision {
        var bytes: [UInt8] = []
        bytes.append(name, from: 0, to: name.count)
        // A name that is no UTF-8 is no name that somebody wrote into a policy.
        let text = String(validating: bytes, as: UTF8.self)
        if let text, let rule = rules.first(where: { $0.pattern.matchesWhole(text) }) { return .rule(rule.number) }
        if Self.credentials.contains(bytes.map(\.lowercasedASCII)) { return .credential }
        if let text, kept.contains(where: { $0.matchesWhole(text) }) { return .kept }
        return .unlisted
    }
}

extension UInt8 {
    fileprivate var lowercasedASCII: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}
