import CSSL

/// SHA-256 of one text.
package enum SHA256Digest {
    package static let byteCount = 32

    /// Appends the 32 bytes of the digest to `out`.
    package static func append(of bytes: Span<UInt8>, to out: inout [UInt8]) {
        var digest = [UInt8](repeating: 0, count: byteCount)
        unsafe bytes.withUnsafeBufferPointer { source in
            _ = unsafe SHA256(source.baseAddress, source.count, &digest)
        }
        out += digest
    }
}
