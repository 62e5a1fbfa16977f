/// Whether a text that should be a name or a value may be an endpoint, or hold one.
enum HostGuess {
    /// Endings of files that are no top-level domains.
    private static let fileEndings: [[UInt8]] = [
        "html", "htm", "php", "asp", "aspx", "jsp", "json", "xml", "txt", "csv", "pdf", "png", "jpg", "jpeg", "gif",
        "svg",
        "css", "js", "ico", "webp", "mp4", "mp3", "gz", "tar", "avro", "parquet",
    ].map { Array($0.utf8) }

    /// What is an endpoint with a colon and no slashes behind it, at least for a browser.
    private static let schemes: [[UInt8]] = [
        "http", "https", "ftp", "ws", "wss", "file", "mailto", "data", "javascript", "jdbc", "blob", "tel", "sip",
    ].map { Array($0.utf8) }

    /// Bytes that mean more to some reader than they seem to, or that hide others.
    static func isStrange(_ text: Span<UInt8>) -> Bool {
        var index = 0
        var isWide = false
        var isStructured = false
        while index < text.count {
            switch text[index] {
            case 0..<0x20, 0x7F, UInt8(ascii: "\\"), UInt8(ascii: "&"), UInt8(ascii: "#"), UInt8(ascii: "%"),
                UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "^"), UInt8(ascii: "`"),
                UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "|"):
                return true
            case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "@"): isStructured = true
            // Latin letters, which stand for nothing but themselves.
            case 0xC3...0xC9:
                guard UTF8Text.scalarLength(in: text, at: index) == 2 else { return true }
                isWide = true
                index += 1
            case 0x80...0xFF: return true
            default: break
            }
            index += 1
        }
        return isWide && isStructured
    }

    /// Whether something in the text may be a host, or a URL: `//`, `a.example`, `db:5432`, `http:`, an address.
    static func holdsEndpoint(_ text: Span<UInt8>) -> Bool {
        var index = 0
        while index < text.count {
            let start = index
            while index < text.count, isWordByte(text[index]) { index += 1 }
            if isHost(text, start..<index) { return true }
            guard index < text.count else { break }
            switch text[index] {
            case UInt8(ascii: "@"), UInt8(ascii: "["): return true
            case UInt8(ascii: "/"): if index + 1 < text.count, text[index + 1] == UInt8(ascii: "/") { return true }
            case UInt8(ascii: ":"): if isEndpoint(text, before: start..<index) { return true }
            default: break
            }
            index += 1
        }
        return false
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    /// Whether a word in front of a colon is a scheme, or a host in front of a port.
    private static func isEndpoint(_ text: Span<UInt8>, before word: Range<Int>) -> Bool {
        if isOne(of: schemes, text, word) { return true }
        var index = word.upperBound + 1
        while index < text.count, text[index].isDigit { index += 1 }
        guard index > word.upperBound + 1, index == text.count || !isWordByte(text[index]) else { return false }
        for place in word where text[place].isLetter { return true }
        return false
    }

    /// A word with points that ends like a domain, or an IPv4 address in any of its forms.
    private static func isHost(_ text: Span<UInt8>, _ word: Range<Int>) -> Bool {
        var end = word.upperBound
        while end > word.lowerBound, text[end - 1] == UInt8(ascii: ".") { end -= 1 }
        var points = 0
        var last = word.lowerBound
        for index in word.lowerBound..<end where text[index] == UInt8(ascii: ".") {
            points += 1
            last = index + 1
        }
        guard points > 0 else { return false }
        for index in word.lowerBound..<end - 1 where isHexMark(text, index, word.lowerBound) { return true }
        guard text[last].isLetter else { return points == 3 }
        return end - last >= 2 && !isOne(of: fileEndings, text, last..<end)
    }

    /// `0x` at the beginning of a label.
    private static func isHexMark(_ text: Span<UInt8>, _ index: Int, _ start: Int) -> Bool {
        text[index] == UInt8(ascii: "0") && text[index + 1] | 0x20 == UInt8(ascii: "x")
            && (index == start || text[index - 1] == UInt8(ascii: "."))
    }

    private static func isOne(of words: [[UInt8]], _ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for number in 0..<words.count where words[number].count == range.count {
            var index = 0
            while index < range.count, text[range.lowerBound + index].lowercased == words[number][index] { index += 1 }
            if index == range.count { return true }
        }
        return false
    }
}
