import CSSL

/// AES, one block at a time and only forwards.
///
/// This is the portable code of libcrypto: it reads tables whose use can be timed by somebody on the same core. The texts
/// that it makes are pseudonyms for test environments.
package struct AESCipher: Sendable {
    private var schedule = AES_KEY()

    /// `nil`: a key has 16, 24 or 32 bytes.
    package init?(_ key: Span<UInt8>) {
        guard key.count == 16 || key.count == 24 || key.count == 32 else { return nil }
        expand(key)
    }

    /// AES-256.
    package init(_ key: SHA256Digest) {
        expand(key.bytes.span)
    }

    private mutating func expand(_ key: Span<UInt8>) {
        unsafe key.withUnsafeBufferPointer { source in
            _ = unsafe AES_set_encrypt_key(source.baseAddress, Int32(source.count * 8), &schedule)
        }
    }

    package func encrypt(_ block: AESBlock) -> AESBlock {
        var words = (block.high.bigEndian, block.low.bigEndian)
        unsafe withUnsafePointer(to: schedule) { schedule in
            unsafe withUnsafeMutableBytes(of: &words) { bytes in
                let first = unsafe bytes.assumingMemoryBound(to: UInt8.self).baseAddress
                // Input and output may be the same block.
                unsafe AES_encrypt(first, first, schedule)
            }
        }
        return AESBlock(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1))
    }
}
