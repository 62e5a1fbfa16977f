/// Dates of the Gregorian calendar, which is taken to have always been there, and days since 1970.
enum CivilTime {
    static let millisecondsPerDay: Int64 = 86_400_000

    static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 of a valid date of the years 0 to 9999.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        // A year that begins in March has its leap day at the end.
        let march = month > 2 ? year : year - 1
        let monthsSinceMarch = (month + 9) % 12
        let leapDays = floorDivide(march, 4) - floorDivide(march, 100) + floorDivide(march, 400)
        return march * 365 + leapDays + (monthsSinceMarch * 153 + 2) / 5 + day - 1 - 719_468
    }

    static func date(ofDay days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let sinceMarchOfZero = days + 719_468
        // Close from above or exact: at most one step too far.
        var march = floorDivide(sinceMarchOfZero * 400 + 591, 146_097)
        var first = self.days(year: march, month: 3, day: 1)
        if first > days {
            march -= 1
            first = self.days(year: march, month: 3, day: 1)
        }
        let dayOfYear = days - first
        let monthsSinceMarch = (5 * dayOfYear + 2) / 153
        let month = monthsSinceMarch < 10 ? monthsSinceMarch + 3 : monthsSinceMarch - 9
        return (month > 2 ? march : march + 1, month, dayOfYear - (153 * monthsSinceMarch + 2) / 5 + 1)
    }

    /// Rounds down, below zero, too.
    static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }
}
