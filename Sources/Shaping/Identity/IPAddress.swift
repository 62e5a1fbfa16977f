/// An address of IPv4 or IPv6. An IPv4 address that is written as one of IPv6 (`::ffff:192.0.2.1`) is the former: it is the
/// same host.
struct IPAddress: Hashable {
    var isV4: Bool
    /// The first 8 bytes; an IPv4 address is the upper half of them.
    var high: UInt64
    var low: UInt64

    init(v4 address: UInt32) {
        isV4 = true
        high = UInt64(address) << 32
        low = 0
    }

    init(high: UInt64, low: UInt64) {
        isV4 = false
        self.high = high
        self.low = low
    }

    var v4: UInt32 { UInt32(truncatingIfNeeded: high >> 32) }

    /// `nil` when `text` is anything else: a name, an address with a port, a zone, a mask or leading zeros, a list.
    init?(_ text: Span<UInt8>) {
        for index in text.indices where text[index] == 0x3a {
            guard let (high, low) = Self.groups(of: text) else { return nil }
            if high == 0, low >> 32 == 0xffff {
                self.init(v4: UInt32(truncatingIfNeeded: low))
            } else {
                self.init(high: high, low: low)
            }
            return
        }
        guard let address = Self.dotted(text, from: 0) else { return nil }
        self.init(v4: address)
    }

    /// Four decimal numbers to the end of the text.
    private static func dotted(_ text: Span<UInt8>, from start: Int) -> UInt32? {
        var address: UInt32 = 0
        var part: UInt32 = 0
        var (digits, parts) = (0, 1)
        for index in start..<text.count {
            let byte = text[index]
            if byte == 0x2e {
                guard digits > 0, parts < 4 else { return nil }
                address = address << 8 | part
                (part, digits, parts) = (0, 0, parts + 1)
            } else {
                // A leading zero is octal to some readers.
                guard byte >= 0x30, byte <= 0x39, digits == 0 || part > 0 else { return nil }
                part = part * 10 + UInt32(byte - 0x30)
                digits += 1
                guard part <= 255 else { return nil }
            }
        }
        return parts == 4 && digits > 0 ? address << 8 | part : nil
    }

    /// Up to eight hexadecimal groups, one gap, and perhaps four decimal numbers at the end (RFC 4291).
    private static func groups(of text: Span<UInt8>) -> (UInt64, UInt64)? {
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        var gap: Int?
        var index = 0
        if text.count >= 2, text[0] == 0x3a, text[1] == 0x3a {
            gap = 0
            index = 2
        }
        while index < text.count {
            var end = index
            var group: UInt16 = 0
            while end < text.count, end - index < 4, let digit = hexValue(text[end]) {
                group = group << 4 | digit
                end += 1
            }
            guard end > index, count < 8 else { return nil }
            if end < text.count, text[end] == 0x2e {
                guard count <= 6, let address = dotted(text, from: index) else { return nil }
                groups[count] = UInt16(truncatingIfNeeded: address >> 16)
                groups[count + 1] = UInt16(truncatingIfNeeded: address)
                count += 2
                break
            }
            groups[count] = group
            count += 1
            guard end < text.count else { break }
            guard text[end] == 0x3a, end + 1 < text.count else { return nil }
            index = end + 1
            if text[index] == 0x3a {
                guard gap == nil else { return nil }
                gap = count
                index += 1
            }
        }
        return whole(groups, count: count, gap: gap)
    }

    private static func whole(_ groups: InlineArray<8, UInt16>, count: Int, gap: Int?) -> (UInt64, UInt64)? {
        guard gap == nil ? count == 8 : count < 8 else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for place in 0..<8 {
            let start = gap ?? count
            let behind = place - (8 - count)
            let group = place < start ? groups[place] : behind >= start ? groups[behind] : 0
            if place < 4 { high = high << 16 | UInt64(group) } else { low = low << 16 | UInt64(group) }
        }
        return (high, low)
    }

    private static func hexValue(_ byte: UInt8) -> UInt16? {
        switch byte {
        case 0x30...0x39: UInt16(byte - 0x30)
        case 0x41...0x46: UInt16(byte - 0x37)
        case 0x61...0x66: UInt16(byte - 0x57)
        default: nil
        }
    }
}
