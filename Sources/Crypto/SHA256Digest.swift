/// A digest of SHA-256, or a code of HMAC-SHA256.
package struct SHA256Digest: Sendable {
    package static let byteCount = 32

    package let bytes: InlineArray<32, UInt8>

    init(bytes: InlineArray<32, UInt8>) {
        self.bytes = bytes
    }

    /// SHA-256 of one text.
    package init(of text: Span<UInt8>) {
        var state = SHA256State()
        state.update(text)
        self = state.finish()
    }

    /// Appends the 32 bytes of the digest of `bytes` to `out`.
    package static func append(of bytes: Span<UInt8>, to out: inout [UInt8]) {
        SHA256Digest(of: bytes).append(to: &out)
    }

    package func append(to out: inout [UInt8]) {
        for index in 0..<Self.byteCount { out.append(bytes[index]) }
    }

    /// The digest's first, second, third or fourth 8 bytes as a number, the most significant byte first.
    package func word(_ index: Int) -> UInt64 {
        var word: UInt64 = 0
        for place in index * 8..<index * 8 + 8 { word = word << 8 | UInt64(bytes[place]) }
        return word
    }

    /// A number from 0 to `bound` - 1. 128 bits are behind it, so that none of them is more probable than another by
    /// anything that could be seen. `bound` is above 0.
    package func number(below bound: UInt64) -> UInt64 {
        bound.dividingFullWidth((word(0) % bound, word(1))).remainder
    }
}
