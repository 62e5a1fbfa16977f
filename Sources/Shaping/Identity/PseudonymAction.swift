import Crypto
import Model

/// Replaces an id by its pseudonym. A number and a text of the same digits have the same one.
///
/// A number stays a number where the form is one; the other forms make a text of it, as the rule says.
final class PseudonymAction: FieldAction {
    private let form: SanitizeAction.PseudonymForm
    private var source: PseudonymSource

    init(_ form: SanitizeAction.PseudonymForm, in space: IdentitySpace) {
        self.form = form
        source = PseudonymSource(space, kind: .id)
    }

    func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        switch kind {
        case .null: return .null
        case .boolean, .object, .array: return .mismatch("a pseudonym is made of a text or a number")
        case .string, .number, .text: break
        }
        let code = source.code(of: field)
        switch form {
        case .uuid: code.appendUUID(to: &out)
        case .hex(let count): code.appendHex(count, to: &out)
        case .base32(let count): code.appendBase32(count, to: &out)
        case .integer(let digits):
            code.appendInteger(digits, to: &out)
            if kind == .number { return .json }
        }
        return .text
    }
}
