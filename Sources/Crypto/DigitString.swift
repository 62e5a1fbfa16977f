/// A few decimal digits, kept in place.
package struct DigitString: Sendable {
    package static let countMax = 38

    private var digits = InlineArray<38, UInt8>(repeating: 0)
    package private(set) var count = 0

    package init() {}

    /// Takes one more digit, 0 to 9. `false`: there is no room for it.
    package mutating func append(_ digit: UInt8) -> Bool {
        guard count < Self.countMax else { return false }
        digits[count] = digit
        count += 1
        return true
    }

    package subscript(index: Int) -> UInt8 {
        get { digits[index] }
        set { digits[index] = newValue }
    }

    /// The number that at most 19 digits are.
    package func number(in range: Range<Int>) -> UInt64 {
        var number: UInt64 = 0
        for index in range { number = number &* 10 &+ UInt64(digits[index]) }
        return number
    }

    /// Puts the last digits of a number there, with zeros in front.
    package mutating func write(_ number: UInt64, in range: Range<Int>) {
        var rest = number
        var index = range.upperBound
        while index > range.lowerBound {
            index -= 1
            digits[index] = UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// 10 to this power, which is at most 19.
    package static func power(_ exponent: Int) -> UInt64 {
        var power: UInt64 = 1
        for _ in 0..<exponent { power &*= 10 }
        return power
    }

    /// Makes the last digit the check digit of those before it (ISO/IEC 7812-1, Luhn).
    package mutating func setLuhnDigit() {
        guard count > 0 else { return }
        var sum = 0
        for index in 0..<count - 1 {
            let digit = Int(digits[index])
            let isDoubled = (count - 1 - index) % 2 == 1
            sum += !isDoubled ? digit : digit < 5 ? 2 * digit : 2 * digit - 9
        }
        digits[count - 1] = UInt8((10 - sum % 10) % 10)
    }
}
