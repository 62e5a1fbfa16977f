import Crypto

/// How the bits of a code are written as a pseudonym.
extension SHA256Digest {
    /// 0 to 31 in Crockford's digits, in lower case: without i, l, o and u, which are mistaken for others or make words. The
    /// first 16 are the hexadecimal ones. By arithmetic: a table would be a global one, and asking for it takes longer.
    private static func letter(_ digit: UInt8) -> UInt8 {
        if digit < 10 { return 0x30 + digit }
        let left =
            (digit >= 18 ? 1 : 0) + (digit >= 20 ? 1 : 0) + (digit >= 22 ? 1 : 0) + (digit >= 27 ? 1 : 0) as UInt8
        return 0x57 + digit + left
    }

    /// Appends the first `count` hexadecimal digits, 64 at most.
    func appendHex(_ count: Int, to out: inout [UInt8]) {
        for index in 0..<Swift.min(count, 64) {
            let byte = bytes[index / 2]
            out.append(Self.letter(index % 2 == 0 ? byte >> 4 : byte & 15))
        }
    }

    /// Appends the first `count` characters of 5 bits each, 52 at most: the last one of those has one bit of the code.
    func appendBase32(_ count: Int, to out: inout [UInt8]) {
        for index in 0..<Swift.min(count, 52) {
            let (byte, bit) = (index * 5 / 8, index * 5 % 8)
            let next = byte + 1 < Self.byteCount ? bytes[byte + 1] : 0
            let pair = UInt16(bytes[byte]) << 8 | UInt16(next)
            out.append(Self.letter(UInt8(truncatingIfNeeded: pair >> UInt16(11 - bit) & 31)))
        }
    }

    /// Appends a UUID of 122 bits of the code. It has the form of version 4: RFC 9562 would have version 8, which many a
    /// validator does not know yet.
    func appendUUID(to out: inout [UInt8]) {
        for index in 0..<16 {
            var byte = bytes[index]
            if index == 6 { byte = byte & 0x0f | 0x40 }
            if index == 8 { byte = byte & 0x3f | 0x80 }
            if index == 4 || index == 6 || index == 8 || index == 10 { out.append(0x2d) }
            out.append(Self.letter(byte >> 4))
            out.append(Self.letter(byte & 15))
        }
    }

    /// Appends a whole number of so many digits, 1 to 18, of which the first is not 0.
    func appendInteger(_ digits: Int, to out: inout [UInt8]) {
        let count = Swift.max(1, Swift.min(digits, 18))
        var divisor = DigitString.power(count - 1)
        var rest = divisor + number(below: 9 * divisor)
        while divisor > 0 {
            out.append(0x30 + UInt8(truncatingIfNeeded: rest / divisor))
            rest %= divisor
            divisor /= 10
        }
    }
}
