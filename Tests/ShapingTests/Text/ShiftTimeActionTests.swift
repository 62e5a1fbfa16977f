import Foundation
import Testing

@testable import Shaping

struct ShiftTimeActionTests {
    private static let day: Int64 = 86_400_000

    private func moved(_ text: String, by milliseconds: Int64) -> String? {
        TextActionRun(ShiftTimeAction(milliseconds: milliseconds)).text(text)
    }

    @Test(arguments: [
        ("2024-02-28", day, "2024-02-29"), ("2023-02-28", day, "2023-03-01"), ("1900-02-28", day, "1900-03-01"),
        ("2000-02-28", day, "2000-02-29"), ("2024-12-31", day, "2025-01-01"), ("2024-03-01", -1, "2024-02-29"),
        ("2024-02-29T23:59:59Z", 1_000, "2024-03-01T00:00:00Z"),
        ("2024-02-29t23:59:59.999z", 1, "2024-03-01t00:00:00.000z"),
        ("2024-01-01 00:00:00.5+02:00", -500, "2024-01-01 00:00:00.0+02:00"),
        ("2024-01-01T00:00:00.123456789-0330", 1, "2024-01-01T00:00:00.124456789-0330"),
        ("2024-01-01T10:00", 3_600_000, "2024-01-01T11:00"), ("2024-01-01T10:00+01", 60_000, "2024-01-01T10:01+01"),
        ("2024-01-01T10:00:00,25", 1_750, "2024-01-01T10:00:02,00"),
        ("2016-12-31T23:59:60Z", 0, "2017-01-01T00:00:00Z"),
        ("2024-01-01T10:00:00.1", 50, "2024-01-01T10:00:00.1"), ("0001-01-01", 0, "0001-01-01"),
        ("9999-12-31T23:59:59.999Z", 0, "9999-12-31T23:59:59.999Z"),
        ("1969-12-31T23:59:59.999Z", 1, "1970-01-01T00:00:00.000Z"),
        ("1700000000", 86_400_000, "1700086400"), ("1700000000000", 86_400_000, "1700086400000"),
        ("-5", 10_000, "5"), ("0", -1, "-1"),
    ])
    func `a time in a text moves, and its form stays`(before: String, shift: Int64, after: String) {
        #expect(moved(before, by: shift) == after)
        #expect(TextActionRun(ShiftTimeAction(milliseconds: shift)).text(before, .text) == after)
    }

    @Test(arguments: [
        ("1700000000", 1_000, "1700000001"), ("1700000000", 1_999, "1700000001"), ("1700000000", -1, "1699999999"),
        ("1700000000.5", 500, "1700000001.0"), ("1700000000.123456", 1, "1700000000.124456"),
        ("1700000000000", 1, "1700000000001"), ("1700000000000.25", -1, "1699999999999.25"),
        ("1.700000000123E12", 1, "1700000000124"), ("1.7e9", 1_000, "1700000001"), ("-1.5", 1_000, "-0.5"),
        ("99999999999", 0, "99999999999"), ("100000000000", -1, "99999999999"),
        ("253402300799999", 0, "253402300799999"),
    ])
    func `a number is in seconds, and from 10^11 on in milliseconds`(before: String, shift: Int64, after: String) {
        #expect(TextActionRun(ShiftTimeAction(milliseconds: shift)).json(before) == after)
    }

    @Test(arguments: [
        "", "-", "x", "2023-02-29", "1900-02-29", "2024-00-01", "2024-13-01", "2024-01-00", "2024-01-32", "2024-04-31",
        "2024-1-1", "2024-01-01T24:00:00Z", "2024-01-01T10:60", "2024-01-01T10:00:61Z", "2024-01-01T10", "2024-01-01T",
        "2024-01-01T10:00:00.", "2024-01-01T10:00:00.Z", "2024-01-01T10:00:00+24:00", "2024-01-01T10:00:00+02:60",
        "2024-01-01T10:00:00 Z", "2024-01-01T10:00:00+2", "2024-01-01T10:00:00Zx", "2024-01-01x10:00:00Z", "20240101",
        "1.5", "1e9", "01700000000", "253402300800000", "9223372036854775808", "99999999999999999999", "２０２４-01-01",
        "2024-01-01T10:00:00.5.5Z", "+1700000000", "0000-12-31",
    ])
    func `what is no time is refused`(text: String) {
        #expect(TextActionRun(ShiftTimeAction(milliseconds: 1)).isMismatch(text, .string))
    }

    @Test func `what would leave the range is refused, never wrapped`() {
        for shift in [Int64.max, .min, .max - 1, 300_000_000_000_000, -300_000_000_000_000] {
            let run = TextActionRun(ShiftTimeAction(milliseconds: shift))
            for text in ["2024-01-01", "2024-01-01T00:00:00.000Z", "1700000000", "1700000000000"] {
                #expect(run.isMismatch(text, .string), "\(text) by \(shift)")
            }
            for text in ["1700000000.123456789", "99999999999", "-99999999999.5", "1e17", "1e999999999999", "1e-999"] {
                #expect(run.isMismatch(text, .number), "\(text) by \(shift)")
            }
        }
        let run = TextActionRun(ShiftTimeAction(milliseconds: 1))
        #expect(run.isMismatch("true", .boolean))
        #expect(run.isMismatch("[]", .array))
        #expect(run.outcome([], .null) == (.null, []))
    }

    @Test func `every day from 1 to 9999 has its number, and the days of months their order`() {
        var expected = CivilTime.days(year: 1, month: 1, day: 1)
        #expect(expected == -719_162)
        for year in Int64(1)...9_999 {
            for month in Int64(1)...12 {
                let days = CivilTime.days(inMonth: month, of: year)
                for day in [1, days] {
                    let number = CivilTime.days(year: year, month: month, day: day)
                    guard number == expected + day - 1, CivilTime.date(ofDay: number) == (year, month, day) else {
                        Issue.record("\(year)-\(month)-\(day)")
                        return
                    }
                }
                expected += days
            }
        }
        #expect(expected == 2_932_897)
    }

    @Test func `times agree with Foundation's`() throws {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for _ in 0..<3_000 {
            // From 1589 on: before October 1582 Foundation goes by the Julian calendar, ISO 8601 does not.
            let seconds = Int64.random(in: -12_000_000_000...200_000_000_000)
            let shift = Int64.random(in: -1_000_000...1_000_000) * 1_000
            let before = Date(timeIntervalSince1970: Double(seconds)).formatted(style)
            let after = Date(timeIntervalSince1970: Double(seconds + shift / 1_000)).formatted(style)
            #expect(moved(before, by: shift) == after)
        }
    }
}
