/// E-mail addresses: what stands around an `@`, also one that is percent-encoded (`%40`) or of full width, when a
/// domain with a point or an address in brackets follows. Names may be quoted, and both sides may use any letters.
///
/// The name's end is no riddle, its beginning is: `to=ann@example.org`. A slash, a question mark, a bar or a comma ends
/// it, an equals sign does unless a `+`, `-` or `.` precedes, as in bounce addresses that carry another one within.
enum EmailSearch {
    private static let quotedMax = 128

    static func first(in text: Span<UInt8>, from start: Int) -> Range<Int>? {
        var index = start
        // The name ends at the sign before, so that no byte is read again and again.
        var floor = start
        while index < text.count {
            let sign = signLength(in: text, at: index)
            guard sign > 0 else {
                index += 1
                continue
            }
            if let end = domainEnd(in: text, from: index + sign) {
                let begin = nameStart(in: text, before: index, floor: floor)
                if begin < index { return begin..<end }
            }
            index += sign
            floor = index
        }
        return nil
    }

    @inline(__always)
    private static func signLength(in text: Span<UInt8>, at index: Int) -> Int {
        switch text[index] {
        case UInt8(ascii: "@"): 1
        case UInt8(ascii: "%"):
            index + 2 < text.count && text[index + 1] == UInt8(ascii: "4") && text[index + 2] == UInt8(ascii: "0")
                ? 3 : 0
        // U+FF20
        case 0xEF: index + 2 < text.count && text[index + 1] == 0xBC && text[index + 2] == 0xA0 ? 3 : 0
        default: 0
        }
    }

    // MARK: The domain

    private static func domainEnd(in text: Span<UInt8>, from start: Int) -> Int? {
        if start < text.count, text[start] == UInt8(ascii: "[") { return literalEnd(in: text, from: start) }
        var index = start
        while index < text.count {
            let length = domainCharacter(in: text, at: index)
            guard length > 0 else { break }
            index += length
        }
        while index > start, text[index - 1] == UInt8(ascii: ".") || text[index - 1] == UInt8(ascii: "-") {
            index -= 1
        }
        return isDomain(text, start..<index) ? index : nil
    }

    /// `[192.0.2.1]`, `[IPv6:2001:db8::1]`
    private static func literalEnd(in text: Span<UInt8>, from start: Int) -> Int? {
        var index = start + 1
        while index < text.count, index - start < 64 {
            let byte = text[index]
            if byte == UInt8(ascii: "]") { return index > start + 3 ? index + 1 : nil }
            guard byte.isAlphanumeric || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") else { return nil }
            index += 1
        }
        return nil
    }

    /// A point with something on both sides, and behind the last one a name of two characters at least, or numbers
    /// throughout.
    private static func isDomain(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var points = 0
        var lastLabel = range.lowerBound
        var isNumeric = true
        var hasLetter = false
        for index in range {
            let byte = text[index]
            let isWidePoint =
                byte == 0x82 && index >= range.lowerBound + 2 && text[index - 1] == 0x80 && text[index - 2] == 0xE3
            if byte == UInt8(ascii: ".") || isWidePoint {
                guard index > range.lowerBound else { return false }
                points += 1
                lastLabel = index + 1
                hasLetter = false
            } else if !byte.isDigit {
                isNumeric = false
                hasLetter = true
            }
        }
        guard points > 0 else { return false }
        return isNumeric ? points == 3 : hasLetter && range.upperBound - lastLabel >= 2
    }

    private static func domainCharacter(in text: Span<UInt8>, at index: Int) -> Int {
        let byte = text[index]
        if byte >= 0x80 { return wideCharacter(in: text, at: index) }
        let isPart =
            byte.isAlphanumeric || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
        return isPart ? 1 : 0
    }

    /// Bytes of a character beyond ASCII that may be part of an address: no punctuation and no blank.
    private static func wideCharacter(in text: Span<UInt8>, at index: Int) -> Int {
        let next = index + 1 < text.count ? text[index + 1] : 0
        let third = index + 2 < text.count ? text[index + 2] : 0
        let isPunctuation =
            switch text[index] {
            // Signs of Latin 1, general punctuation and symbols.
            case 0xC2, 0xE2: true
            // Of Chinese and Japanese, but for the full stop, which ends labels.
            case 0xE3: next == 0x80 && third != 0x82 && third < 0x85
            // Of full width, again but for the full stop.
            case 0xEF: next == 0xBC && third != 0x8E && (third < 0x90 || third == 0xA0 || 0x9A...0x9F ~= third)
            default: false
            }
        return isPunctuation ? 0 : UTF8Text.scalarLength(in: text, at: index)
    }

    // MARK: The name

    private static func nameStart(in text: Span<UInt8>, before sign: Int, floor: Int) -> Int {
        if sign > floor, text[sign - 1] == UInt8(ascii: "\"") {
            return quotedStart(in: text, before: sign, floor: floor)
        }
        var start = sign
        while start > floor {
            let length = nameCharacter(in: text, endingAt: start, floor: floor)
            guard length > 0 else { break }
            start -= length
        }
        if let equals = lastPlainEquals(text, start..<sign) { start = equals + 1 }
        // Quotes, stars and braces around an address are no part of it.
        while start < sign, text[start] < 0x80, !text[start].isAlphanumeric, text[start] != UInt8(ascii: "_"),
            text[start] != UInt8(ascii: "+")
        {
            start += 1
        }
        return start
    }

    private static func quotedStart(in text: Span<UInt8>, before sign: Int, floor: Int) -> Int {
        var index = sign - 2
        while index >= floor, sign - index <= quotedMax, text[index] >= 0x20 {
            let isEscaped = index > floor && text[index - 1] == UInt8(ascii: "\\")
            if text[index] == UInt8(ascii: "\""), !isEscaped { return index }
            index -= 1
        }
        return sign
    }

    /// The last `=` that does not belong to a name, as the one in `to=ann@example.org`.
    private static func lastPlainEquals(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var found: Int?
        var isJoined = false
        for index in range {
            switch text[index] {
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): isJoined = true
            case UInt8(ascii: "&"): isJoined = false
            case UInt8(ascii: "="): if !isJoined { found = index }
            default: break
            }
        }
        return found
    }

    private static func nameCharacter(in text: Span<UInt8>, endingAt end: Int, floor: Int) -> Int {
        let byte = text[end - 1]
        guard byte >= 0x80 else {
            if byte.isAlphanumeric { return 1 }
            switch byte {
            case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
                UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "="), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "{"),
                UInt8(ascii: "}"), UInt8(ascii: "~"):
                return 1
            default: return 0
            }
        }
        var start = end - 1
        while start > floor, end - start < 4, text[start] & 0xC0 == 0x80 { start -= 1 }
        let length = wideCharacter(in: text, at: start)
        // Bytes that are no UTF-8 are taken one by one.
        return length == 0 ? 0 : length == end - start ? length : 1
    }
}
