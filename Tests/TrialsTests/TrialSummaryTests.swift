import Testing
import Trials

struct TrialSummaryTests {
    private func lines(_ text: String) -> [Substring] { text.split(separator: "\n") }

    @Test func `a trial's text says what was demanded, what was measured and where the faults are`() {
        let text = TrialSummary.text(of: SampleReport(outcome: .failed, halt: 60..<95, missing: 214).report)
        for words in [
            "S4  kill a destination broker", "FAILED", "NOT MET  no record lost, none twice", "214 lost, 0 twice",
            "missing 214  duplicated 0", "35.7 s at the longest", "latency  p50", "18 connections at most", "MiB",
            "destination broker 2 killed", "missing orders[1] sequence 1200 to 1413",
            "martlet verify run S4 --mirror martlet --seed 42",
        ] { #expect(text.contains(words), "\(words)") }
    }

    @Test func `what was not run says why, and claims no figure`() {
        let text = TrialSummary.text(of: SampleReport(outcome: .notRun).report)
        #expect(text.contains("NOT RUN") && text.contains("this kernel has no netem"))
        for word in ["met", "lost,", "latency", "records"] { #expect(!text.contains(word), "\(word)") }
        let row = lines(TrialSummary.table(of: [SampleReport(outcome: .notRun).report]))[1]
        #expect(row.contains("not run") && !row.contains("0"))
    }

    @Test func `a set's table has a line for each trial, in order and aligned, and adds up`() {
        let reports = ["S10", "S2", "S11", "S1"].map { id in
            SampleReport(id: id, outcome: id == "S11" ? .notRun : id == "S2" ? .failed : .passed, seconds: 70).report
        }
        let table = lines(TrialSummary.table(of: reports))
        #expect(table[1...4].map { $0.prefix { $0 != " " } } == ["S1", "S2", "S10", "S11"])
        #expect(Set(table[0...4].map(\.count)).count == 1)
        #expect(table[5] == "4 trials: 2 passed, 1 failed, 1 not run")
        #expect(table[6].contains("S2 martlet: partitions without a replica"))
    }

    @Test func `lines fit a terminal`() {
        let command = "command:" + String(repeating: "run --from x ", count: 30)
        let reports = SampleReport.scenarios.flatMap { id, _, _ in
            ["martlet", command].map { mirror in
                var report = SampleReport(id: id, mirror: mirror, outcome: .failed, seconds: 70).report
                report.command = "martlet verify run"
                return report
            }
        }
        let text = TrialSummary.table(of: reports) + reports.map(TrialSummary.text).joined()
        for line in lines(text) { #expect(line.count <= 110, "\(line)") }
    }

    @Test(arguments: [
        (0, "0"), (0.256, "0.26"), (12.34, "12.3"), (950, "950"), (9_999, "9,999"), (12_345, "12.3 k"),
        (999_960, "1 M"),
        (4_567_890, "4.57 M"), (-3, "-3"), (.nan, "–"), (.infinity, "–"),
    ])
    func `a number is short`(value: Double, text: String) {
        #expect(Figures.short(value) == text)
    }

    @Test(arguments: [(0.42, "0.4 ms"), (12.6, "13 ms"), (999.6, "1 s"), (2_100, "2.1 s"), (130_000, "2 min 10 s")])
    func `a time has the unit that people would use`(milliseconds: Double, text: String) {
        #expect(Figures.milliseconds(milliseconds) == text)
        #expect(Figures.milliseconds(nil) == "–")
    }
}
