import Crypto
import Model

/// Replaces the digits of a text or a whole number by others, one to one (FF1); every other character stays where it is.
/// Canonical steps of the identity count for nothing here: the digits alone do.
///
/// A leading zero stays one, and none comes to be: a number remains one of as many digits, and a number and a text of the
/// same digits have the same result. So a result with a wrong beginning is encrypted again until it has the right one
/// (cycle walking), which ends because the cipher is a permutation, and leaves one to one what was so.
final class DigitsAction: FieldAction {
    private let cipher: FF1
    private let keepsLuhn: Bool

    init(keepsLuhn: Bool, in space: IdentitySpace) {
        cipher = FF1(space.cipher(for: .digitsCipher))
        self.keepsLuhn = keepsLuhn
    }

    func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        guard kind == .string || kind == .text || kind == .number else {
            return kind == .null ? .null : .mismatch("digits stand in a text or a number")
        }
        var digits = DigitString()
        for index in field.indices {
            let byte = field[index]
            // There are digits beyond ASCII, too, and they would pass as they are.
            guard byte < 0x80 else { return .mismatch("the text holds more than ASCII's characters") }
            if Self.isDigit(byte) {
                guard digits.append(byte - 0x30) else { return .mismatch("the text holds more than 38 digits") }
            } else if kind == .number, byte != 0x2d || index != 0 {
                return .mismatch("the number is not a whole one without an exponent")
            }
        }
        // The check digit follows from the others.
        let end = keepsLuhn ? digits.count - 1 : digits.count
        guard end >= FF1.countMin else { return .mismatch("fewer digits than make a million possible texts") }
        if kind == .number, digits[0] == 0 { return .mismatch("the number begins with a zero") }
        encrypt(&digits, end: end)
        if keepsLuhn { digits.setLuhnDigit() }
        var next = 0
        for index in field.indices {
            let isDigit = Self.isDigit(field[index])
            out.append(isDigit ? 0x30 + digits[next] : field[index])
            if isDigit { next += 1 }
        }
        return kind == .number ? .json : .text
    }

    private func encrypt(_ digits: inout DigitString, end: Int) {
        let isZero = digits[0] == 0
        if isZero, end > FF1.countMin {
            // One in ten: walking would take ten turns. What follows the zero is enough to be encrypted by itself.
            let tweak = InlineArray<1, UInt8>(repeating: 1)
            _ = cipher.encrypt(&digits, in: 1..<end, tweak: tweak.span)
            return
        }
        repeat {
            guard cipher.encrypt(&digits, in: 0..<end, tweak: Span()) else { return }
        } while (digits[0] == 0) != isZero
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
