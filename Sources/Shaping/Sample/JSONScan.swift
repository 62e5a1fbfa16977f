/// Reads JSON's tokens off a span. No function reads outside of it, whatever it holds.
enum JSONScan {
    /// What stands between the quotes of a string, from `start` up to `end`.
    struct StringRange {
        let start: Int
        let end: Int
        let hasEscapes: Bool

        /// `scratch` is left as it was.
        func equals(_ text: [UInt8], _ bytes: Span<UInt8>, scratch: inout [UInt8]) -> Bool {
            guard hasEscapes else {
                guard end &- start == text.count else { return false }
                for index in 0..<text.count where text[index] != bytes[start &+ index] { return false }
                return true
            }
            let count = scratch.count
            defer { scratch.removeLast(scratch.count - count) }
            guard JSONScan.appendUnescaped(bytes, self, to: &scratch), scratch.count - count == text.count
            else { return false }
            for index in 0..<text.count where text[index] != scratch[count &+ index] { return false }
            return true
        }
    }

    static func skipSpace(_ bytes: Span<UInt8>, _ place: inout Int) {
        while place < bytes.count {
            switch bytes[place] {
            case 0x20, 0x0a, 0x0d, 0x09: place &+= 1
            default: return
            }
        }
    }

    static func take(_ byte: UInt8, _ bytes: Span<UInt8>, _ place: inout Int) -> Bool {
        guard place < bytes.count, bytes[place] == byte else { return false }
        place &+= 1
        return true
    }

    /// A string, up to and with its closing quote. Bytes below space end no string that is JSON.
    static func takeString(_ bytes: Span<UInt8>, _ place: inout Int) -> StringRange? {
        guard take(UInt8(ascii: "\""), bytes, &place) else { return nil }
        let start = place
        var hasEscapes = false
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "\"") {
                place &+= 1
                return StringRange(start: start, end: place &- 1, hasEscapes: hasEscapes)
            }
            guard byte >= 0x20 else { return nil }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                place &+= 1
            }
            place &+= 1
        }
        return nil
    }

    /// Passes over one value. Of arrays and objects only the brackets are counted.
    static func skipValue(_ bytes: Span<UInt8>, _ place: inout Int) -> Bool {
        var depth = 0
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                guard takeString(bytes, &place) != nil else { return false }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth &+= 1
                place &+= 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard depth > 0 else { return false }
                depth &-= 1
                place &+= 1
            case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x0a, 0x0d, 0x09:
                guard depth > 0 else { return false }
                place &+= 1
                continue
            default: passWord(bytes, &place)
            }
            if depth == 0 { return true }
        }
        return false
    }

    /// A number or a literal: up to what can stand behind one. At least one byte.
    private static func passWord(_ bytes: Span<UInt8>, _ place: inout Int) {
        place &+= 1
        while place < bytes.count, !isEnd(bytes[place]) { place &+= 1 }
    }

    private static func isEnd(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "{"),
            UInt8(ascii: "["), UInt8(ascii: "\""), 0x20, 0x0a, 0x0d, 0x09:
            true
        default: false
        }
    }

    /// The text of a string or of a number; `false` for anything else, with some of it perhaps appended.
    static func appendText(_ bytes: Span<UInt8>, _ place: inout Int, to out: inout [UInt8]) -> Bool {
        guard place < bytes.count else { return false }
        if bytes[place] == UInt8(ascii: "\"") {
            guard let range = takeString(bytes, &place) else { return false }
            return appendUnescaped(bytes, range, to: &out)
        }
        let start = place
        passWord(bytes, &place)
        guard isNumber(bytes, start, place) else { return false }
        for index in start..<place { out.append(bytes[index]) }
        return true
    }

    private static func isNumber(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var place = start
        func digits() -> Int {
            let before = place
            while place < end, isDigit(bytes[place]) { place &+= 1 }
            return place &- before
        }
        func has(_ byte: UInt8, or other: UInt8) -> Bool {
            guard place < end, bytes[place] == byte || bytes[place] == other else { return false }
            place &+= 1
            return true
        }
        _ = has(UInt8(ascii: "-"), or: UInt8(ascii: "-"))
        let whole = place
        let count = digits()
        guard count == 1 || (count > 1 && bytes[whole] != UInt8(ascii: "0")) else { return false }
        if has(UInt8(ascii: "."), or: UInt8(ascii: ".")), digits() == 0 { return false }
        if has(UInt8(ascii: "e"), or: UInt8(ascii: "E")) {
            _ = has(UInt8(ascii: "+"), or: UInt8(ascii: "-"))
            guard digits() > 0 else { return false }
        }
        return place == end
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    static func appendUnescaped(_ bytes: Span<UInt8>, _ range: StringRange, to out: inout [UInt8]) -> Bool {
        var place = range.start
        while place < range.end {
            let byte = bytes[place]
            place &+= 1
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            guard place < range.end else { return false }
            let kind = bytes[place]
            place &+= 1
            if kind == UInt8(ascii: "u") {
                guard let scalar = scalar(bytes, &place, range.end) else { return false }
                appendUTF8(scalar, to: &out)
            } else {
                guard let plain = plainEscape(kind) else { return false }
                out.append(plain)
            }
        }
        return true
    }

    private static func plainEscape(_ kind: UInt8) -> UInt8? {
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): kind
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0c
        case UInt8(ascii: "n"): 0x0a
        case UInt8(ascii: "r"): 0x0d
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// Behind `\u`: four digits, and the second half of a pair where the first one asks for it. Half a pair is no text.
    private static func scalar(_ bytes: Span<UInt8>, _ place: inout Int, _ end: Int) -> UInt32? {
        guard let first = fourDigits(bytes, &place, end) else { return nil }
        guard first >= 0xd800, first < 0xe000 else { return first }
        guard first < 0xdc00, place &+ 1 < end, bytes[place] == UInt8(ascii: "\\"),
            bytes[place &+ 1] == UInt8(ascii: "u")
        else { return nil }
        place &+= 2
        guard let second = fourDigits(bytes, &place, end), second >= 0xdc00, second < 0xe000 else { return nil }
        return 0x10000 &+ ((first &- 0xd800) &<< 10) &+ (second &- 0xdc00)
    }

    private static func fourDigits(_ bytes: Span<UInt8>, _ place: inout Int, _ end: Int) -> UInt32? {
        guard end &- place >= 4 else { return nil }
        var number: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[place]
            place &+= 1
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte &- UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte &- UInt8(ascii: "a") &+ 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte &- UInt8(ascii: "A") &+ 10
            default: return nil
            }
            number = (number &<< 4) | UInt32(digit)
        }
        return number
    }

    private static func appendUTF8(_ scalar: UInt32, to out: inout [UInt8]) {
        func tail(_ shift: UInt32) { out.append(0x80 | UInt8(truncatingIfNeeded: (scalar &>> shift) & 0x3f)) }
        if scalar < 0x80 {
            out.append(UInt8(truncatingIfNeeded: scalar))
        } else if scalar < 0x800 {
            out.append(0xc0 | UInt8(truncatingIfNeeded: scalar &>> 6))
            tail(0)
        } else if scalar < 0x10000 {
            out.append(0xe0 | UInt8(truncatingIfNeeded: scalar &>> 12))
            tail(6)
            tail(0)
        } else {
            out.append(0xf0 | UInt8(truncatingIfNeeded: scalar &>> 18))
            tail(12)
            tail(6)
            tail(0)
        }
    }
}
