import Crypto

/// The country codes of E.164, as far as their lengths go: 1 and 7 stand alone, some have two digits, all others three.
enum CountryCode {
    /// By the first digit, the second ones of codes of two digits: bit 0 for 0, up to bit 9.
    private static func secondDigits(after first: UInt8) -> UInt16 {
        switch first {
        case 2: 0b0010000001
        case 3: 0b1001011111
        case 4: 0b1111111011
        case 5: 0b0111111110
        case 6: 0b0001111111
        case 8: 0b0001010110
        case 9: 0b0100111111
        default: 0
        }
    }

    /// How many digits from `start` on are the country code. At least two digits stand there.
    static func length(in digits: DigitString, from start: Int) -> Int {
        let first = digits[start]
        if first == 1 || first == 7 { return 1 }
        return secondDigits(after: first) >> UInt16(digits[start + 1]) & 1 == 1 ? 2 : 3
    }
}
