/// A key of HMAC-SHA256 (RFC 2104), ready to be used: both of its blocks are hashed already, and a code needs a copy of two
/// plain structures and no memory of its own.
package struct HMACKey: Sendable {
    private static let blockByteCount = 64
    private var inner = SHA256State()
    private var outer = SHA256State()

    package init(_ key: Span<UInt8>) {
        var block = InlineArray<64, UInt8>(repeating: 0)
        if key.count > Self.blockByteCount {
            let digest = SHA256Digest(of: key)
            for index in 0..<SHA256Digest.byteCount { block[index] = digest.bytes[index] }
        } else {
            for index in key.indices { block[index] = key[index] }
        }
        for index in 0..<Self.blockByteCount { block[index] ^= 0x36 }
        inner.update(block.span)
        for index in 0..<Self.blockByteCount { block[index] ^= 0x36 ^ 0x5c }
        outer.update(block.span)
    }

    /// What makes the codes of texts that begin with `prefix`, and is given only what follows it.
    package func following(_ prefix: Span<UInt8>) -> HMACKey {
        var key = self
        key.inner.update(prefix)
        return key
    }

    package func code(of bytes: Span<UInt8>) -> SHA256Digest {
        var state = inner
        state.update(bytes)
        let digest = state.finish()
        state = outer
        state.update(digest.bytes.span)
        return state.finish()
    }

    /// Appends the 32 bytes of the code of `bytes` to `out`.
    package func append(codeOf bytes: Span<UInt8>, to out: inout [UInt8]) {
        code(of: bytes).append(to: &out)
    }
}
