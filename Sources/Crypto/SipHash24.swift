/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of 64 bits, fast for short texts. OpenSSL has one, too, which
/// allocates for every text.
package struct SipHash24: Sendable {
    private let start: (UInt64, UInt64, UInt64, UInt64)

    /// - Parameters:
    ///   - low: the key's first 8 bytes as a number, the least significant byte first.
    ///   - high: its last 8 bytes.
    package init(low: UInt64, high: UInt64) {
        start = (
            low ^ 0x736f_6d65_7073_6575, high ^ 0x646f_7261_6e64_6f6d, low ^ 0x6c79_6765_6e65_7261,
            high ^ 0x7465_6462_7974_6573
        )
    }

    package func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var state = start
        var offset = 0
        unsafe bytes.withUnsafeBytes { raw in
            while raw.count - offset >= 8 {
                let word = unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                Self.absorb(UInt64(littleEndian: word), into: &state)
                offset += 8
            }
        }
        var last = UInt64(truncatingIfNeeded: bytes.count) << 56
        var shift: UInt64 = 0
        while offset < bytes.count {
            last |= UInt64(bytes[offset]) << shift
            shift += 8
            offset += 1
        }
        Self.absorb(last, into: &state)
        state.2 ^= 0xff
        for _ in 0..<4 { Self.mix(&state) }
        return state.0 ^ state.1 ^ state.2 ^ state.3
    }

    private static func absorb(_ word: UInt64, into state: inout (UInt64, UInt64, UInt64, UInt64)) {
        state.3 ^= word
        mix(&state)
        mix(&state)
        state.0 ^= word
    }

    private static func mix(_ state: inout (UInt64, UInt64, UInt64, UInt64)) {
        state.0 &+= state.1
        state.1 = rotate(state.1, 13) ^ state.0
        state.0 = rotate(state.0, 32)
        state.2 &+= state.3
        state.3 = rotate(state.3, 16) ^ state.2
        state.0 &+= state.3
        state.3 = rotate(state.3, 21) ^ state.0
        state.2 &+= state.1
        state.1 = rotate(state.1, 17) ^ state.2
        state.2 = rotate(state.2, 32)
    }

    private static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 {
        word &<< count | word &>> (64 - count)
    }
}
