import CSSL

/// AES, one block at a time and only forwards, for one thread.
///
/// OpenSSL's context uses the processor's instructions, six times as fast as the portable code and in a time that tells
/// nothing of the key. It is made once; a block allocates nothing. Where a context cannot be had, the portable code does
/// the same.
@safe
package final class AESCipher {
    private var schedule = AES_KEY()
    private let context: OpaquePointer?

    /// `nil`: a key has 16, 24 or 32 bytes.
    package convenience init?(_ key: Span<UInt8>) {
        self.init(key, isPortable: false)
    }

    /// AES-256.
    package convenience init(_ key: SHA256Digest) {
        self.init(key: key.bytes.span, isPortable: false)
    }

    /// - Parameter isPortable: without the processor's instructions.
    convenience init?(_ key: Span<UInt8>, isPortable: Bool) {
        guard key.count == 16 || key.count == 24 || key.count == 32 else { return nil }
        self.init(key: key, isPortable: isPortable)
    }

    private init(key: Span<UInt8>, isPortable: Bool) {
        unsafe context = isPortable ? nil : Self.context(for: key)
        unsafe key.withUnsafeBufferPointer { source in
            _ = unsafe AES_set_encrypt_key(source.baseAddress, Int32(source.count * 8), &schedule)
        }
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(context)
    }

    private static func context(for key: Span<UInt8>) -> OpaquePointer? {
        let cipher =
            unsafe key.count == 16 ? EVP_aes_128_ecb() : key.count == 24 ? EVP_aes_192_ecb() : EVP_aes_256_ecb()
        guard let context = unsafe EVP_CIPHER_CTX_new() else { return nil }
        let isReady = unsafe key.withUnsafeBufferPointer { source in
            unsafe EVP_EncryptInit_ex(context, cipher, nil, source.baseAddress, nil) == 1
                && EVP_CIPHER_CTX_set_padding(context, 0) == 1
        }
        if isReady { return unsafe context }
        unsafe EVP_CIPHER_CTX_free(context)
        return nil
    }

    package func encrypt(_ block: AESBlock) -> AESBlock {
        var words = (block.high.bigEndian, block.low.bigEndian)
        unsafe withUnsafeMutableBytes(of: &words) { bytes in
            // Input and output may be the same block.
            let first = unsafe bytes.assumingMemoryBound(to: UInt8.self).baseAddress
            if let context = unsafe context {
                var count: Int32 = 0
                if unsafe EVP_EncryptUpdate(context, first, &count, first, 16) == 1, count == 16 { return }
            }
            unsafe AES_encrypt(first, first, &schedule)
        }
        return AESBlock(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1))
    }
}
