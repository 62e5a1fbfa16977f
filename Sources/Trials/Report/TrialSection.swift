import Verify

/// One trial on the page: what was demanded, what was found, and how it went.
struct TrialSection: Sendable {
    private let report: TrialReport
    private let figures: TrialFigures
    private let isOpen: Bool
    private let id: String

    private static let findingsMax = 40
    private static let topicsMax = 12

    init(_ report: TrialReport, isOpen: Bool) {
        self.report = report
        self.isOpen = isOpen
        figures = TrialFigures(report)
        id = ReportFolder.stem(of: report)
    }

    var markup: Markup {
        let open: Markup = isOpen ? " open=\"open\"" : ""
        let version: Markup = report.mirrorVersion.map { " <small>\($0)</small>" } ?? ""
        return """
            <details class="trial" id="\(id)"\(open)>
            <summary><span class="badge \(ReportStyle.name(of: report.outcome))">\(report.outcome.rawValue)</span>\
            <h2>\(report.scenario.id) \(report.scenario.title)</h2>\
            <span class="who">\(Figures.clipped(report.mirror, to: 80))\(version)</span></summary>
            <p class="meta">\(report.claim.rawValue) claimed; seed \(String(report.seed)); \
            \(Figures.seconds(report.seconds)) from \(Figures.minute(report.began))</p>
            \(reason)\(passLines)\(tiles)\(topicTable)\(findings)\(steps)\(TrialPlots(report, id: id).markup)
            <p class="again">Again: <code>\(report.command)</code></p>
            </details>

            """
    }

    private var reason: Markup {
        var texts = report.reason.map { [$0] } ?? []
        if !figures.isComplete { texts.append("The destination was not read to its end: nothing is proved.") }
        texts += figures.readFaults.map { "While reading: \($0)" }
        return "\(texts.map { "<p class=\"callout \(ReportStyle.name(of: report.outcome))\">\($0)</p>\n" as Markup })"
    }

    private var passLines: Markup {
        guard !report.lines.isEmpty else { return "" }
        let rows = report.lines.map { line in
            """
            <tr class="\(Markup(raw: line.isJudged ? (line.isMet ? "met" : "unmet") : "shown"))"><td class="sign">\
            \(line.standing)</td><td>\(line.demand)</td><td class="measured">\(line.measured)</td></tr>

            """ as Markup
        }
        return """
            <table class="lines"><thead><tr><th scope="col"></th><th scope="col">demanded</th>\
            <th scope="col">measured</th></tr></thead><tbody>
            \(rows)</tbody></table>

            """
    }

    // MARK: - Figures

    private func tile(_ name: String, _ value: String, _ note: String = "", isBad: Bool = false) -> Markup {
        """
        <div class="tile\(isBad ? " bad" : "")"><dt>\(name)</dt><dd>\(value)\
        \(note.isEmpty ? "" : "<small>\(note)</small>" as Markup)</dd></div>

        """
    }

    private var tiles: Markup {
        var tiles: [Markup] = []
        if let counts = figures.counts {
            tiles.append(
                tile("acknowledged", Figures.count(counts.expected), "read \(Figures.count(counts.received))"))
            for (kind, number) in TrialFigures.faults(counts) {
                let note = kind == .altered ? TrialFigures.alteredFields(counts) ?? "" : ""
                let isAllowed = kind == .duplicated && report.claim == .atLeastOnce
                tiles.append(tile(kind.rawValue, Figures.count(number), note, isBad: number > 0 && !isAllowed))
            }
            if counts.unacknowledged > 0 {
                tiles.append(
                    tile("unacknowledged", Figures.count(counts.unacknowledged), "there all the same: allowed"))
            }
        }
        if let latency = figures.latency {
            let rest =
                "p99.99 \(Figures.milliseconds(microseconds: latency.p9999)), max "
                + Figures.milliseconds(microseconds: latency.max)
            tiles.append(tile("latency p50", Figures.milliseconds(microseconds: latency.p50)))
            tiles.append(tile("latency p99", Figures.milliseconds(microseconds: latency.p99), rest))
        }
        if let stall = figures.longestStall {
            tiles.append(tile("longest stall", Figures.seconds(stall.seconds), Figures.clipped(stall.place, to: 40)))
        }
        if let mean = figures.processorMean, let peak = figures.processorPeak {
            tiles.append(
                tile("cores", Figures.decimal(mean, places: 2), "at most \(Figures.decimal(peak, places: 2))"))
        }
        if let first = figures.memoryFirst, let peak = figures.memoryPeak, let last = figures.memoryLast {
            tiles.append(
                tile(
                    "memory", Figures.decimal(last, places: 0) + " MiB",
                    "\(Figures.decimal(first, places: 0)) at first, \(Figures.decimal(peak, places: 0)) at most"))
        }
        if let connections = figures.connectionsPeak { tiles.append(tile("connections", "\(connections)", "at most")) }
        return tiles.isEmpty ? "" : "<dl class=\"tiles\">\n\(tiles)</dl>\n"
    }

    /// Only where there is more than one: the worst first, the rest added up by their number.
    private var topicTable: Markup {
        guard report.topics.count > 1 else { return "" }
        let claim = report.claim
        let order = report.topics.enumerated().sorted { left, right in
            let faults = [left, right].map { TrialFigures.faultCount($0.element.verdict.counts) }
            return faults[0] == faults[1] ? left.offset < right.offset : faults[0] > faults[1]
        }
        let rows = order.prefix(Self.topicsMax).map { _, result in
            let counts = result.verdict.counts
            let faults = TrialFigures.faults(counts).map { "<td>\(Figures.count($0.number))</td>" as Markup }
            return """
                <tr class="\(result.verdict.isClean(claim) ? "met" : "unmet")"><th scope="row">\
                \(Figures.clipped(result.topic, to: 60))</th><td>\(result.partitions.count)</td>\
                <td>\(Figures.count(counts.expected))</td>\(faults)\
                <td>\(Figures.milliseconds(microseconds: result.verdict.latencyMicroseconds?.p99))</td></tr>

                """ as Markup
        }
        let rest = report.topics.count - Self.topicsMax
        let names = Finding.Kind.allCases.map { "<th scope=\"col\">\($0.rawValue)</th>" as Markup }
        return """
            <div class="scroll"><table class="numbers"><thead><tr><th scope="col">topic</th>\
            <th scope="col">partitions</th><th scope="col">acknowledged</th>\(names)<th scope="col">p99</th></tr></thead><tbody>
            \(rows)</tbody></table></div>
            \(rest > 0 ? "<p class=\"note\">and \(rest) topics more, none of them worse</p>\n" as Markup : "")
            """
    }

    private var findings: Markup {
        guard !figures.findings.isEmpty else { return "" }
        let open: Markup = report.outcome == .failed ? " open=\"open\"" : ""
        let items = figures.findings.prefix(Self.findingsMax).map { finding in
            "<li><code>\(finding.description)</code></li>\n" as Markup
        }
        let rest = figures.findings.count - Self.findingsMax
        return """
            <details\(open)><summary>Where: the first faults of each kind\
            </summary><ul class="findings">
            \(items)</ul>\(rest > 0 ? "<p class=\"note\">and \(rest) more in the JSON</p>" as Markup : "")</details>

            """
    }

    /// The legend of the marks: numbers as in the plots.
    private var steps: Markup {
        let marks = report.marks.filter(\.second.isFinite).sorted { $0.second < $1.second }
        guard !marks.isEmpty else { return "" }
        let items = marks.map { mark in
            """
            <li class="\(Markup(raw: mark.kind.rawValue))"><span class="at">\(Figures.seconds(mark.second))</span> \
            \(mark.text) <span class="kind">\(mark.kind.rawValue)</span></li>

            """ as Markup
        }
        return "<h3>What was done</h3>\n<ol class=\"steps\">\(items)</ol>\n"
    }
}
