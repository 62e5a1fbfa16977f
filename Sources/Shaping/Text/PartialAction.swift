/// Keeps some characters (Unicode scalars) at both ends of a text and masks those between.
package final class PartialAction: FieldAction {
    private let keepFirst: Int
    private let keepLast: Int
    private let mask: [UInt8]

    package init(keepFirst: Int, keepLast: Int, with mask: String) {
        self.keepFirst = max(0, keepFirst)
        self.keepLast = max(0, keepLast)
        self.mask = Array(mask.utf8)
    }

    package func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        switch kind {
        case .string, .text: break
        case .null: return .null
        case .number, .boolean, .object, .array: return .mismatch("only a text can be masked in part")
        }
        let count = UTF8Text.scalarCount(of: field)
        let masksAll = count - min(count, keepFirst) <= keepLast
        let first = masksAll ? 0 : keepFirst
        let last = masksAll ? 0 : keepLast
        let head = UTF8Text.offset(ofScalar: first, in: field, from: 0)
        out.append(field, 0..<head)
        let masked = count - first - last
        if mask.count == 1 {
            out.append(mask[0], times: masked)
        } else {
            for _ in 0..<masked { out += mask }
        }
        out.append(field, UTF8Text.offset(ofScalar: masked, in: field, from: head)..<field.count)
        return .text
    }
}
