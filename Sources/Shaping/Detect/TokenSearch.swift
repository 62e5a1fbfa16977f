/// JSON Web Tokens, signed (three parts), unsigned and encrypted (five): base64url with points, the first part the
/// beginning of a JSON object, `eyJ`.
enum TokenSearch {
    private static let headerMin = 6

    static func first(in text: Span<UInt8>, from start: Int) -> Range<Int>? {
        var index = start
        while index + 2 < text.count {
            guard beginsHeader(text, index) else {
                index += 1
                continue
            }
            let header = partEnd(in: text, from: index)
            if header - index >= headerMin, let end = end(in: text, from: header) { return index..<end }
            // Another one in the same part would end where this one did.
            index = header
        }
        return nil
    }

    /// The end of the parts behind the first.
    private static func end(in text: Span<UInt8>, from header: Int) -> Int? {
        var index = header
        var parts = 0
        var filled = 0
        var end = header
        while index < text.count, text[index] == UInt8(ascii: "."), parts < 4 {
            let next = partEnd(in: text, from: index + 1)
            parts += 1
            if next > index + 1 {
                filled += 1
                end = next
            }
            index = next
        }
        let isUnsigned = filled == 1 && parts >= 2 && beginsHeader(text, header + 1)
        return filled >= 2 || isUnsigned ? end : nil
    }

    private static func beginsHeader(_ text: Span<UInt8>, _ index: Int) -> Bool {
        index + 2 < text.count && text[index] == UInt8(ascii: "e") && text[index + 1] == UInt8(ascii: "y")
            && text[index + 2] == UInt8(ascii: "J")
    }

    private static func partEnd(in text: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < text.count {
            let byte = text[end]
            guard byte.isAlphanumeric || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else { break }
            end += 1
        }
        return end
    }
}
