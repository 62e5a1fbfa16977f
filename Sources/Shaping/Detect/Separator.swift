/// What people write between the groups of a number.
enum Separator {
    /// Bytes of the blank or dash at `index`, also of those that typesetting puts in its place; 0: none is there.
    @inline(__always)
    static func length(in text: Span<UInt8>, at index: Int) -> Int {
        guard index < text.count else { return 0 }
        let byte = text[index]
        if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-") { return 1 }
        return byte < 0x80 ? 0 : wideLength(in: text, at: index)
    }

    private static func wideLength(in text: Span<UInt8>, at index: Int) -> Int {
        guard index + 1 < text.count else { return 0 }
        // U+00A0
        if text[index] == 0xC2 { return text[index + 1] == 0xA0 ? 2 : 0 }
        guard text[index] == 0xE2, text[index + 1] == 0x80, index + 2 < text.count else { return 0 }
        switch text[index + 2] {
        // Blanks U+2007 to U+2009 and U+202F; dashes U+2010 to U+2015.
        case 0x87...0x89, 0xAF, 0x90...0x95: return 3
        default: return 0
        }
    }

    /// Bytes of one to three of them.
    @inline(__always)
    static func run(in text: Span<UInt8>, at start: Int) -> Int {
        var index = start
        for _ in 0..<3 {
            let length = length(in: text, at: index)
            guard length > 0 else { break }
            index += length
        }
        return index - start
    }
}
