/// The ways in which a text may be written so that it is still the same text: each is taken back, for the proof.
enum PlainText {
    /// What stands in a JSON string, without its escapes.
    static func unescaped(_ written: ArraySlice<UInt8>) -> [UInt8] {
        guard written.contains(UInt8(ascii: "\\")) else { return Array(written) }
        var text: [UInt8] = []
        var rest = written
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                text.append(byte)
                continue
            }
            switch escape {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"): append(codePoint(&rest), to: &text)
            default: text.append(escape)
            }
        }
        return text
    }

    /// Behind `\u`: four digits, and the second half of a pair.
    private static func codePoint(_ rest: inout ArraySlice<UInt8>) -> UInt32 {
        let high = hexadecimal(rest.prefix(4)) ?? 0xFFFD
        rest = rest.dropFirst(4)
        guard high & 0xFC00 == 0xD800, rest.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]),
            let low = hexadecimal(rest.dropFirst(2).prefix(4)), low & 0xFC00 == 0xDC00
        else { return high }
        rest = rest.dropFirst(6)
        return 0x10000 + (high & 0x3FF) << 10 + (low & 0x3FF)
    }

    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt32? {
        UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    /// Also half of a pair, which is no character: the bytes that it would have.
    private static func append(_ point: UInt32, to text: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | (point >> shift) & 0x3F) }
        if point < 0x80 {
            text.append(UInt8(point))
        } else if point < 0x800 {
            text += [UInt8(0xC0 | point >> 6), tail(0)]
        } else if point < 0x10000 {
            text += [UInt8(0xE0 | point >> 12), tail(6), tail(0)]
        } else {
            text += [UInt8(truncatingIfNeeded: 0xF0 | point >> 18), tail(12), tail(6), tail(0)]
        }
    }

    /// `%41` is `A`, and `+` a blank.
    static func percentDecoded(_ text: [UInt8]) -> [UInt8] {
        var answer: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = hexadecimal(rest.prefix(2)) {
                answer.append(UInt8(value))
                rest = rest.dropFirst(2)
            } else {
                answer.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return answer
    }

    static func lowercased(_ text: [UInt8]) -> [UInt8] {
        text.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    }

    static func hexadecimal(of text: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return text.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// What stands in base64 of whatever holds `text`, for each of the three places where it may begin; without the
    /// characters that its neighbours have a part in.
    static func base64(of text: [UInt8]) -> [[UInt8]] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        return (0..<3).map { shift in
            let bytes = [UInt8](repeating: 0, count: shift) + text
            // Six bits each, from the first that is the text's alone to the last.
            let first = (8 * shift + 5) / 6
            return (first..<(8 * bytes.count / 6)).map { index in
                let bit = 6 * index
                let pair = UInt16(bytes[bit / 8]) << 8 | (bit / 8 + 1 < bytes.count ? UInt16(bytes[bit / 8 + 1]) : 0)
                return alphabet[Int(pair >> UInt16(10 - bit % 8) & 0x3F)]
            }
        }
    }
}

extension [UInt8] {
    /// Whether `part`, which is not empty, stands anywhere in it.
    func holds(_ part: [UInt8]) -> Bool {
        guard let first = part.first, count >= part.count else { return false }
        var start = 0
        while start <= count - part.count {
            guard let at = self[start...(count - part.count)].firstIndex(of: first) else { return false }
            if self[at..<(at + part.count)].elementsEqual(part) { return true }
            start = at + 1
        }
        return false
    }
}
