/// Reading bytes that are meant to be UTF-8 and need not be.
enum UTF8Text {
    /// How many bytes the scalar that begins at `index` has. A byte that begins none counts as one by itself.
    @inline(__always)
    static func scalarLength(in bytes: Span<UInt8>, at index: Int) -> Int {
        let wanted =
            switch bytes[index] {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 1
            }
        var length = 1
        while length < wanted, index + length < bytes.count, bytes[index + length] & 0xC0 == 0x80 { length += 1 }
        return length
    }

    static func scalarCount(of bytes: Span<UInt8>) -> Int {
        var count = 0
        var index = 0
        while index < bytes.count {
            index += scalarLength(in: bytes, at: index)
            count += 1
        }
        return count
    }

    /// Where so many scalars behind `start` end.
    static func offset(ofScalar number: Int, in bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        var left = number
        while left > 0, index < bytes.count {
            index += scalarLength(in: bytes, at: index)
            left -= 1
        }
        return index
    }
}

extension [UInt8] {
    /// Appends some of `bytes`; allocates only when the array must grow.
    @inline(__always)
    mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let start = grow(by: range.count)
        var target = mutableSpan
        for offset in 0..<range.count { target[start + offset] = bytes[range.lowerBound + offset] }
    }

    /// Appends bytes to be written over, which is faster than one byte after the other.
    ///
    /// - Returns: Where they begin.
    @inline(__always)
    mutating func grow(by more: Int) -> Int {
        let start = count
        if more <= 4 {
            for _ in 0..<Swift.max(0, more) { append(0) }
        } else {
            append(zeros: more)
        }
        return start
    }

    /// Whole arrays are appended: a repeated element would be boxed where nothing is optimized.
    private mutating func append(zeros: Int) {
        let pieces = Self.zeros
        var left = zeros
        while left >= pieces.count {
            self += pieces[pieces.count - 1]
            left -= pieces.count - 1
        }
        self += pieces[left]
    }

    /// By length.
    private static let zeros = (0...64).map { [UInt8](repeating: 0, count: $0) }

    @inline(__always)
    mutating func append(_ byte: UInt8, times: Int) {
        let start = grow(by: times)
        var target = mutableSpan
        for index in start..<target.count { target[index] = byte }
    }
}

/// What bytes mean in ASCII.
extension UInt8 {
    @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }
    @inline(__always) var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
    @inline(__always) var isAlphanumeric: Bool { isDigit || isLetter }
    @inline(__always) var isHexDigit: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }
    @inline(__always) var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// 0 to 15; only for hexadecimal digits.
    @inline(__always) var hexValue: UInt8 { isDigit ? self &- 0x30 : (self | 0x20) &- 0x57 }

    init(ascii scalar: Unicode.Scalar) {
        self = UInt8(truncatingIfNeeded: scalar.value)
    }
}
