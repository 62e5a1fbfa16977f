import Crypto
import Model

/// Replaces the digits of a phone number; separators, `+` and the number of digits stay. The same number gives the same
/// digits with `+` and with `00`, and with any separators. Canonical steps of the identity count for nothing here.
///
/// Where the country code stays, the rest is encrypted (FF1), one to one: the result may well be the number of somebody.
/// Otherwise it is one that no network connects: its country code begins with 0, as none does, or, where no country is
/// written, three zeros stand in front. What those digits were still counts: numbers that had the same ones there have
/// different results, and others meet only by chance. The same holds of fewer than 6 digits, too few for FF1, which come
/// from the keyed code of the whole number.
final class PhoneAction: FieldAction {
    private let keepsCountry: Bool
    private let cipher: FF1
    private let key: HMACKey

    init(keepsCountry: Bool, in space: IdentitySpace) {
        self.keepsCountry = keepsCountry
        cipher = FF1(space.cipher(for: .phoneCipher))
        key = space.key(for: .phone)
    }

    func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        guard kind == .string || kind == .text else {
            return kind == .null ? .null : .mismatch("a phone number is a text")
        }
        guard var number = PhoneNumber(field) else { return .mismatch("the text is no phone number") }
        replaceDigits(of: &number)
        var next = 0
        for index in field.indices {
            let byte = field[index]
            let isDigit = byte >= 0x30 && byte <= 0x39
            out.append(isDigit ? 0x30 + number.digits[next] : byte)
            if isDigit { next += 1 }
        }
        return .text
    }

    private func replaceDigits(of number: inout PhoneNumber) {
        let start = number.start
        let keepsLead = keepsCountry && number.isInternational
        let leadCount =
            keepsLead ? CountryCode.length(in: number.digits, from: start) : number.isInternational ? 1 : 3
        let rest = start + leadCount..<number.digits.count
        // How much is in front, and which digits: each has a permutation of its own.
        var lead = InlineArray<4, UInt8>(repeating: 10)
        lead[0] = UInt8(leadCount) | (keepsLead ? 0x10 : 0)
        for index in 0..<leadCount { lead[index + 1] = number.digits[start + index] }
        if !cipher.encrypt(&number.digits, in: rest, tweak: lead.span) {
            // 5 digits at most.
            var text = InlineArray<9, UInt8>(repeating: 10)
            for index in 0..<4 { text[index] = lead[index] }
            for index in rest { text[4 + index - rest.lowerBound] = number.digits[index] }
            number.digits.write(key.code(of: text.span).number(below: DigitString.power(rest.count)), in: rest)
        }
        if !keepsLead {
            for index in start..<start + leadCount { number.digits[index] = 0 }
        }
    }
}
