/// Where a JSON string ends.
enum JSONStringEnd {
    /// Behind the closing quotation mark.
    case end(Int, isEscaped: Bool)
    case fault(JSONFault.Kind, at: Int)
}

extension Span where Element == UInt8 {
    /// The end of the JSON string whose first byte behind the opening quotation mark is at `start`.
    ///
    /// Plain bytes are passed eight at a time: this loop is what scanning costs.
    @inline(__always)
    func jsonStringEnd(from start: Int) -> JSONStringEnd {
        var at = start
        while count &- at >= 8 {
            let special = Self.specialBytes(of: word(at: at))
            if special != 0 {
                at &+= special.trailingZeroBitCount &>> 3
                guard self[at] != UInt8(ascii: "\"") else { return .end(at &+ 1, isEscaped: false) }
                return jsonStringEndSlowly(from: at)
            }
            at &+= 8
        }
        return jsonStringEndSlowly(from: at)
    }

    /// The high bit of the first byte that is a quotation mark, a backslash, a control character or no ASCII is the
    /// lowest one that is set. Borrows may set further ones above it, never below.
    @inline(__always)
    private static func specialBytes(of word: UInt64) -> UInt64 {
        let quotes = (word ^ 0x2222_2222_2222_2222) &- 0x0101_0101_0101_0101
        let backslashes = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- 0x0101_0101_0101_0101
        let controls = word &- 0x2020_2020_2020_2020
        return (quotes | backslashes | controls | word) & 0x8080_8080_8080_8080
    }

    /// Byte by byte, with every check.
    @inline(never)
    private func jsonStringEndSlowly(from start: Int) -> JSONStringEnd {
        var at = start
        var isEscaped = false
        while at < count {
            let byte = self[at]
            if byte == UInt8(ascii: "\"") { return .end(at &+ 1, isEscaped: isEscaped) }
            if byte >= 0x80 {
                let length = utf8Length(at: at)
                guard length > 0 else { return .fault(.invalidUTF8, at: at) }
                at &+= length
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
                switch escape(at: at) {
                case .length(let length): at &+= length
                case .fault(let kind): return .fault(kind, at: kind == .truncated ? count : at)
                }
            } else if byte < 0x20 {
                return .fault(.controlCharacter, at: at)
            } else {
                at = plainEnd(from: at &+ 1)
            }
        }
        return .fault(.truncated, at: count)
    }

    /// Behind the bytes from `start` on that stand for themselves in a JSON string.
    @inline(__always)
    func plainEnd(from start: Int) -> Int {
        var at = start
        while count &- at >= 8 {
            let special = Self.specialBytes(of: word(at: at))
            if special != 0 { return at &+ special.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        while at < count, self[at] != UInt8(ascii: "\""), self[at] != UInt8(ascii: "\\"), self[at] &- 0x20 < 0x60 {
            at &+= 1
        }
        return at
    }

    private enum Escape {
        case length(Int)
        case fault(JSONFault.Kind)
    }

    private func escape(at start: Int) -> Escape {
        guard start &+ 1 < count else { return .fault(.truncated) }
        switch self[start &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return .length(2)
        case UInt8(ascii: "u"):
            guard let unit = codeUnit(at: start) else { return .fault(count &- start < 6 ? .truncated : .badEscape) }
            if unit & 0xF800 != 0xD800 { return .length(6) }
            guard unit < 0xDC00 else { return .fault(.loneSurrogate) }
            guard let second = codeUnit(at: start &+ 6), second & 0xFC00 == 0xDC00 else {
                return .fault(.loneSurrogate)
            }
            return .length(12)
        default: return .fault(.badEscape)
        }
    }

    /// What `\uXXXX` at `start` stands for; `nil`: no such escape is there.
    func codeUnit(at start: Int) -> UInt32? {
        guard count &- start >= 6, self[start] == UInt8(ascii: "\\"), self[start &+ 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt32 = 0
        for index in (start &+ 2)..<(start &+ 6) {
            let digit: UInt8
            switch self[index] {
            case let byte where byte >= 0x30 && byte <= 0x39: digit = byte &- 0x30
            case let byte where byte >= 0x41 && byte <= 0x46: digit = byte &- 0x37
            case let byte where byte >= 0x61 && byte <= 0x66: digit = byte &- 0x57
            default: return nil
            }
            unit = unit &<< 4 | UInt32(digit)
        }
        return unit
    }
}
