import Model

/// What the texts and numbers of one place have in common, by the detectors.
struct ValueGuess {
    enum Meaning: Hashable {
        case detected(DetectorKind)
        /// `isPlain`: none has a query, a fragment or a user, in which anything may stand.
        case url(isPlain: Bool)
    }

    private var texts = 0
    /// How many were an email address, a card number, ... from the first to the last character.
    private var whole: [DetectorKind: Int] = [:]
    private(set) var within: Set<DetectorKind> = []
    private var urls = 0
    private var areURLsPlain = true

    /// What all of them are.
    var meaning: Meaning? {
        guard texts > 0 else { return nil }
        if urls == texts { return .url(isPlain: areURLsPlain) }
        return DetectorKind.allCases.first { whole[$0] == texts }.map { .detected($0) }
    }

    mutating func note(_ text: [UInt8], _ kind: FieldKind) {
        guard kind == .string && !text.isEmpty || kind == .number else { return }
        texts += 1
        var scan = DetectorScan(DetectorKind.allCases)
        scan.begin(with: text.span)
        while let finding = scan.next(in: text.span) {
            // Many numbers look like a phone's; of what is a number in JSON only a card's check digit tells much.
            guard kind == .string || finding.kind == .card else { continue }
            within.insert(finding.kind)
            if finding.range == 0..<text.count, Self.isUnderstood(text, finding.kind) {
                whole[finding.kind, default: 0] += 1
            }
        }
        guard kind == .string, Self.isURL(text) else { return }
        urls += 1
        if text.contains(where: { "?#@".utf8.contains($0) }) { areURLsPlain = false }
    }

    mutating func merge(_ other: ValueGuess) {
        texts += other.texts
        whole.merge(other.whole) { $0 + $1 }
        within.formUnion(other.within)
        urls += other.urls
        areURLsPlain = areURLsPlain && other.areURLsPlain
    }

    /// Some actions refuse what a detector finds, such as an address with a port: proposed, they would stop records.
    private static func isUnderstood(_ text: [UInt8], _ kind: DetectorKind) -> Bool {
        switch kind {
        case .ip: IPAddress(text.span) != nil
        case .phone: PhoneNumber(text.span) != nil
        case .card: text.allSatisfy { $0 < 0x80 }
        case .email, .iban, .jwt: true
        }
    }

    /// `scheme://`, and something behind it.
    private static func isURL(_ text: [UInt8]) -> Bool {
        let scheme = text.prefix { $0 >= 0x61 && $0 <= 0x7A || $0 >= 0x41 && $0 <= 0x5A || $0 >= 0x2B && $0 <= 0x39 }
        let rest = text.dropFirst(scheme.count)
        return !scheme.isEmpty && rest.starts(with: "://".utf8) && rest.count > 3
    }
}
