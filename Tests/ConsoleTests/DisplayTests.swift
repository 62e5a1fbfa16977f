import Testing

@testable import Console

struct QuantityTests {
    @Test(arguments: [
        (Int64(0), "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567"),
        (.min, "-9,223,372,036,854,775,808"),
    ])
    func `counts have a comma every three digits`(number: Int64, text: String) {
        #expect(Quantity.count(number) == text)
    }

    @Test func `a percentage says 100 only when nothing is left`() {
        #expect(Quantity.percentage(0, of: 0) == 100)
        #expect(Quantity.percentage(999_999, of: 1_000_000) == 99)
        #expect(Quantity.percentage(1_000_000, of: 1_000_000) == 100)
        #expect(Quantity.percentage(-5, of: 10) == 0)
        #expect(Quantity.percentage(.max, of: .max) == 100)
    }

    @Test(arguments: [
        (Int64(-1), "0 s"), (59, "59 s"), (60, "1 min 0 s"), (3_599, "59 min 59 s"), (7_500, "2 h 5 min"),
    ])
    func `durations are written in two units at most`(seconds: Int64, text: String) {
        #expect(Quantity.duration(seconds: seconds) == text)
    }

    @Test func `partition numbers are drawn together, whatever their order`() {
        #expect(Quantity.ranges([Int32]()) == "")
        #expect(Quantity.ranges([5, 0, 2, 1]) == "0-2,5")
        #expect(Quantity.ranges([3]) == "3")
        #expect(Quantity.ranges([3, 3, 4]) == "3-4")
    }
}

struct RateMeterTests {
    @Test func `a steady total has its rate`() {
        var meter = RateMeter(windowSeconds: 3)
        #expect(meter.perSecond == 0)
        for second in 0...20 { meter.note(total: Int64(second) * 500, at: Double(second)) }
        #expect(meter.perSecond == 500)
    }

    @Test func `what lies before the window does not count`() {
        var meter = RateMeter(windowSeconds: 3)
        for second in 0...10 { meter.note(total: Int64(second) * 500, at: Double(second)) }
        for second in 11...14 { meter.note(total: 5_000, at: Double(second)) }
        #expect(meter.perSecond == 0)
    }
}

struct ScreenTests {
    /// A terminal that knows the four movements a screen uses; rows from the top, no scrolling.
    private func render(_ text: String) -> [String] {
        var rows = [""]
        var row = 0
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "\u{1B}":
                let sequence = rest.prefix { !$0.isLetter }.dropFirst()
                rest = rest.drop { !$0.isLetter }
                switch rest.removeFirst() {
                case "A": row -= Int(sequence) ?? 1
                case "J": rows.removeSubrange((row + 1)...)
                default: break
                }
            case "\r": rows[row] = ""
            case "\n":
                row += 1
                if row == rows.count { rows.append("") } else { rows[row] = "" }
            default: rows[row].append(character)
            }
        }
        return rows
    }

    @Test func `each drawing replaces the one before, whatever their heights`() {
        var screen = Screen(columns: 80)
        var written = "before\n"
        for lines in [["a", "b", "c"], ["d"], [], ["e", "f"]] {
            written += screen.draw(lines)
            #expect(render(written) == ["before"] + lines + [""])
        }
        written += screen.clear()
        #expect(render(written) == ["before", ""])
    }

    @Test func `a line is cut before it would wrap`() {
        var screen = Screen(columns: 40)
        let rows = render(screen.draw([String(repeating: "x", count: 200)]))
        #expect(rows == [String(repeating: "x", count: 39), ""])
    }
}

struct ProgressTests {
    private func line(total: Int64?, done: Int64, offsetsPerSecond: Double) -> String {
        CopyProgress(
            total: total, done: done, records: 1_200, recordsPerSecond: 40.9, offsetsPerSecond: offsetsPerSecond
        ).line
    }

    @Test func `progress says records, share, rate and what is left`() {
        #expect(
            line(total: 4_000, done: 1_000, offsetsPerSecond: 50)
                == "1,200 records copied, 25 %, 40 records/s, 1 min 0 s left")
    }

    @Test func `without a rate nothing is foretold`() {
        #expect(line(total: 4_000, done: 1_000, offsetsPerSecond: 0) == "1,200 records copied, 25 %, 40 records/s")
        #expect(line(total: nil, done: 0, offsetsPerSecond: 50) == "looking at what there is to copy")
        #expect(line(total: 0, done: 0, offsetsPerSecond: 0) == "looking at what there is to copy")
        #expect(line(total: 10, done: 10, offsetsPerSecond: 50) == "1,200 records copied, 100 %, 40 records/s")
    }
}

struct DemoPictureTests {
    @Test func `the picture says who has which partitions`() {
        var picture = DemoPicture(total: 20_000)
        picture.received = 10_000
        picture.sent = 10_040
        picture.members = [("demo-1", "running"), ("demo-2", "running")]
        picture.lanes = [
            .init(member: "demo-1", number: 0, partitions: [0, 1, 2]),
            .init(member: "demo-2", number: 0, partitions: [4, 3]),
            .init(member: "demo-2", number: 1, partitions: []),
        ]
        picture.latencyMilliseconds = (3.6, 12.2)
        let text = picture.lines.joined(separator: "\n")
        #expect(text.contains("10,000 of 20,000 records"))
        #expect(text.contains("lag 40 records"))
        #expect(text.contains("p50 4 ms, p99 12 ms"))
        #expect(text.contains("lane 0: orders 3-4"))
        #expect(text.contains("lane 1: -"))
        #expect(picture.lines.allSatisfy { $0.count < 80 })
        #expect(picture.plainLine.hasSuffix("partitions: demo-1 0-2, demo-2 3-4"))
    }
}

struct InstanceNameTests {
    @Test(arguments: ["web-1", "web_1.example.com", "", "größe", "a b", String(repeating: "x", count: 300)])
    func `whatever the host is called, the name that is made is valid`(host: String) {
        let name = InstanceName.unique(host: host, process: 4_711, random: .max)
        #expect(InstanceName.isValid(name))
    }

    @Test func `two processes of one host have two names`() {
        #expect(
            InstanceName.unique(host: "h", process: 1, random: 1)
                != InstanceName.unique(host: "h", process: 1, random: 2))
    }

    @Test(arguments: ["", "a.b", "a_b", "ä", "a b", String(repeating: "x", count: 101)])
    func `a name with anything else than letters, digits and dashes is refused`(name: String) {
        #expect(!InstanceName.isValid(name))
    }
}
