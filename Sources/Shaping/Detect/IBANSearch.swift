/// International bank account numbers: a country that has them, its length, and a remainder of 1 modulo 97. Lower case
/// and any grouping are found.
enum IBANSearch {
    static func first(in text: Span<UInt8>, from start: Int) -> Range<Int>? {
        var index = start
        while index + 3 < text.count {
            if text[index].isLetter, text[index + 1].isLetter, beginsWord(text, index),
                let end = end(in: text, from: index)
            {
                return index..<end
            }
            index += 1
        }
        return nil
    }

    /// At the text's start, behind anything that is no letter or digit, or behind the word IBAN.
    private static func beginsWord(_ text: Span<UInt8>, _ index: Int) -> Bool {
        guard index > 0, text[index - 1].isAlphanumeric else { return true }
        return index >= 4 && text[index - 4].lowercased == UInt8(ascii: "i")
            && text[index - 3].lowercased == UInt8(ascii: "b") && text[index - 2].lowercased == UInt8(ascii: "a")
            && text[index - 1].lowercased == UInt8(ascii: "n")
    }

    private static func end(in text: Span<UInt8>, from start: Int) -> Int? {
        let country = Int(text[start].lowercased &- 0x61) * 26 + Int(text[start + 1].lowercased &- 0x61)
        let length = Int(lengths[country])
        guard length > 0 else { return nil }
        var index = start + 2
        var count = 2
        var check = 0
        var remainder = 0
        while count < length {
            index += Separator.run(in: text, at: index)
            guard index < text.count, text[index].isAlphanumeric else { return nil }
            if count < 4 {
                guard text[index].isDigit else { return nil }
                check = check * 10 + Int(text[index] &- 0x30)
            } else {
                remainder = Self.remainder(remainder, appending: text[index])
            }
            count += 1
            index += 1
        }
        guard index == text.count || !text[index].isAlphanumeric else { return nil }
        remainder = Self.remainder(remainder, appending: text[start])
        remainder = Self.remainder(remainder, appending: text[start + 1])
        return (remainder * 100 + check) % 97 == 1 ? index : nil
    }

    /// A letter counts as two digits, A as 10.
    @inline(__always)
    private static func remainder(_ value: Int, appending byte: UInt8) -> Int {
        byte.isDigit
            ? (value * 10 + Int(byte &- 0x30)) % 97 : (value * 100 + Int(byte.lowercased &- 0x61) + 10) % 97
    }

    /// The registry's countries, and those that use the form without being in it.
    static let countries = """
        AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 \
        ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 \
        LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 \
        PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 \
        YE30 AO25 BF28 BJ28 CF27 CG27 CI28 CM27 CV25 DZ26 GA27 GQ27 GW25 IR26 KM27 MA28 MG27 ML28 MZ25 NE28 SN28 TD27 \
        TG28
        """

    /// By country, `AA` first; 0: it has none.
    private static let lengths: [UInt8] = {
        var lengths = [UInt8](repeating: 0, count: 26 * 26)
        for entry in countries.split(separator: " ") {
            let bytes = Array(entry.utf8)
            lengths[Int(bytes[0] - 65) * 26 + Int(bytes[1] - 65)] = (bytes[2] - 48) * 10 + bytes[3] - 48
        }
        return lengths
    }()
}
