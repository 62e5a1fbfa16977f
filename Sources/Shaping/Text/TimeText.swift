/// A time as ISO 8601 and RFC 3339 write it: `2024-02-29`, `2024-02-29T10:00`, `2024-02-29 10:00:00.123+02:00`.
///
/// Its parts are kept as they were written: the letter or blank in the middle, the number of digits, the offset.
struct TimeText {
    /// Milliseconds since 1970 on the clock of the text, whatever its offset.
    private(set) var milliseconds: Int64
    private let hasTime: Bool
    private let hasSeconds: Bool
    /// Behind the point or comma.
    private let fraction: Range<Int>
    /// From behind the last digit to the end.
    private let zone: Range<Int>

    /// `nil` when `text` is no such time, or no time at all, as 2023-02-29.
    init?(_ text: Span<UInt8>) {
        guard text.count >= 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            let year = Self.number(in: text, 0..<4), let month = Self.number(in: text, 5..<7),
            let day = Self.number(in: text, 8..<10), month >= 1, month <= 12, day >= 1,
            day <= CivilTime.days(inMonth: month, of: year)
        else { return nil }
        milliseconds = CivilTime.days(year: year, month: month, day: day) * CivilTime.millisecondsPerDay
        hasTime = text.count > 10
        guard hasTime else {
            hasSeconds = false
            fraction = 0..<0
            zone = 0..<0
            return
        }
        guard text.count >= 16, text[10] | 0x20 == UInt8(ascii: "t") || text[10] == UInt8(ascii: " "),
            text[13] == UInt8(ascii: ":"), let hour = Self.number(in: text, 11..<13), hour <= 23,
            let minute = Self.number(in: text, 14..<16), minute <= 59
        else { return nil }
        milliseconds += (hour * 60 + minute) * 60_000
        var index = 16
        hasSeconds = text.count > 16 && text[16] == UInt8(ascii: ":")
        var digits = index..<index
        if hasSeconds {
            // 60: a leap second.
            guard text.count >= 19, let second = Self.number(in: text, 17..<19), second <= 60 else { return nil }
            milliseconds += second * 1_000
            index = 19
            digits = Self.fraction(in: text, at: index)
            index = max(index, digits.upperBound)
        }
        fraction = digits
        zone = index..<text.count
        guard Self.isZone(text, zone) else { return nil }
        var weight: Int64 = 100
        for place in 0..<min(3, fraction.count) {
            milliseconds += Int64(text[fraction.lowerBound + place] &- 0x30) * weight
            weight /= 10
        }
    }

    /// Writes the time, moved by so many milliseconds and rounded down to what the text shows. `text` is the one that
    /// was read.
    ///
    /// - Returns: Whether the result lies in the years 1 to 9999; nothing is written otherwise.
    func write(movedBy shift: Int64, from text: Span<UInt8>, into out: inout [UInt8]) -> Bool {
        let (moved, overflow) = milliseconds.addingReportingOverflow(shift)
        guard !overflow else { return false }
        let day = CivilTime.floorDivide(moved, CivilTime.millisecondsPerDay)
        guard day >= -719_162, day <= 2_932_896 else { return false }
        let date = CivilTime.date(ofDay: day)
        Self.write(date.year, digits: 4, into: &out)
        out.append(UInt8(ascii: "-"))
        Self.write(date.month, digits: 2, into: &out)
        out.append(UInt8(ascii: "-"))
        Self.write(date.day, digits: 2, into: &out)
        guard hasTime else { return true }
        let time = moved - day * CivilTime.millisecondsPerDay
        out.append(text[10])
        Self.write(time / 3_600_000, digits: 2, into: &out)
        out.append(UInt8(ascii: ":"))
        Self.write(time / 60_000 % 60, digits: 2, into: &out)
        if hasSeconds {
            out.append(UInt8(ascii: ":"))
            Self.write(time / 1_000 % 60, digits: 2, into: &out)
        }
        if !fraction.isEmpty {
            out.append(text[fraction.lowerBound - 1])
            var weight: Int64 = 100
            for place in fraction {
                out.append(weight > 0 ? UInt8(truncatingIfNeeded: time / weight % 10) &+ 0x30 : text[place])
                weight /= 10
            }
        }
        out.append(text, zone)
        return true
    }

    private static func number(in text: Span<UInt8>, _ range: Range<Int>) -> Int64? {
        var value: Int64 = 0
        for index in range {
            guard text[index].isDigit else { return nil }
            value = value * 10 + Int64(text[index] &- 0x30)
        }
        return value
    }

    private static func fraction(in text: Span<UInt8>, at index: Int) -> Range<Int> {
        guard index < text.count, text[index] == UInt8(ascii: ".") || text[index] == UInt8(ascii: ",") else {
            return index..<index
        }
        var end = index + 1
        while end < text.count, text[end].isDigit { end += 1 }
        // A point without a digit stays for the zone, which it is none.
        return end == index + 1 ? index..<index : index + 1..<end
    }

    /// Nothing, `Z`, `+hh`, `+hhmm` or `+hh:mm`.
    private static func isZone(_ text: Span<UInt8>, _ zone: Range<Int>) -> Bool {
        guard !zone.isEmpty else { return true }
        let start = zone.lowerBound
        if zone.count == 1 { return text[start] | 0x20 == UInt8(ascii: "z") }
        guard text[start] == UInt8(ascii: "+") || text[start] == UInt8(ascii: "-"), zone.count >= 3,
            let hours = number(in: text, start + 1..<start + 3), hours <= 23
        else { return false }
        var minutes = start + 3..<zone.upperBound
        if minutes.count == 3, text[minutes.lowerBound] == UInt8(ascii: ":") { minutes = start + 4..<zone.upperBound }
        guard minutes.isEmpty || minutes.count == 2, let value = number(in: text, minutes) else { return false }
        return value <= 59
    }

    private static func write(_ value: Int64, digits: Int, into out: inout [UInt8]) {
        var divisor: Int64 = digits == 4 ? 1_000 : 10
        while divisor > 0 {
            out.append(UInt8(truncatingIfNeeded: value / divisor % 10) &+ 0x30)
            divisor /= 10
        }
    }
}
