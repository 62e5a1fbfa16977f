import Model

/// A text that nobody has, fresh for every shot, of a kind that an action makes sense of.
enum CanaryText {
    /// - Returns: the text, and whether it is a JSON number.
    static func make(for action: SanitizeAction?, numbersUnlisted: Bool = false) -> (text: String, isNumber: Bool) {
        switch action {
        case nil: numbersUnlisted ? (digits(15), true) : (word, false)
        case .partial(let first, let last, _): ("canary-" + hexadecimal(first + last + 24), false)
        case .email: ("\(word)@canary.example", false)
        case .phone: (phone, false)
        case .ip: (address, false)
        case .url: ("https://\(word).example/\(hexadecimal(8))", false)
        case .noise: (digits(15), true)
        case .shiftTime: (time, false)
        case .digits: (digits(16), false)
        case .scrub(let kinds): (kinds.map(sample).joined(separator: " and then "), false)
        case .drop, .null, .set, .mask, .hash, .pseudonym, .dictionary: (word, false)
        }
    }

    static var word: String { "canary-\(hexadecimal(20))" }

    private static func hexadecimal(_ count: Int) -> String {
        String((0..<count).map { _ in "0123456789abcdef".randomElement() ?? "0" })
    }

    /// Without a leading zero.
    private static func digits(_ count: Int) -> String {
        String((0..<count).map { "\(Int.random(in: ($0 == 0 ? 1 : 0)...9))" }.joined())
    }

    private static var phone: String { "+49 30 \(digits(9))" }
    private static var address: String { (0..<4).map { _ in "\(Int.random(in: 100...199))" }.joined(separator: ".") }

    private static var time: String {
        func two(_ range: ClosedRange<Int>) -> String { String("0\(Int.random(in: range))".suffix(2)) }
        let date = "20\(two(10...29))-\(two(1...12))-\(two(1...28))"
        return "\(date)T\(two(0...23)):\(two(0...59)):\(two(0...59)).\(digits(3))Z"
    }

    private static func sample(of kind: DetectorKind) -> String {
        switch kind {
        case .email: "\(word)@canary.example"
        case .card: card
        case .iban: iban
        case .ip: address
        case .phone: phone
        case .jwt: "eyJ\(hexadecimal(20)).eyJ\(hexadecimal(20)).\(hexadecimal(20))"
        }
    }

    /// 16 digits, the last of them Luhn's.
    private static var card: String {
        let front = "4" + digits(14)
        let sum = front.utf8.enumerated().reduce(0) { sum, digit in
            let value = Int(digit.element) - 48
            let doubled = digit.offset % 2 == 0 ? value * 2 : value
            return sum + (doubled > 9 ? doubled - 9 : doubled)
        }
        return front + "\((10 - sum % 10) % 10)"
    }

    /// German: `DE`, two check digits (remainder 98 less that of the rest by 97), 18 digits.
    private static var iban: String {
        let account = digits(18)
        // D is 13 and E is 14.
        let remainder = (account + "131400").utf8.reduce(0) { ($0 * 10 + Int($1) - 48) % 97 }
        let check = 98 - remainder
        return "DE" + (check < 10 ? "0" : "") + "\(check)" + account
    }
}
