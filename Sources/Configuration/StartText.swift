import Model

extension StartPolicy {
    static let expected =
        "earliest, latest, an instant with its time zone such as 2026-03-01T08:00:00Z, or milliseconds since 1970"

    /// Numbers below this are refused: it is the year 2000, Kafka is younger, and seconds since 1970 (a common slip)
    /// are below it for the next 29,000 years.
    private static let millisecondsMin: Int64 = 946_684_800_000

    package init?(parsing text: String) {
        switch text {
        case "earliest": self = .earliest
        case "latest": self = .latest
        default:
            guard let milliseconds = wholeNumber(text) ?? epochMilliseconds(ofInstant: text),
                milliseconds >= Self.millisecondsMin
            else { return nil }
            self = .timestamp(milliseconds: milliseconds)
        }
    }
}

/// Milliseconds since 1970 of an instant in ISO 8601: `2026-03-01T08:00:00`, perhaps a fraction of up to nine digits
/// (rounded down to milliseconds), then `Z` or `+01:00`. Without a time zone it would be a guess: `nil`.
func epochMilliseconds(ofInstant text: String) -> Int64? {
    var scanner = DigitScanner(rest: Array(text.utf8)[...])
    guard let year = scanner.number(digits: 4), scanner.take("-"),
        let month = scanner.number(digits: 2), scanner.take("-"),
        let day = scanner.number(digits: 2), scanner.take("T"),
        let hour = scanner.number(digits: 2), scanner.take(":"),
        let minute = scanner.number(digits: 2), scanner.take(":"),
        let second = scanner.number(digits: 2),
        let fraction = scanner.milliseconds(),
        let zoneMinutes = scanner.zoneMinutes(), scanner.rest.isEmpty,
        (1...12).contains(month), (1...daysInMonth(month, of: year)).contains(day),
        hour < 24, minute < 60, second < 60
    else { return nil }
    let minutes = (daysSince1970(year: year, month: month, day: day) * 24 + hour) * 60 + minute - zoneMinutes
    return (minutes * 60 + second) * 1_000 + fraction
}

private struct DigitScanner {
    var rest: ArraySlice<UInt8>

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// A number of exactly `digits` digits.
    mutating func number(digits: Int) -> Int64? {
        let taken = rest.prefix(digits)
        guard taken.count == digits, taken.allSatisfy(\.isASCIIDigit) else { return nil }
        rest = rest.dropFirst(digits)
        return taken.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// A fraction of a second; 0 where there is none.
    mutating func milliseconds() -> Int64? {
        guard take(".") else { return 0 }
        let taken = rest.prefix(while: \.isASCIIDigit)
        guard (1...9).contains(taken.count) else { return nil }
        rest = rest.dropFirst(taken.count)
        let thousandths = (taken + [UInt8](repeating: UInt8(ascii: "0"), count: 2)).prefix(3)
        return thousandths.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// Minutes that the zone's clocks are ahead of UTC.
    mutating func zoneMinutes() -> Int64? {
        if take("Z") { return 0 }
        let sign: Int64
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2), take(":"), let minutes = number(digits: 2), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}

private func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
    let next = month == 12 ? (year + 1, Int64(1)) : (year, month + 1)
    return daysSince1970(year: next.0, month: next.1, day: 1) - daysSince1970(year: year, month: month, day: 1)
}

/// Days of the Gregorian calendar. The year is taken to begin in March, so that the leap day is its last.
private func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let marchYear = month > 2 ? year : year - 1
    let monthSinceMarch = (month + 9) % 12
    let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
    // Months from March on have 31, 30, 31, 30, 31 days, again and again: 153 in five of them.
    let dayOfYear = (153 * monthSinceMarch + 2) / 5 + day - 1
    // 719,468 days lie between March of the year 0 and January of 1970.
    return marchYear * 365 + leapDays + dayOfYear - 719_468
}
