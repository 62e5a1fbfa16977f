import Foundation
import Model
import Shaping
import Testing

/// Detectors over their whole domain where it is small, and over very many of its members where it is not, both ways.
struct DetectorDomainTests {
    private func match(_ kind: DetectorKind, _ bytes: [UInt8]) -> Range<Int>? {
        Detector(kind).firstMatch(in: bytes.span, from: 0)
    }

    /// Luhn, as the standard tells it: from the right, every second digit doubled.
    private static func checkDigit(_ digits: [UInt8]) -> UInt8 {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let value = Int(digit) * (place % 2 == 0 ? 2 : 1)
            sum += value / 10 + value % 10
        }
        return UInt8((10 - sum % 10) % 10)
    }

    @Test func `40,000 cards of every length are found, and with one digit wrong none is`() {
        let issuers: [(prefix: String, lengths: [Int])] = [
            ("4", [13, 16, 18, 19]), ("51", [16]), ("55", [16]), ("2221", [16]), ("2720", [16]), ("34", [15]),
            ("37", [15]),
            ("300", [14, 16, 19]), ("36", [14, 19]), ("38", [14]), ("3528", [16, 19]), ("3589", [16]),
            ("6011", [16, 19]),
            ("62", [16, 17, 18, 19]), ("65", [16]), ("50", [13, 14, 15, 16, 17, 18, 19]), ("56", [13, 19]),
            ("2200", [16, 19]),
            ("1", [15]), ("9792", [16]), ("81", [16]),
        ]
        let forms = issuers.flatMap { issuer in issuer.lengths.map { (Array(issuer.prefix.utf8), $0) } }
        var random = SystemRandomNumberGenerator()
        for turn in 0..<40_000 {
            let (prefix, length) = forms[turn % forms.count]
            var digits = prefix.map { $0 - 48 }
            var bits = random.next()
            while digits.count < length - 1 {
                digits.append(UInt8(bits % 10))
                bits = bits / 10 ^ (bits << 40)
            }
            digits.append(Self.checkDigit(digits))
            var text: [UInt8] = []
            for index in 0..<digits.count {
                if turn % 3 > 0, index > 0, index % 4 == 0 { text.append(turn % 3 == 1 ? 32 : 45) }
                text.append(digits[index] + 48)
            }
            guard match(.card, text) == 0..<text.count else {
                Issue.record("missed \(String(decoding: text, as: UTF8.self))")
                return
            }
            let place = Int(bits % UInt64(length))
            digits[place] = (digits[place] + 1 + UInt8(bits >> 32 & 7)) % 10
            let wrong = digits.map { $0 + 48 }
            guard match(.card, wrong) == nil else {
                Issue.record("took \(String(decoding: wrong, as: UTF8.self))")
                return
            }
        }
    }

    @Test func `IBANs of every country are found, and every single wrong digit is noticed`() {
        let countries = """
            AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 \
            FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 \
            LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 \
            SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
            """
        for country in countries.split(separator: " ") {
            let length = Int(country.suffix(2)) ?? 0
            for turn in 0..<4 {
                let letters = turn % 2 == 0 ? "0123456789" : "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                let account = String((0..<length - 4).map { _ in letters.randomElement() ?? "0" })
                var rest = 0
                for scalar in (account + country.prefix(2) + "00").unicodeScalars {
                    let value = Int(String(Character(scalar)), radix: 36) ?? 0
                    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
                }
                let check = String(100 + 98 - rest).suffix(2)
                let bytes = Array((country.prefix(2) + check + account).utf8)
                #expect(match(.iban, bytes) == 0..<length)
                for place in 2..<length where (48...57).contains(bytes[place]) {
                    for digit in UInt8(48)...57 where digit != bytes[place] {
                        var wrong = bytes
                        wrong[place] = digit
                        if match(.iban, wrong) != nil { Issue.record("took \(String(decoding: wrong, as: UTF8.self))") }
                    }
                }
            }
        }
    }

    @Test func `every number in every place of a version 4 address is judged`() {
        for place in 0..<4 {
            for number in 0..<1_100 {
                var parts = ["192", "0", "2", "7"]
                parts[place] = String(number)
                let bytes = Array(parts.joined(separator: ".").utf8)
                #expect(match(.ip, bytes) == (number <= 255 ? 0..<bytes.count : nil), "\(parts)")
            }
        }
    }

    @Test func `version 6 addresses are found in every shortened form`() {
        for turn in 0..<5_000 {
            let groups = (0..<8).map { _ in UInt16.random(in: 0...(turn % 4 == 0 ? 15 : .max)) }
            let gap = Int.random(in: 0...8)
            let gapEnd = Int.random(in: gap...8)
            let hex = groups.map { String($0, radix: 16, uppercase: turn % 5 == 0) }
            let isShort = gapEnd > gap && gapEnd - gap < 8
            let text =
                isShort
                ? hex[..<gap].joined(separator: ":") + "::" + hex[gapEnd...].joined(separator: ":")
                : hex.joined(separator: ":")
            let bytes = Array(text.utf8)
            #expect(match(.ip, bytes) == 0..<bytes.count, "\(text)")
            // Without the gap, fewer groups than eight are no address.
            let few = Array(hex.prefix(Int.random(in: 2...7)).joined(separator: ":").utf8)
            #expect(match(.ip, few) == nil, "\(hex)")
        }
    }

    @Test func `5,000 random tokens and addresses are found whole`() {
        let digits = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8)
        func word(_ lengths: ClosedRange<Int>, _ letters: ArraySlice<UInt8>) -> [UInt8] {
            (0..<Int.random(in: lengths)).map { _ in letters.randomElement() ?? 97 }
        }
        for _ in 0..<5_000 {
            let token =
                Array("eyJ".utf8) + word(3...30, digits[...]) + [46] + word(1...40, digits[...]) + [46]
                + word(1...40, digits[...])
            #expect(match(.jwt, token) == 0..<token.count)
            let address =
                word(1...20, digits.prefix(62)) + [64] + word(1...12, digits.prefix(62)) + [46]
                + word(2...6, digits.prefix(52))
            #expect(match(.email, address) == 0..<address.count)
        }
    }
}
