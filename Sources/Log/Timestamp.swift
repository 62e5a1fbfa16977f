/// RFC 3339 in UTC with milliseconds, without a calendar or a locale: a line is written often and must cost little.
package enum Timestamp {
    /// - Parameter millisecondsSince1970: any instant of the years 0 to 9999.
    /// - Returns: for example `2026-08-01T12:00:00.000Z`.
    package static func text(millisecondsSince1970: Int64) -> String {
        let (days, millisecondOfDay) = floorDivide(millisecondsSince1970, by: 86_400_000)
        let date = civilDate(daysSince1970: days)
        let seconds = millisecondOfDay / 1_000
        return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2) + "T"
            + padded(seconds / 3_600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2)
            + "." + padded(millisecondOfDay % 1_000, 3) + "Z"
    }

    /// The proleptic Gregorian date of a day number.
    ///
    /// Years are counted from the first of March, so that the leap day is the last day of its year and month lengths
    /// follow the pattern of 153 days in five months.
    private static func civilDate(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // 719,468 days lie between the first of March of the year 0 and 1970; an era is 400 years of 146,097 days.
        let (era, dayOfEra) = floorDivide(daysSince1970 + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, day)
    }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func padded(_ value: Int64, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
