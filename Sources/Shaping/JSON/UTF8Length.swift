extension Span where Element == UInt8 {
    /// How many bytes the UTF-8 character at `start` has (RFC 3629: no surrogates, no overlong forms, nothing above
    /// U+10FFFF); 0: there is none.
    func utf8Length(at start: Int) -> Int {
        guard start < count else { return 0 }
        let first = self[start]
        switch first {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: return isContinued(at: start &+ 1) ? 2 : 0
        case 0xE0...0xEF:
            guard isContinued(at: start &+ 1), isContinued(at: start &+ 2) else { return 0 }
            let second = self[start &+ 1]
            if first == 0xE0, second < 0xA0 { return 0 }
            if first == 0xED, second > 0x9F { return 0 }
            return 3
        case 0xF0...0xF4:
            guard isContinued(at: start &+ 1), isContinued(at: start &+ 2), isContinued(at: start &+ 3) else {
                return 0
            }
            let second = self[start &+ 1]
            if first == 0xF0, second < 0x90 { return 0 }
            if first == 0xF4, second > 0x8F { return 0 }
            return 4
        default: return 0
        }
    }

    @inline(__always)
    private func isContinued(at index: Int) -> Bool {
        index < count && self[index] & 0xC0 == 0x80
    }
}
