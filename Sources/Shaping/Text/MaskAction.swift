/// Leaves nothing of a text but its length, and not that either where a length is given.
package final class MaskAction: FieldAction {
    private let mask: [UInt8]
    private let length: Int?

    package init(with mask: String, length: Int?) {
        self.mask = Array(mask.utf8)
        self.length = length
    }

    package func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        switch kind {
        case .string, .text:
            let times = length ?? UTF8Text.scalarCount(of: field)
            if mask.count == 1 {
                out.append(mask[0], times: times)
            } else {
                var done = 0
                while done < times {
                    out += mask
                    done += 1
                }
            }
            return .text
        case .number:
            out.append(UInt8(ascii: "0"))
            return .json
        case .boolean:
            for byte in "false".utf8 { out.append(byte) }
            return .json
        case .null: return .null
        case .object, .array: return .mismatch("a mask is for texts, numbers and booleans, not for what holds them")
        }
    }
}
