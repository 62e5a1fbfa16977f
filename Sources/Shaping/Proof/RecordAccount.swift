import Model

/// What a policy says of one record: the texts that do not pass, and an exact account of those that may stand in what is
/// sent. Whatever is in the account is no leak, also where it looks like one: a pseudonym that happens to be somebody's
/// number, a kept field that says the same as a masked one.
struct RecordAccount {
    /// A text that does not pass, with the number of its rule.
    struct Secret {
        let rule: Int?
        let text: [UInt8]
    }

    private(set) var secrets: [Secret] = []
    private(set) var accounted: Set<[UInt8]> = []

    /// Texts that long are met by nobody by chance.
    private static let unmistakableBytes = 16

    mutating func keep(_ text: [UInt8]) { accounted.insert(text) }

    /// - Parameter made: what the rule makes of it; `nil`: nothing that would be sent.
    mutating func replace(_ text: [UInt8], rule: Int?, action: SanitizeAction?, by made: [UInt8]?) {
        secrets.append(Secret(rule: rule, text: text))
        for part in action?.telling(in: text) ?? [] where part != text {
            secrets.append(Secret(rule: rule, text: part))
        }
        guard let made else { return }
        // A pseudonym that is the text itself is none.
        if action?.isOneWay == true, made == text, text.count >= Self.unmistakableBytes { return }
        accounted.insert(made)
    }
}

extension SanitizeAction {
    /// What it makes has nothing of the text in it.
    fileprivate var isOneWay: Bool {
        switch self {
        case .hash, .pseudonym, .email: true
        default: false
        }
    }

    /// Parts of a text that must not be left of it, beside the whole.
    fileprivate func telling(in text: [UInt8]) -> [[UInt8]] {
        switch self {
        case .partial(let first, let last, _):
            let characters = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
            guard characters.count > first + last else { return [] }
            let middle = characters[first..<(characters.count - last)]
            return [Array(String(String.UnicodeScalarView(middle)).utf8)]
        case .scrub(let kinds):
            var scan = DetectorScan(kinds)
            var found: [[UInt8]] = []
            scan.begin(with: text.span)
            while let finding = scan.next(in: text.span) { found.append(Array(text[finding.range])) }
            return found
        case .url: return Self.host(in: text).map { [$0] } ?? []
        default: return []
        }
    }

    /// Of a plain URL; of anything else the whole text is what tells.
    private static func host(in text: [UInt8]) -> [UInt8]? {
        let words = String(decoding: text, as: UTF8.self).split(separator: "://", maxSplits: 1)
        guard words.count == 2 else { return nil }
        let authority = words[1].prefix { !"/?#".contains($0) }
        let host = (authority.split(separator: "@").last ?? "").prefix { $0 != ":" }
        return host.isEmpty ? nil : Array(host.utf8)
    }
}
