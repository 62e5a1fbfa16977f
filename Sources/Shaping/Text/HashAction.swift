import Crypto

/// SHA-256 in hexadecimal digits, of a text or of a number as it is written.
package final class HashAction: FieldAction {
    private var digest: [UInt8] = []

    package init() {}

    package func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        switch kind {
        case .string, .text, .number: break
        case .null: return .null
        case .boolean: return .mismatch("the hash of a boolean hides nothing")
        case .object, .array: return .mismatch("only a text or a number can be hashed")
        }
        digest.removeAll(keepingCapacity: true)
        SHA256Digest.append(of: field, to: &digest)
        let start = out.grow(by: 2 * SHA256Digest.byteCount)
        var target = out.mutableSpan
        for index in 0..<SHA256Digest.byteCount {
            target[start + 2 * index] = Self.digit(digest[index] >> 4)
            target[start + 2 * index + 1] = Self.digit(digest[index] & 15)
        }
        return .text
    }

    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x57 + value
    }
}
