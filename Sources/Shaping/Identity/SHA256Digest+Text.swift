import Crypto

/// How the bits of a code are written as a pseudonym.
extension SHA256Digest {
    private static let hexLetters = Array("0123456789abcdef".utf8)
    /// Crockford's, in lower case: no letters that are mistaken for a digit or for one another.
    private static let base32Letters = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// Appends the first `count` hexadecimal digits, 64 at most.
    func appendHex(_ count: Int, to out: inout [UInt8]) {
        for index in 0..<Swift.min(count, 64) {
            let byte = bytes[index / 2]
            out.append(Self.hexLetters[Int(index % 2 == 0 ? byte >> 4 : byte & 15)])
        }
    }

    /// Appends the first `count` characters of 5 bits each, 52 at most: the last one of those has one bit of the code.
    func appendBase32(_ count: Int, to out: inout [UInt8]) {
        for index in 0..<Swift.min(count, 52) {
            let (byte, bit) = (index * 5 / 8, index * 5 % 8)
            let next = byte + 1 < Self.byteCount ? bytes[byte + 1] : 0
            let pair = UInt16(bytes[byte]) << 8 | UInt16(next)
            out.append(Self.base32Letters[Int(pair >> UInt16(11 - bit) & 31)])
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
            out.append(Self.hexLetters[Int(byte >> 4)])
            out.append(Self.hexLetters[Int(byte & 15)])
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
