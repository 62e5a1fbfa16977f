/// Puts the same thing in the place of whatever was there.
package final class SetAction: FieldAction {
    private let json: [UInt8]
    /// What keys and headers become; `nil`: null.
    private let text: [UInt8]?

    package init(json: String) {
        self.json = Array(json.utf8)
        text = json == "null" ? nil : Self.text(of: self.json)
    }

    package func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        guard kind == .text else {
            out += json
            return .json
        }
        guard let text else { return .null }
        out += text
        return .text
    }

    /// A string without its quotes and escapes; anything else as it is written.
    private static func text(of json: [UInt8]) -> [UInt8] {
        guard json.count >= 2, json.first == UInt8(ascii: "\""), json.last == UInt8(ascii: "\"") else { return json }
        var text = ""
        var rest = String(decoding: json.dropFirst().dropLast(), as: UTF8.self).unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let escape = rest.popFirst() else {
                text.unicodeScalars.append(scalar)
                continue
            }
            text.unicodeScalars.append(unescaped(escape, &rest))
        }
        return Array(text.utf8)
    }

    private static func unescaped(_ escape: Unicode.Scalar, _ rest: inout Substring.UnicodeScalarView) -> Unicode.Scalar
    {
        switch escape {
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u":
            let first = unit(&rest)
            if let scalar = Unicode.Scalar(first) { return scalar }
            // Half of a character above U+FFFF: the other half follows.
            guard first < 0xDC00, rest.popFirst() == "\\", rest.popFirst() == "u" else { return "\u{FFFD}" }
            return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (unit(&rest) & 0x3FF)) ?? "\u{FFFD}"
        default: return escape
        }
    }

    private static func unit(_ rest: inout Substring.UnicodeScalarView) -> UInt32 {
        let digits = String(rest.prefix(4))
        rest = rest.dropFirst(4)
        return UInt32(digits, radix: 16) ?? 0xDFFF
    }
}
