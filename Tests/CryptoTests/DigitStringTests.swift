import Crypto
import Testing

struct DigitStringTests {
    @Test func `there is room for 38 digits and no more`() {
        var digits = DigitString()
        var taken = 0
        while digits.append(UInt8(taken % 10)) { taken += 1 }
        #expect(taken == 38)
        #expect(digits.count == 38 && digits[37] == 7)
    }

    /// Numbers of the card networks' own test cards, and the example of ISO/IEC 7812-1's annex.
    @Test(arguments: ["4111111111111111", "378282246310005", "6011111111111117", "5555555555554444", "79927398713"])
    func `the last digit is made the check digit`(text: String) {
        var digits = digitString(text)
        let right = digits[digits.count - 1]
        digits[digits.count - 1] = (right + 3) % 10
        digits.setLuhnDigit()
        #expect(digits[digits.count - 1] == right)
    }
}
