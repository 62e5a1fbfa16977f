import Console
import Verify

/// What a terminal shows of trials: plain text of 100 columns at most, except where one word is longer.
package enum TrialSummary {
    private static let width = 100
    /// Faults are many when there are any; the JSON has them all.
    private static let findingsMax = 12

    // MARK: - One trial

    package static func text(of report: TrialReport) -> String {
        let figures = TrialFigures(report)
        var lines = head(of: report)
        if report.outcome != .notRun || !report.lines.isEmpty {
            lines += [""] + report.lines.map(passLine)
        }
        if let counts = figures.counts { lines += [""] + countLines(counts, figures) }
        lines += resourceLines(figures)
        lines += report.marks.map { mark in
            item("done", "\(Figures.seconds(mark.second).leading(11))  \(Figures.plain(mark.text))")
        }
        lines += findingLines(figures)
        lines += ["", item("again", Figures.plain(report.command))]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func head(of report: TrialReport) -> [String] {
        let outcome = report.outcome.rawValue.uppercased()
        let title = Figures.clipped(
            Figures.plain("\(report.scenario.id)  \(report.scenario.title)"), to: width - outcome.count - 2)
        var lines = [title.trailing(width - outcome.count) + outcome]
        let claim = report.claim.rawValue
        let times = "\(Figures.seconds(report.seconds)) from \(Figures.minute(report.began))"
        lines += wrapped("\(report.mirrorTitle), \(claim), seed \(report.seed), \(times)", indent: 0)
        if let reason = report.reason { lines += wrapped(Figures.plain(reason), indent: 0) }
        return lines
    }

    private static func passLine(_ line: PassLine) -> String {
        let demand = Figures.plain(line.demand)
        let sign = line.isFailure ? "  NOT MET  " : line.isJudged ? "  met      " : "  shown    "
        return sign + demand.trailing(56) + "  " + Figures.plain(line.measured)
    }

    private static func countLines(_ counts: Verdict.Counts, _ figures: TrialFigures) -> [String] {
        let faults = TrialFigures.faults(counts).map { "\($0.kind.rawValue) \(Quantity.count($0.number))" }
        var lines = [
            item("records", "expected \(Quantity.count(counts.expected))  received \(Quantity.count(counts.received))"),
            item("", faults.joined(separator: "  ")),
        ]
        if let fields = TrialFigures.alteredFields(counts) { lines.append(item("", "altered: \(fields)")) }
        if counts.unacknowledged > 0 {
            lines.append(item("", "never acknowledged, yet there (allowed): \(Quantity.count(counts.unacknowledged))"))
        }
        if !figures.isComplete {
            lines.append(item("", "the destination was not read to its end: nothing is proved"))
        }
        lines += figures.readFaults.map { item("", "while reading: \(Figures.plain($0))") }
        if let latency = figures.latency {
            let all = [("p50", latency.p50), ("p99", latency.p99), ("p99.99", latency.p9999), ("max", latency.max)]
            let texts = all.map { "\($0) \(Figures.milliseconds(microseconds: $1))" }
            lines.append(item("latency", texts.joined(separator: "  ")))
        }
        if let stall = figures.longestStall {
            let place = Figures.plain(stall.place)
            lines.append(item("stall", "\(Figures.seconds(stall.seconds)) at the longest, \(place)"))
        }
        return lines
    }

    private static func resourceLines(_ figures: TrialFigures) -> [String] {
        var parts: [String] = []
        if let mean = figures.processorMean, let peak = figures.processorPeak {
            parts.append("\(Figures.decimal(mean, places: 2)) cores (\(Figures.decimal(peak, places: 2)) at most)")
        }
        if let first = figures.memoryFirst, let peak = figures.memoryPeak, let last = figures.memoryLast {
            let texts = [first, peak, last].map { Figures.decimal($0, places: 0) }
            parts.append("memory \(texts[0]) MiB at first, \(texts[1]) at most, \(texts[2]) at last")
        }
        if let connections = figures.connectionsPeak { parts.append("\(connections) connections at most") }
        return parts.isEmpty ? [] : [item("mirror", parts.joined(separator: "; "))]
    }

    private static func findingLines(_ figures: TrialFigures) -> [String] {
        guard !figures.findings.isEmpty else { return [] }
        var lines = [item("faults", "the first of each kind")]
        lines += figures.findings.prefix(findingsMax).map { item("", Figures.plain($0.description)) }
        let rest = figures.findings.count - findingsMax
        if rest > 0 { lines.append(item("", "and \(rest) more in the JSON")) }
        return lines
    }

    /// Cut between words where it is too long; what follows stands further in.
    private static func wrapped(_ text: String, indent: Int) -> [String] {
        var lines: [String] = []
        var line = String(repeating: " ", count: indent)
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = String(repeating: " ", count: indent + 2)
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }

    private static func item(_ name: String, _ text: String) -> String {
        "  " + name.trailing(9) + text
    }

    // MARK: - A set of trials

    /// A line for each trial, and how many came out how.
    package static func table(of reports: [TrialReport]) -> String {
        let trials = ReportOrder.sorted(reports)
        let head = ["", "scenario", "mirror", "outcome", "lost", "twice", "p99", "stall", "cores", "MiB"]
        let rows = [head] + trials.map(row)
        // Words are cut, figures never.
        let most = [5, 26, 14, 7]
        let widths = head.indices.map { column in
            let widest = rows.map { $0[column].count }.max() ?? 0
            return column < most.count ? min(most[column], widest) : widest
        }
        var lines = rows.map { row in
            zip(row, widths).enumerated()
                .map { $0 < most.count ? Figures.clipped($1.0, to: $1.1).trailing($1.1) : $1.0.leading($1.1) }
                .joined(separator: "  ").trimmed
        }
        lines += ["", ReportOrder.tally(trials)]
        for trial in trials where trial.outcome != .passed {
            lines += wrapped(
                "\(Figures.plain("\(trial.scenario.id) \(trial.mirror)")): \(whyNotPassed(trial))", indent: 2)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func row(of report: TrialReport) -> [String] {
        let figures = TrialFigures(report)
        return [
            Figures.plain(report.scenario.id), Figures.plain(report.scenario.name), Figures.plain(report.mirror),
            report.outcome.rawValue, Figures.count(figures.counts?.missing), Figures.count(figures.counts?.duplicated),
            Figures.milliseconds(microseconds: figures.latency?.p99), Figures.seconds(figures.longestStall?.seconds),
            figures.processorMean.map { Figures.decimal($0, places: 2) } ?? Figures.none,
            figures.memoryPeak.map { Figures.decimal($0, places: 0) } ?? Figures.none,
        ]
    }

    /// What kept a trial from passing, in a line.
    package static func whyNotPassed(_ report: TrialReport) -> String {
        var reasons = report.lines.filter { $0.isFailure && report.outcome == .failed }
            .map { "\($0.demand): \($0.measured)" }
        if let reason = report.reason { reasons.insert(reason, at: 0) }
        return reasons.isEmpty ? report.outcome.rawValue : Figures.plain(reasons.joined(separator: "; "))
    }
}

extension Figures {
    static func milliseconds(microseconds: Int64?) -> String {
        milliseconds(microseconds.map { Double($0) / 1_000 })
    }
}

extension String {
    /// With blanks behind it, or before it, up to a width; a longer text stays as it is.
    fileprivate func trailing(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    fileprivate func leading(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }

    fileprivate var trimmed: String {
        var rest = self[...]
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
