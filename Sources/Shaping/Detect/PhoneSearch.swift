/// Phone numbers. Found are:
///
/// - international ones: `+` and 7 to 15 digits, `00` and 8 to 15 digits that do not begin with another 0;
/// - national ones behind a single 0: `030 1234567`, `(030) 123 45 67`, `01 23 45 67 89`, `01711234567`: 9 to 12
///   digits in groups, 10 to 12 without;
/// - North American ones: `(415) 555-2671`, `415-555-2671`, `415.555.2671`, also behind `1-`.
///
/// Numbers without any of these marks are not found: orders, prices and times look the same.
enum PhoneSearch {
    private static let internationalMax = 15

    static func first(in text: Span<UInt8>, from start: Int) -> Range<Int>? {
        var index = start
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "(") || byte.isDigit, beginsNumber(text, index),
                let end = end(in: text, from: index)
            {
                return index..<end
            }
            index += 1
        }
        return nil
    }

    /// Not in the middle of a word or of another number.
    private static func beginsNumber(_ text: Span<UInt8>, _ index: Int) -> Bool {
        guard index > 0 else { return true }
        let previous = text[index - 1]
        if previous.isDigit { return false }
        guard text[index].isDigit else { return true }
        guard !previous.isLetter, previous != UInt8(ascii: "_") else { return false }
        let isJoint =
            previous == UInt8(ascii: ".") || previous == UInt8(ascii: "-") || previous == UInt8(ascii: ":")
            || previous == UInt8(ascii: "/") || previous == UInt8(ascii: ",")
        return !isJoint || index < 2 || !text[index - 2].isDigit
    }

    private static func end(in text: Span<UInt8>, from start: Int) -> Int? {
        if text[start] == UInt8(ascii: "+") {
            guard start + 1 < text.count, text[start + 1].isDigit || text[start + 1] == UInt8(ascii: "(") else {
                return nil
            }
            return Number(in: text, from: start + 1, max: internationalMax, isMarked: true).end(min: 7)
        }
        let first = text[start] == UInt8(ascii: "(") ? start + 1 : start
        guard first + 1 < text.count, text[first].isDigit else { return nil }
        if let end = northAmericanEnd(in: text, from: start) { return end }
        guard text[first] == UInt8(ascii: "0"), text[first + 1].isDigit, !isDate(text, first) else { return nil }
        if text[first + 1] == UInt8(ascii: "0") {
            guard first + 2 < text.count, text[first + 2].isDigit, text[first + 2] != UInt8(ascii: "0") else {
                return nil
            }
            return Number(in: text, from: start, max: internationalMax + 2).end(min: 10)
        }
        let number = Number(in: text, from: start, max: 12)
        return number.end(min: number.groups > 1 ? 9 : 10)
    }

    /// `01.02.2024`, which groups like a number.
    private static func isDate(_ text: Span<UInt8>, _ start: Int) -> Bool {
        guard start + 10 <= text.count, !text[start + 2].isDigit, !text[start + 5].isDigit else { return false }
        for place in 6..<10 where !text[start + place].isDigit { return false }
        return start + 10 == text.count || !text[start + 10].isDigit
    }

    private static func northAmericanEnd(in text: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        if text[index] == UInt8(ascii: "1") {
            index += 1
            let joint = jointLength(in: text, at: index)
            guard joint > 0 else { return nil }
            index += joint
        }
        let isOpen = index < text.count && text[index] == UInt8(ascii: "(")
        if isOpen { index += 1 }
        guard let area = exchangeEnd(in: text, from: index) else { return nil }
        index = area
        if isOpen {
            guard index < text.count, text[index] == UInt8(ascii: ")") else { return nil }
            index += 1
            index += jointLength(in: text, at: index)
        } else {
            let joint = jointLength(in: text, at: index)
            guard joint > 0 else { return nil }
            index += joint
        }
        guard let exchange = exchangeEnd(in: text, from: index) else { return nil }
        let joint = jointLength(in: text, at: exchange)
        index = exchange + joint
        guard joint > 0, index + 4 <= text.count else { return nil }
        for place in index..<index + 4 where !text[place].isDigit { return nil }
        index += 4
        return index < text.count && text[index].isAlphanumeric ? nil : index
    }

    /// Three digits, the first of them 2 to 9.
    private static func exchangeEnd(in text: Span<UInt8>, from start: Int) -> Int? {
        guard start + 3 <= text.count, text[start].isDigit, text[start] >= UInt8(ascii: "2"),
            text[start + 1].isDigit, text[start + 2].isDigit
        else { return nil }
        return start + 3
    }

    private static func jointLength(in text: Span<UInt8>, at index: Int) -> Int {
        guard index < text.count else { return 0 }
        return text[index] == UInt8(ascii: ".") ? 1 : Separator.length(in: text, at: index)
    }

    /// Digits in groups, as far as they can belong to one number.
    private struct Number {
        private(set) var groups = 0
        /// Digits up to the end of the last group that still fits.
        private var digits = 0
        private var last = 0

        /// - Parameter isMarked: Behind a `+`, a letter that follows is no reason to doubt, as it is in `0123456789ab`.
        init(in text: Span<UInt8>, from start: Int, max: Int, isMarked: Bool = false) {
            var index = start
            while true {
                index += Self.joint(in: text, at: index)
                let begin = index
                while index < text.count, text[index].isDigit, digits + index - begin <= max { index += 1 }
                guard index > begin, digits + index - begin <= max else { return }
                if !isMarked, index < text.count, text[index].isLetter { return }
                digits += index - begin
                groups += 1
                last = index
            }
        }

        func end(min: Int) -> Int? {
            digits >= min ? last : nil
        }

        /// Up to three bytes' worth of blanks, dashes, points, slashes and parentheses.
        private static func joint(in text: Span<UInt8>, at start: Int) -> Int {
            var index = start
            for _ in 0..<3 {
                guard index < text.count else { break }
                switch text[index] {
                case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "("), UInt8(ascii: ")"): index += 1
                default: index += Separator.length(in: text, at: index)
                }
            }
            return index - start
        }
    }
}
