import Foundation
import Synchronization
import Testing

@testable import Log

/// Keeps what a logger wrote.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func logger(level: LogLevel = .debug, format: LogFormat = .text) -> Logger {
        Logger(level: level, format: format) { line in self.lines.withLock { $0.append(line) } }
    }
}

/// Texts that try to leave their line, their quotes or their field.
private let hostileTexts = [
    "", "plain", "two words", "a\nb", "a\r\nb", "tab\there", "\"quoted\"", "back\\slash", "name=value", "\u{1B}[2J",
    "\u{0}", "\u{7F}", "\u{9B}31m", "\u{2028}x\u{2029}", "grüße", "🐦", "\u{301}", "}{,:[]",
]

struct LoggerTests {
    @Test func `a line below the level is neither written nor evaluated`() {
        let lines = Lines()
        let logger = lines.logger(level: .warning)
        logger.info(
            { () -> String in
                Issue.record("evaluated")
                return ""
            }())
        logger.debug(
            "quiet",
            { () -> [LogField] in
                Issue.record("evaluated")
                return []
            }())
        #expect(lines.all.isEmpty)
    }

    @Test func `each level writes its own lines and those above it`() {
        for level in LogLevel.allCases {
            let lines = Lines()
            let logger = lines.logger(level: level)
            for other in LogLevel.allCases { logger.log(other, "x") }
            #expect(lines.all.count == LogLevel.allCases.filter { $0 >= level }.count)
        }
    }

    // The texts are walked in a loop: as arguments they would be printed by the test runner.

    @Test(arguments: LogFormat.allCases)
    func `whatever the text, a call writes one line without control characters`(format: LogFormat) throws {
        for text in hostileTexts {
            let lines = Lines()
            let logger = lines.logger(format: format).with([LogField(text, text)])
            logger.error(text, [LogField("n", 7), LogField("t", text)])
            let line = try #require(lines.all.first)
            #expect(lines.all.count == 1)
            #expect(line.hasSuffix("\n"))
            for scalar in line.unicodeScalars.dropLast() {
                #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
                #expect(scalar != "\u{2028}" && scalar != "\u{2029}")
            }
        }
    }

    @Test func `a JSON line gives back exactly what was logged`() throws {
        for text in hostileTexts {
            let lines = Lines()
            lines.logger(format: .json).info(text, [LogField("subject", text), LogField("count", Int64.min)])
            let line = try #require(lines.all.first)
            let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: any Sendable])
            #expect(object["message"] as? String == text)
            #expect(object["subject"] as? String == text)
            #expect(object["count"] as? Int64 == Int64.min)
            #expect(object["level"] as? String == "info")
        }
    }

    @Test func `a field that is named like a part of the line does not hide that part`() throws {
        let lines = Lines()
        lines.logger(format: .json).info("m", [LogField("message", "f"), LogField("level", "l"), LogField("time", 1)])
        let line = try #require(lines.all.first)
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: any Sendable])
        #expect(object["message"] as? String == "m")
        #expect(object["message_"] as? String == "f")
        #expect(object.count == 6)
    }

    @Test func `a text line shows simple values bare and others in quotes`() throws {
        let lines = Lines()
        lines.logger().with([LogField("flow", "a-b")])
            .warning("topic stopped", [LogField("topic", "orders"), LogField("why", "no right"), LogField("n", -3)])
        let line = try #require(lines.all.first)
        #expect(line.hasSuffix("Z WARNING topic stopped flow=a-b topic=orders why=\"no right\" n=-3\n"))
    }

    @Test func `level names are read back`() {
        for level in LogLevel.allCases { #expect(LogLevel(name: level.name) == level) }
        #expect(LogLevel(name: "loud") == nil)
    }
}

struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ])
    func `an instant is written in UTC with milliseconds`(milliseconds: Int64, text: String) {
        #expect(Timestamp.text(millisecondsSince1970: milliseconds) == text)
    }

    @Test func `every day of the years 1601 to 2401 agrees with the calendar of the library`() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for day in Int64(-135_000)...158_000 {
            let seconds = day * 86_400 + (day &* 7_919) % 43_200 + 43_200
            let expected = Date(timeIntervalSince1970: Double(seconds)).formatted(style)
            guard Timestamp.text(millisecondsSince1970: seconds * 1_000) == expected else {
                Issue.record("day \(day): \(Timestamp.text(millisecondsSince1970: seconds * 1_000)), not \(expected)")
                return
            }
        }
    }
}
