/// Card numbers: 13 to 19 digits, in groups or not, that begin as some issuer's do, have a length that it uses, and a
/// right last digit (Luhn).
enum CardSearch {
    static let digitsMin = 13
    static let digitsMax = 19

    static func first(in text: Span<UInt8>, from start: Int) -> Range<Int>? {
        var index = start
        while index < text.count {
            guard text[index].isDigit else {
                index += 1
                continue
            }
            let startsGroup = index == 0 || !text[index - 1].isDigit
            if startsGroup, let end = end(in: text, from: index) { return index..<end }
            while index < text.count, text[index].isDigit { index += 1 }
        }
        return nil
    }

    /// The end of the longest card number that begins at a group's first digit. It ends with a group.
    private static func end(in text: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        var number = Digits()
        var found: Int?
        var groups = 0
        while true {
            while index < text.count, text[index].isDigit {
                guard number.count < digitsMax else { return found }
                number.append(text[index] &- 0x30)
                index += 1
            }
            groups += 1
            if number.isCard, groups > 1 || !isFraction(text, start) { found = index }
            let separator = Separator.run(in: text, at: index)
            guard separator > 0, index + separator < text.count, text[index + separator].isDigit else { return found }
            index += separator
        }
    }

    /// Whether the digits from `start` on stand behind a number's point.
    private static func isFraction(_ text: Span<UInt8>, _ start: Int) -> Bool {
        start >= 2 && text[start - 1] == UInt8(ascii: ".") && text[start - 2].isDigit
    }

    /// What must be known of the digits so far. Luhn doubles every second one from the right, and where the right end
    /// is turns out later: both sums are kept.
    struct Digits {
        private(set) var count = 0
        private var prefix = 0
        private var evenDoubled = 0
        private var oddDoubled = 0

        @inline(__always)
        mutating func append(_ digit: UInt8) {
            let plain = Int(digit)
            let doubled = plain < 5 ? 2 * plain : 2 * plain - 9
            evenDoubled += count % 2 == 0 ? doubled : plain
            oddDoubled += count % 2 == 0 ? plain : doubled
            if count < 4 { prefix = prefix * 10 + plain }
            count += 1
        }

        var isLuhn: Bool { (count % 2 == 0 ? evenDoubled : oddDoubled) % 10 == 0 }

        var isCard: Bool { count >= digitsMin && hasIssuer && isLuhn }

        /// Whether some issuer's numbers begin like that and may be so long.
        private var hasIssuer: Bool {
            switch prefix {
            // UATP
            case 1000...1999: count == 15
            // Mir, Mastercard
            case 2200...2204: count >= 16
            case 2221...2720: count == 16
            // Diners Club, American Express, JCB
            case 3000...3059, 3095, 3600...3699, 3800...3999: count >= 14
            case 3400...3499, 3700...3799: count == 15
            case 3528...3589: count >= 16
            // Visa
            case 4000...4999: count == 13 || count == 16 || count >= 18
            // Mastercard, and Maestro with the national ones in its ranges
            case 5100...5599: count == 16
            case 5000...5099, 5600...5999: true
            // Maestro, Discover, UnionPay, RuPay and others share this one.
            case 6000...6999: true
            // RuPay, UnionPay, Troy
            case 8100...8299, 9792: count >= 16
            default: false
            }
        }
    }
}
