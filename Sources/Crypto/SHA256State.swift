import CSSL

/// SHA-256 of bytes that arrive in parts. A plain structure: a copy goes on from where the original stood.
package struct SHA256State: Sendable {
    private var context = SHA256_CTX()

    package init() {
        _ = unsafe SHA256_Init(&context)
    }

    package mutating func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { source in
            _ = unsafe SHA256_Update(&context, source.baseAddress, source.count)
        }
    }

    /// The digest. Afterwards the state is of no use.
    package mutating func finish() -> SHA256Digest {
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        var target = bytes.mutableSpan
        unsafe target.withUnsafeMutableBufferPointer { target in
            _ = unsafe SHA256_Final(target.baseAddress, &context)
        }
        return SHA256Digest(bytes: bytes)
    }
}
