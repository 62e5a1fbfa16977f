import Crypto
import Model

/// Replaces a mail address by one that nobody has: the pseudonym of the whole address, at the domain that was asked for.
///
/// Whatever the text is, the result is an address at that domain: what is no address needs no other treatment.
final class EmailAction: FieldAction {
    /// RFC 2606: no mail is ever delivered there.
    static let neutralDomain = "neutralised.invalid"
    /// 100 bits: among ten million addresses, two meet with a probability of one in 10 to the power of 16.
    private static let localCount = 20

    private let ending: [UInt8]
    private var source: PseudonymSource

    init(domain: String, in space: IdentitySpace) {
        ending = Array("@\(domain.isEmpty ? Self.neutralDomain : domain)".utf8)
        source = PseudonymSource(space, kind: .email)
    }

    func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        guard kind == .string || kind == .text else {
            return kind == .null ? .null : .mismatch("a mail address is a text")
        }
        source.code(of: field).appendBase32(Self.localCount, to: &out)
        for index in ending.indices { out.append(ending[index]) }
        return .text
    }
}
