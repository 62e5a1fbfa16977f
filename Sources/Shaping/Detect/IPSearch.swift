/// IP addresses: four numbers up to 255, or version 6 in any of its forms, shortened or ending like version 4. Ports,
/// brackets and prefix lengths are not part of a find, a zone (`%eth0`) is.
enum IPSearch {
    static func first(in text: Span<UInt8>, from start: Int) -> Range<Int>? {
        var index = start
        // Behind the run of digits and colons that was looked at last: a run is read once.
        var runEnd = start
        while index < text.count {
            let byte = text[index]
            if index >= runEnd, byte.isHexDigit || byte == UInt8(ascii: ":") {
                let run = Run(in: text, from: index)
                runEnd = run.end
                if let found = run.address(in: text) {
                    // One in front of it in the same run is taken along: the run must not be read once more.
                    let earlier = firstVersion4(in: text, from: index, before: found.lowerBound)
                    return (earlier?.lowerBound ?? found.lowerBound)..<found.upperBound
                }
            }
            if byte.isDigit, let end = version4End(in: text, from: index) { return index..<end }
            index += 1
        }
        return nil
    }

    private static func firstVersion4(in text: Span<UInt8>, from start: Int, before bound: Int) -> Range<Int>? {
        var index = start
        while index < bound {
            if text[index].isDigit, let end = version4End(in: text, from: index) { return index..<end }
            index += 1
        }
        return nil
    }

    /// The end of a version 4 address that begins at this digit, with no more numbers around it.
    private static func version4End(in text: Span<UInt8>, from start: Int) -> Int? {
        if start > 0, text[start - 1].isDigit { return nil }
        if start > 1, text[start - 1] == UInt8(ascii: "."), text[start - 2].isDigit { return nil }
        guard let end = quadEnd(in: text, from: start) else { return nil }
        let isLonger = end + 1 < text.count && text[end] == UInt8(ascii: ".") && text[end + 1].isDigit
        return isLonger ? nil : end
    }

    private static func quadEnd(in text: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        for part in 0..<4 {
            if part > 0 {
                guard index < text.count, text[index] == UInt8(ascii: ".") else { return nil }
                index += 1
            }
            var value = 0
            var digits = 0
            while index < text.count, text[index].isDigit, digits < 4 {
                value = value * 10 + Int(text[index] &- 0x30)
                digits += 1
                index += 1
            }
            guard (1...3).contains(digits), value <= 255 else { return nil }
        }
        return index
    }

    /// Hexadecimal digits, colons and points in a row.
    private struct Run {
        private let start: Int
        let end: Int
        private let colons: Int

        /// An address has 45 bytes at most, and what is joined to it is short. Without a bound, a long run would be
        /// read again behind each version 4 address in it.
        private static let lengthMax = 256

        init(in text: Span<UInt8>, from start: Int) {
            self.start = start
            var end = start
            var colons = 0
            while end < text.count, end - start < Self.lengthMax {
                let byte = text[end]
                if byte == UInt8(ascii: ":") {
                    colons += 1
                } else if !byte.isHexDigit, byte != UInt8(ascii: ".") {
                    break
                }
                end += 1
            }
            self.end = end
            self.colons = colons
        }

        /// The version 6 address in the run. What is joined to it by a colon, as in `addr:2001:db8::1`, is cut off.
        func address(in text: Span<UInt8>) -> Range<Int>? {
            guard colons >= 2 else { return nil }
            var last = end
            while last > start, text[last - 1] == UInt8(ascii: ".") { last -= 1 }
            let joinsWord = last == end && end < text.count && text[end].isLetter
            let begins = start > 0 && (text[start - 1].isAlphanumeric || text[start - 1] == UInt8(ascii: "_"))
            let second = behindColon(text, last)
            let secondLast = beforeColon(text, last)
            if !begins, !joinsWord, isAddress(text, start, last) { return withZone(start..<last, text) }
            if !joinsWord, isAddress(text, second, last) { return withZone(second..<last, text) }
            if !begins, isAddress(text, start, secondLast) { return start..<secondLast }
            return isAddress(text, second, secondLast) ? second..<secondLast : nil
        }

        private func behindColon(_ text: Span<UInt8>, _ last: Int) -> Int {
            var index = start
            while index < last, text[index] != UInt8(ascii: ":") { index += 1 }
            // Of two colons, both belong to the address.
            if index + 1 < last, text[index + 1] == UInt8(ascii: ":"), index > start { return index }
            return min(index + 1, last)
        }

        private func beforeColon(_ text: Span<UInt8>, _ last: Int) -> Int {
            var index = last
            while index > start, text[index - 1] != UInt8(ascii: ":") { index -= 1 }
            return max(index - 1, start)
        }

        private func withZone(_ range: Range<Int>, _ text: Span<UInt8>) -> Range<Int> {
            guard range.upperBound < text.count, text[range.upperBound] == UInt8(ascii: "%") else { return range }
            var end = range.upperBound + 1
            while end < text.count, text[end].isAlphanumeric || text[end] == UInt8(ascii: "_") { end += 1 }
            return range.lowerBound..<end
        }

        /// Whether the bytes are one address, and not only `::`.
        private func isAddress(_ text: Span<UInt8>, _ first: Int, _ last: Int) -> Bool {
            guard last - first >= 3, last - first <= 45 else { return false }
            var index = first
            var groups = 0
            var isShort = false
            if text[first] == UInt8(ascii: ":") {
                guard text[first + 1] == UInt8(ascii: ":") else { return false }
                isShort = true
                index += 2
            }
            while index < last {
                if let end = quadEnd(in: text, from: index), end == last {
                    groups += 2
                    index = last
                    break
                }
                var digits = 0
                while index < last, text[index].isHexDigit {
                    digits += 1
                    index += 1
                }
                guard (1...4).contains(digits) else { return false }
                groups += 1
                guard index < last else { break }
                guard text[index] == UInt8(ascii: ":"), index + 1 < last else { return false }
                index += 1
                guard text[index] == UInt8(ascii: ":") else { continue }
                guard !isShort else { return false }
                isShort = true
                index += 1
            }
            return isShort ? (1...7).contains(groups) : groups == 8
        }
    }
}
