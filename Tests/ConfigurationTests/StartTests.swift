import Configuration
import Foundation
import Model
import TestSupport
import Testing

struct StartTests {
    private func start(_ text: String) -> StartPolicy? {
        try? load(flow("start: \"\(text)\"")).flows[0].start
    }

    @Test(
        arguments: [
            ("2026-03-01T08:00:00Z", 1_772_352_000_000),
            ("2026-03-01T09:30:00+01:30", 1_772_352_000_000),
            ("2026-03-01T00:00:00-08:00", 1_772_352_000_000),
            ("2026-03-01T08:00:00.25Z", 1_772_352_000_250),
            ("2026-03-01T08:00:00.123999999Z", 1_772_352_000_123),
            ("2000-01-01T00:00:00Z", 946_684_800_000),
            ("1772352000000", 1_772_352_000_000),
        ] as [(String, Int64)])
    func `a start in time is milliseconds since 1970`(text: String, milliseconds: Int64) {
        #expect(start(text) == .timestamp(milliseconds: milliseconds))
    }

    @Test(arguments: [
        "2026-03-01", "2026-03-01T08:00:00", "2026-03-01 08:00:00Z", "2026-3-1T08:00:00Z", "2026-02-29T08:00:00Z",
        "2100-02-29T08:00:00Z", "2026-13-01T08:00:00Z", "2026-00-01T08:00:00Z", "2026-01-00T08:00:00Z",
        "2026-04-31T08:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T08:60:00Z", "2026-03-01T08:00:60Z",
        "2026-03-01T08:00:00.Z", "2026-03-01T08:00:00.1234567890Z", "2026-03-01T08:00:00Zx", "2026-03-01T08:00:00+1:00",
        "1999-12-31T23:59:59Z", "1772352000", "-1", "now", "Earliest", "",
    ])
    func `what is no start is refused`(text: String) {
        let report = mistakes(flow("start: \"\(text)\""))
        #expect(report.count == 1)
        #expect(report.first?.hasPrefix("mirror.yaml:8: flows[0].start is \"\(text)\"; expected earliest, ") == true)
    }

    /// Foundation's calendar is the judge, over 8,000 years.
    @Test func `any instant is the same to another calendar`() {
        var generator = SeededGenerator(seed: 2026)
        let formatter = ISO8601DateFormatter()
        for _ in 0..<500 {
            let seconds = Int64.random(in: 946_684_800...253_402_300_799, using: &generator)
            let hours = Int.random(in: -12...14, using: &generator)
            formatter.timeZone = TimeZone(secondsFromGMT: hours * 3_600)
            let text = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            guard text.hasPrefix("1") == false, text.prefix(while: { $0 != "-" }).count == 4 else { continue }
            #expect(start(text) == .timestamp(milliseconds: seconds * 1_000), "\(text)")
        }
    }
}
