/// A host, and a port if there is one, where nothing else can be meant.
struct HostPort {
    /// Without a last point, with the brackets of a version 6 address.
    let host: Range<Int>
    let port: Range<Int>

    /// `nil`: `range` holds something else, or something that is read in more than one way.
    init?(_ text: Span<UInt8>, _ range: Range<Int>) {
        guard !range.isEmpty, range.count <= 300 else { return nil }
        let isVersion6 = text[range.lowerBound] == UInt8(ascii: "[")
        guard let end = isVersion6 ? Self.bracketEnd(text, range) : Self.nameEnd(text, range) else { return nil }
        let hasPoint = !isVersion6 && text[end - 1] == UInt8(ascii: ".")
        host = range.lowerBound..<(hasPoint ? end - 1 : end)
        guard !host.isEmpty else { return nil }
        guard end < range.upperBound else {
            port = end..<end
            return
        }
        port = end + 1..<range.upperBound
        guard text[end] == UInt8(ascii: ":"), Self.isPort(text, port) else { return nil }
    }

    private static func isPort(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard (1...5).contains(range.count) else { return false }
        var value = 0
        for index in range {
            guard text[index].isDigit else { return false }
            value = value * 10 + Int(text[index] &- 0x30)
        }
        return value <= 65_535
    }

    private static func bracketEnd(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound + 1
        while index < range.upperBound, text[index] != UInt8(ascii: "]") {
            let byte = text[index]
            guard byte.isHexDigit || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") else { return nil }
            index += 1
        }
        return index < range.upperBound && index > range.lowerBound + 2 ? index + 1 : nil
    }

    /// Behind labels of letters, digits, dashes and underscores, and a last point.
    private static func nameEnd(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound
        var label = 0
        while index < range.upperBound {
            let byte = text[index]
            if byte == UInt8(ascii: ".") {
                guard label > 0 else { return nil }
                label = 0
            } else if byte.isAlphanumeric || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") {
                label += 1
            } else {
                break
            }
            guard label <= 63 else { return nil }
            index += 1
        }
        let length = index - range.lowerBound
        return (1...254).contains(length) ? index : nil
    }
}
