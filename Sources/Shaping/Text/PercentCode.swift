/// Percent-encoding of URLs (RFC 3986).
enum PercentCode {
    private static let roundsMax = 5

    /// Decodes until nothing is left to decode: readers differ in how often they do.
    ///
    /// - Returns: Whether that came to an end.
    static func decodeWholly(_ bytes: inout [UInt8]) -> Bool {
        for _ in 0..<roundsMax where !decode(&bytes) { return true }
        return false
    }

    /// - Returns: Whether there was anything to decode.
    private static func decode(_ bytes: inout [UInt8]) -> Bool {
        var index = 0
        var end = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, bytes[index + 1].isHexDigit,
                bytes[index + 2].isHexDigit
            {
                bytes[end] = bytes[index + 1].hexValue << 4 | bytes[index + 2].hexValue
                index += 3
            } else {
                bytes[end] = bytes[index]
                index += 1
            }
            end += 1
        }
        let isChanged = end < bytes.count
        bytes.removeLast(bytes.count - end)
        return isChanged
    }

    static func append(_ bytes: [UInt8], to out: inout [UInt8]) {
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte.isAlphanumeric || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
            {
                out.append(byte)
            } else {
                out.append(UInt8(ascii: "%"))
                out.append(digit(byte >> 4))
                out.append(digit(byte & 15))
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x37 + value
    }
}
