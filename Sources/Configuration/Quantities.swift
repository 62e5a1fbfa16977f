/// Whole numbers with and without a unit: how they are written, and how their bounds are spelled in a message.
struct Unit {
    let name: String
    let factor: Int64

    /// From small to large.
    static let durations = [
        Unit(name: "ms", factor: 1), Unit(name: "s", factor: 1_000), Unit(name: "m", factor: 60_000),
    ]
    static let sizes = [
        Unit(name: "KB", factor: 1_000), Unit(name: "KiB", factor: 1 << 10),
        Unit(name: "MB", factor: 1_000_000), Unit(name: "MiB", factor: 1 << 20),
        Unit(name: "GB", factor: 1_000_000_000), Unit(name: "GiB", factor: 1 << 30),
    ]
}

extension [Unit] {
    /// `200ms` in the units' smallest measure; `nil` for any other form, and for a number that is too large.
    func parse(_ text: String) -> Int64? {
        let digits = text.utf8.prefix(while: \.isASCIIDigit)
        let name = String(text.dropFirst(digits.count))
        guard let unit = first(where: { $0.name == name }), let number = wholeNumber(String(text.prefix(digits.count)))
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.factor)
        return overflow ? nil : product
    }

    /// The largest unit that leaves a whole number.
    func spell(_ amount: Int64) -> String {
        guard let unit = last(where: { amount % $0.factor == 0 }) else { return String(amount) }
        return "\(amount / unit.factor)\(unit.name)"
    }
}

/// A number of decimal digits only. A leading zero is refused: YAML 1.1 would read an octal number.
func wholeNumber(_ text: String) -> Int64? {
    guard !text.isEmpty, text.utf8.allSatisfy(\.isASCIIDigit), text == "0" || !text.hasPrefix("0") else { return nil }
    return Int64(text)
}

extension FieldReader {
    func wholeNumber(_ field: Field, in bounds: ClosedRange<Int>) -> Int? {
        let expected = "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        return value(field, expected: expected) { text in
            Configuration.wholeNumber(text).flatMap(Int.init(exactly:)).flatMap { bounds.contains($0) ? $0 : nil }
        }
    }

    func milliseconds(_ field: Field, in bounds: ClosedRange<Int64>) -> Int64? {
        amount(field, in: bounds, what: "a duration", units: Unit.durations)
    }

    func bytes(_ field: Field, in bounds: ClosedRange<Int64>) -> Int? {
        amount(field, in: bounds, what: "a size", units: Unit.sizes).map(Int.init)
    }

    private func amount(_ field: Field, in bounds: ClosedRange<Int64>, what: String, units: [Unit]) -> Int64? {
        let range = "from \(units.spell(bounds.lowerBound)) to \(units.spell(bounds.upperBound))"
        let expected = "\(what) \(range), a whole number and its unit (\(units.map(\.name).joined(separator: ", ")))"
        return value(field, expected: expected) { text in
            units.parse(text).flatMap { bounds.contains($0) ? $0 : nil }
        }
    }

    /// One of the words of an enumeration.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ field: Field, of: Choice.Type) -> Choice? {
        let words = Choice.allCases.map(\.rawValue)
        let expected = words.map { quoted($0) }.joined(separator: " or ")
        return value(field, expected: expected, parse: Choice.init(rawValue:))
    }
}
