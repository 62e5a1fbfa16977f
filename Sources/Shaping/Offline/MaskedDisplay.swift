import Model

/// Shows what a record looks like and nothing of what it says: every text, number and boolean in it is masked.
/// The names of members and headers stay, by which a reader finds the places.
package struct MaskedDisplay {
    private let sanitizer: TopicSanitizer

    package init() {
        let mask = MaskAction(with: "*", length: 3)
        // Without rules there is nothing that could be wrong with it.
        guard let made = try? TopicSanitizer(SanitizePolicy(topics: []), unlistedKey: mask, action: { _ in mask })
        else { preconditionFailure("a policy without rules") }
        sanitizer = made
    }

    /// Of a key or a header, which mostly are no documents; `nil` for a null one.
    package func word(of field: [UInt8]?) -> String? {
        field?.first.map(Self.opens) == true ? text(of: field) : field.map { _ in "***" }
    }

    /// Of a value; `nil` for a null one.
    package func text(of field: [UInt8]?) -> String? {
        guard let field else { return nil }
        switch sanitizer.sanitizeValue(field.span, context: FieldContext(recordSeed: 0, timestampMilliseconds: 0)) {
        case .changed: return field.first.map(Self.opens) == true ? sanitizer.value.displayed : "***"
        // Nothing in it but names, nulls and brackets.
        case .unchanged: return field.displayed
        default: return "*** (no JSON, \(field.count) bytes)"
        }
    }

    /// What is one text or number by itself is masked without telling which of them.
    private static func opens(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") || byte <= 0x20
    }
}

extension [UInt8] {
    /// As text that does nothing to a terminal: control characters, and those that turn the direction of writing, are
    /// written as escapes.
    package var displayed: String {
        var text = ""
        for scalar in String(decoding: self, as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
