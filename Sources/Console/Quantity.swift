/// Numbers as people read them.
package enum Quantity {
    /// `1234567` as `1,234,567`.
    package static func count(_ number: some BinaryInteger) -> String {
        let digits = String(number.magnitude)
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return text
    }

    /// Rounded down, so that 100 % is said only when nothing is left. Nothing to do is all done.
    package static func percentage(_ part: Int64, of whole: Int64) -> Int {
        guard whole > 0 else { return 100 }
        return Int(Double(min(max(part, 0), whole)) / Double(whole) * 100)
    }

    /// Whole seconds as `7 s`, `3 min 20 s` or `2 h 5 min`.
    package static func duration(seconds: Int64) -> String {
        switch seconds {
        case ..<60: "\(max(0, seconds)) s"
        case ..<3_600: "\(seconds / 60) min \(seconds % 60) s"
        default: "\(seconds / 3_600) h \(seconds % 3_600 / 60) min"
        }
    }

    /// `[0, 1, 2, 5]` as `0-2,5`.
    package static func ranges(_ numbers: some Sequence<Int32>) -> String {
        var runs: [ClosedRange<Int32>] = []
        for number in numbers.sorted() {
            if let last = runs.last, number <= last.upperBound + 1 {
                runs[runs.count - 1] = last.lowerBound...max(number, last.upperBound)
            } else {
                runs.append(number...number)
            }
        }
        return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }
}
