/// One text in which others are looked for, in every way of writing them.
struct TextSearch {
    private let text: [UInt8]
    private let lower: [UInt8]
    private let unescaped: [UInt8]
    private let decoded: [UInt8]
    /// With the characters of base64 for addresses in those of the plain one.
    private let base64: [UInt8]

    /// A shorter text says nothing where it stands inside another; where it is the whole text, it says enough.
    static let tellingBytes = 6
    /// Of a longer text, so much in one piece says enough.
    private static let fragmentBytes = 8

    init(_ text: [UInt8]) {
        self.text = text
        lower = PlainText.lowercased(text)
        unescaped = PlainText.unescaped(text[...])
        decoded = PlainText.percentDecoded(text)
        base64 = text.map {
            $0 == UInt8(ascii: "-") ? UInt8(ascii: "+") : $0 == UInt8(ascii: "_") ? UInt8(ascii: "/") : $0
        }
    }

    /// How `secret` stands in it; `nil`: it does not.
    func form(of secret: [UInt8]) -> LeakFinding.Form? {
        if text == secret { return secret.isEmpty ? nil : .plain }
        guard secret.count >= Self.tellingBytes else { return nil }
        if text.holds(secret) { return .plain }
        if lower.holds(PlainText.lowercased(secret)) { return .otherCase }
        if unescaped.holds(secret) { return .escaped }
        if decoded.holds(secret) { return .percentCoded }
        if lower.holds(PlainText.hexadecimal(of: secret)) { return .hexadecimal }
        return PlainText.base64(of: secret).contains { base64.holds($0) } ? .base64 : nil
    }

    /// Whether a part of `secret` stands in it.
    func holdsPart(of secret: [UInt8]) -> Bool {
        let length = Self.fragmentBytes
        return secret.count >= length
            && (0...(secret.count - length)).contains { text.holds(Array(secret[$0..<($0 + length)])) }
    }
}
