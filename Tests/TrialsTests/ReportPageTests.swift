import Foundation
import Testing
import Trials
import Verify

struct ReportPageTests {
    private static let hostile = "</td><script>alert('x')</script>\"'&<b>\u{1B}[31m\u{202E}\u{0}"

    /// Of every sort that the scenarios make.
    private static var shapes: [(String, TrialReport)] {
        var empty = SampleReport(seconds: 1, partitions: 0).report
        empty.samples = []
        empty.topics = []
        empty.marks = []
        empty.lines = []
        var broken = SampleReport(seconds: 30, halt: 10..<12).report
        broken.seconds = .infinity
        broken.marks.append(Mark(.fault, second: .nan, text: "no time"))
        broken.samples[3].p99Milliseconds = .nan
        broken.samples[4].p50Milliseconds = -3
        broken.samples[5].processorCores = .infinity
        return [
            ("usual", SampleReport().report), ("empty", empty), ("broken", broken),
            ("not run", SampleReport(outcome: .notRun).report),
            ("one", SampleReport(seconds: 40, partitions: 1, halt: 10..<12, missing: 2, duplicated: 3).report),
            ("2,000 partitions", SampleReport(outcome: .failed, seconds: 90, partitions: 2_000, missing: 9).report),
            ("an hour", SampleReport(seconds: 3_600, partitions: 60).report),
            ("many topics", SampleReport(seconds: 30, partitions: 1, topics: (0..<90).map { "t\($0)" }).report),
        ]
    }

    @Test func `every page is well-formed, whatever was tried`() {
        for (name, report) in Self.shapes {
            #expect(Page(ReportPage([report]).html).fault == nil, "\(name)")
        }
        #expect(Page(ReportPage([]).html).fault == nil)
        #expect(Page(ReportPage(Self.shapes.map(\.1), unread: ["x.json"]).html).fault == nil)
    }

    @Test func `every line and every block lies within its drawing`() {
        for (name, report) in Self.shapes {
            let page = Page(ReportPage([report]).html)
            var size = (width: 0.0, height: 0.0)
            for element in page.elements {
                if element.name == "svg", let box = element.attributes["viewBox"] {
                    let numbers = box.split(separator: " ").compactMap { Double($0) }
                    #expect(numbers.count == 4, "\(name): \(box)")
                    size = (numbers[2], numbers[3])
                }
                if element.name == "path", let data = element.attributes["d"] {
                    let points = PathData(data).points
                    #expect(!points.isEmpty, "\(name): \(data)")
                    #expect(points.allSatisfy { (0...size.width).contains($0.x) && (0...size.height).contains($0.y) })
                }
                if element.name == "rect" {
                    let (x, y) = (element.number("x"), element.number("y"))
                    #expect(x >= 0 && x + element.number("width") <= size.width + 0.2, "\(name)")
                    #expect(y >= 0 && y + element.number("height") <= size.height + 0.2, "\(name)")
                }
            }
        }
    }

    @Test func `every plot has a name and a description that it points to`() {
        let page = Page(ReportPage([SampleReport().report]).html)
        let plots = page.all("svg", "plot")
        #expect(plots.count == 12)
        let ids = page.elements.compactMap { $0.attributes["id"] }
        #expect(Set(ids).count == ids.count)
        for plot in plots {
            let names = plot.attributes["aria-labelledby"]?.split(separator: " ").map(String.init) ?? []
            #expect(names.count == 2)
            for name in names { #expect(page.elements.contains { $0.attributes["id"] == name && !$0.text.isEmpty }) }
        }
    }

    @Test func `nothing is fetched from anywhere`() {
        let html = ReportPage(Self.shapes.map(\.1)).html
        for word in ["http:", "https:", "url(", "@import", " src="] { #expect(!html.contains(word), "\(word)") }
        let links = Page(html).elements.compactMap { $0.attributes["href"] }
        #expect(!links.isEmpty)
        #expect(links.allSatisfy { $0.hasPrefix("#") })
    }

    @Test func `an hour's page stays small`() {
        for (name, report) in Self.shapes {
            #expect(ReportPage([report]).html.utf8.count < 600_000, "\(name)")
        }
    }

    @Test func `text from outside stays text, wherever it comes from`() {
        var report = SampleReport(mirror: Self.hostile, seconds: 30, halt: 10..<12, missing: 3).report
        report.scenario = ScenarioName(id: Self.hostile, name: Self.hostile, title: Self.hostile)
        report.mirrorVersion = Self.hostile
        report.command = Self.hostile
        report.reason = Self.hostile
        report.machine = Machine(
            processor: Self.hostile, cores: 1, memoryMebibytes: 1, system: Self.hostile, kafka: Self.hostile)
        report.lines = [PassLine(Self.hostile, measured: Self.hostile, isMet: false)]
        report.marks = [Mark(.fault, second: 3, text: Self.hostile)]
        for index in report.topics.indices {
            report.topics[index].topic = Self.hostile
            report.topics[index].verdict.readFaults = [Self.hostile]
            for finding in report.topics[index].verdict.findings.indices {
                report.topics[index].verdict.findings[finding].topic = Self.hostile
            }
        }
        report.topics.append(report.topics[0])
        let html = ReportPage([report], unread: [Self.hostile]).html
        let page = Page(html)
        #expect(page.fault == nil)
        #expect(page.all("script").count == 1)
        #expect(page.all("b").allSatisfy { !$0.path.contains("code") })
        #expect(page.text.contains("<script>alert('x')</script>"))
        let unsafe: [Unicode.Scalar] = ["\u{1B}", "\u{202E}", "\u{0}"]
        #expect(!html.unicodeScalars.contains { unsafe.contains($0) })
        let summary = TrialSummary.text(of: report) + TrialSummary.table(of: [report])
        #expect(!summary.unicodeScalars.contains { unsafe.contains($0) })
    }

    @Test func `what was not run is neither passed nor failed`() {
        let page = Page(ReportPage([SampleReport(outcome: .notRun).report]).html)
        #expect(page.elements.filter { $0.has("badge") }.allSatisfy { $0.has("notrun") && $0.text == "not run" })
        #expect(page.all("svg", "plot").isEmpty)
        #expect(page.all("table", "lines").isEmpty)
        #expect(page.all("p", "callout").map(\.text) == ["this kernel has no netem: packets cannot be lost"])
        let numbers = page.all("b").filter { $0.path.suffix(1) == ["li"] }.map(\.text)
        #expect(numbers == ["0", "0", "1"])
    }

    @Test func `scenarios are in order of their numbers, our mirror first, and every trial can be reached`() {
        let pairs = [("S10", "b"), ("S2", "b"), ("S10", "martlet"), ("S2", "martlet"), ("S11b", "a")]
        let page = Page(ReportPage(pairs.map { SampleReport(id: $0.0, mirror: $0.1, seconds: 20).report }).html)
        let trials = page.all("details", "trial").compactMap { $0.attributes["id"] }
        #expect(trials == ["S2-martlet", "S2-b", "S10-martlet", "S10-b", "S11b-a"])
        #expect(Set(page.all("a", "badge").compactMap { $0.attributes["href"] }) == Set(trials.map { "#" + $0 }))
        #expect(page.all("td", "none").count { $0.text == "no trial" } == 4)
    }

    @Test func `what was once recorded stands beside its scenario only`() {
        for recorded in RecordedOutcomes.all {
            let text = Page(ReportPage([SampleReport(id: recorded.scenario, seconds: 20).report]).html).text
            #expect(text.contains(recorded.uReplicator) && text.contains(recorded.brooklin))
        }
        #expect(!Page(ReportPage([SampleReport(id: "S20", seconds: 20).report]).html).text.contains("uReplicator"))
    }

    @Test func `trials of two machines are said to be so`() {
        var other = SampleReport(id: "S9", seconds: 20).report
        other.machine.cores = 64
        let one = SampleReport(seconds: 20).report
        #expect(!Page(ReportPage([one]).html).text.contains("2 machines"))
        #expect(Page(ReportPage([one, other]).html).text.contains("2 machines"))
    }
}
