/// The parts of a number as JSON writes it, without giving its digits up.
struct DecimalText {
    var isNegative = false
    /// Digits before and behind the point.
    var whole = 0..<0
    var fraction = 0..<0
    /// From the letter `e` to the end; empty without one.
    var exponentText = 0..<0
    /// Cut off at ±1,000,000, which no sensible number has.
    var exponent = 0

    var hasExponent: Bool { !exponentText.isEmpty }
    var digitCount: Int { whole.count + fraction.count }

    /// `nil` when `text` is no JSON number.
    init?(_ text: Span<UInt8>) {
        var index = 0
        if index < text.count, text[index] == UInt8(ascii: "-") {
            isNegative = true
            index += 1
        }
        whole = Self.digits(in: text, from: index)
        guard !whole.isEmpty, whole.count == 1 || text[whole.lowerBound] != UInt8(ascii: "0") else { return nil }
        index = whole.upperBound
        fraction = index..<index
        if index < text.count, text[index] == UInt8(ascii: ".") {
            fraction = Self.digits(in: text, from: index + 1)
            guard !fraction.isEmpty else { return nil }
            index = fraction.upperBound
        }
        exponentText = index..<text.count
        guard index < text.count else { return }
        guard text[index] | 0x20 == UInt8(ascii: "e") else { return nil }
        index += 1
        var isSmall = false
        if index < text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") {
            isSmall = text[index] == UInt8(ascii: "-")
            index += 1
        }
        let digits = Self.digits(in: text, from: index)
        guard !digits.isEmpty, digits.upperBound == text.count else { return nil }
        for place in digits { exponent = min(1_000_000, exponent * 10 + Int(text[place] &- 0x30)) }
        if isSmall { exponent = -exponent }
    }

    /// The digit at a place counted from the first one, the point left out.
    @inline(__always)
    func digit(_ place: Int, in text: Span<UInt8>) -> UInt8 {
        let index = place < whole.count ? whole.lowerBound + place : fraction.lowerBound + place - whole.count
        return text[index] &- 0x30
    }

    private static func digits(in text: Span<UInt8>, from start: Int) -> Range<Int> {
        var end = start
        while end < text.count, text[end].isDigit { end += 1 }
        return start..<end
    }
}

/// The digits of a number that is being put together.
struct DigitBuffer {
    private(set) var digits: [UInt8] = []

    var count: Int { digits.count }

    mutating func begin(with value: UInt64) {
        digits.removeAll(keepingCapacity: true)
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            digits.append(UInt8(truncatingIfNeeded: value / divisor % 10) &+ 0x30)
            divisor /= 10
        }
    }

    mutating func append(_ digit: UInt8) {
        digits.append(digit &+ 0x30)
    }

    /// Writes the number with so many of its digits behind the point.
    func write(decimals: Int, isNegative: Bool, into out: inout [UInt8]) {
        if isNegative { out.append(UInt8(ascii: "-")) }
        var index = 0
        while index < digits.count - 1 - decimals, digits[index] == UInt8(ascii: "0") { index += 1 }
        var missing = decimals + 1 - digits.count
        var place = max(decimals + 1, digits.count) - index
        while place > 0 {
            if place == decimals { out.append(UInt8(ascii: ".")) }
            if missing > 0 {
                out.append(UInt8(ascii: "0"))
                missing -= 1
            } else {
                out.append(digits[index])
                index += 1
            }
            place -= 1
        }
    }
}
