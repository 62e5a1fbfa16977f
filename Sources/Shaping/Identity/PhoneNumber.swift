import Crypto

/// The digits of a phone number, and where its country code begins. Between them stand only what people write there.
struct PhoneNumber {
    /// Fewer are an extension or an emergency number.
    static let countMin = 5

    var digits = DigitString()
    /// It begins with `+` or `00`, and so with a country code.
    private(set) var isInternational = false
    /// The first digit that counts: behind a `00`.
    private(set) var start = 0

    /// `nil`: letters, characters beyond ASCII, a `+` in the middle, fewer than 5 digits or more than 38.
    init?(_ text: Span<UInt8>) {
        for index in text.indices {
            switch text[index] {
            case 0x30...0x39:
                guard digits.append(text[index] - 0x30) else { return nil }
            case 0x2b:
                guard digits.count == 0, !isInternational else { return nil }
                isInternational = true
            // Space, tab, parentheses, dash, dot, slash.
            case 0x20, 0x09, 0x28, 0x29, 0x2d, 0x2e, 0x2f: break
            default: return nil
            }
        }
        if !isInternational, digits.count > 2, digits[0] == 0, digits[1] == 0 {
            isInternational = true
            start = 2
        }
        guard digits.count - start >= Self.countMin else { return nil }
    }
}
