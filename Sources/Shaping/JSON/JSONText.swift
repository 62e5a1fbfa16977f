/// Strings between their written form in JSON and their text.
package enum JSONText {
    /// Appends the text of what stands between a JSON string's quotation marks. A scanner has passed it; of anything
    /// else some text comes out, too.
    package static func appendUnescaped(_ written: Span<UInt8>, to text: inout [UInt8]) {
        var at = 0
        while at < written.count {
            let byte = written[at]
            guard byte == UInt8(ascii: "\\"), at &+ 1 < written.count else {
                text.append(byte)
                at &+= 1
                continue
            }
            guard let unit = written.codeUnit(at: at) else {
                text.append(meaning(of: written[at &+ 1]))
                at &+= 2
                continue
            }
            at &+= 6
            var scalar = unit
            if unit & 0xFC00 == 0xD800, let low = written.codeUnit(at: at), low & 0xFC00 == 0xDC00 {
                scalar = 0x10000 &+ ((unit & 0x3FF) &<< 10) &+ (low & 0x3FF)
                at &+= 6
            }
            append(scalar, to: &text)
        }
    }

    private static func meaning(of escaped: UInt8) -> UInt8 {
        switch escaped {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: escaped
        }
    }

    private static func append(_ scalar: UInt32, to text: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | (scalar &>> shift) & 0x3F) }
        switch scalar {
        case 0..<0x80: text.append(UInt8(truncatingIfNeeded: scalar))
        case 0x80..<0x800:
            text.append(UInt8(truncatingIfNeeded: 0xC0 | scalar &>> 6))
            text.append(tail(0))
        case 0x800..<0x10000:
            text.append(UInt8(truncatingIfNeeded: 0xE0 | scalar &>> 12))
            text.append(tail(6))
            text.append(tail(0))
        default:
            text.append(UInt8(truncatingIfNeeded: 0xF0 | (scalar &>> 18) & 0x07))
            text.append(tail(12))
            text.append(tail(6))
            text.append(tail(0))
        }
    }

    /// Appends `text` as a JSON string with its quotation marks; only what must be is escaped.
    ///
    /// - Returns: `false` when it is no UTF-8. Then nothing stands behind what was there.
    package static func appendString(_ text: Span<UInt8>, to json: inout [UInt8]) -> Bool {
        let start = json.count
        json.append(UInt8(ascii: "\""))
        var at = 0
        while at < text.count {
            let plain = text.plainEnd(from: at)
            if plain > at {
                json.append(text, from: at, to: plain)
                at = plain
                continue
            }
            let byte = text[at]
            if byte >= 0x80 {
                let length = text.utf8Length(at: at)
                guard length > 0 else {
                    json.removeLast(json.count - start)
                    return false
                }
                json.append(text, from: at, to: at &+ length)
                at &+= length
                continue
            }
            if byte < 0x20 {
                appendControl(byte, to: &json)
            } else {
                json.append(UInt8(ascii: "\\"))
                json.append(byte)
            }
            at &+= 1
        }
        json.append(UInt8(ascii: "\""))
        return true
    }

    private static func appendControl(_ byte: UInt8, to json: inout [UInt8]) {
        json.append(UInt8(ascii: "\\"))
        json.append(UInt8(ascii: "u"))
        json.append(UInt8(ascii: "0"))
        json.append(UInt8(ascii: "0"))
        json.append(0x30 | byte &>> 4)
        let low = byte & 0x0F
        json.append(low < 10 ? 0x30 | low : 0x57 &+ low)
    }
}

extension [UInt8] {
    /// Appends a part of `bytes`: one copy, where a loop over single bytes costs a nanosecond for each.
    @inline(__always)
    mutating func append(_ bytes: Span<UInt8>, from start: Int, to end: Int) {
        let part = bytes.extracting(start..<end)
        append(addingCapacity: part.count) { target in
            for index in part.indices { target.append(part[index]) }
        }
    }
}
