import Verify

/// Scenarios by mirrors, with what was once recorded of two others beside them.
struct ReportMatrix: Sendable {
    private let trials: [TrialReport]
    private let mirrors: [String]

    init(_ trials: [TrialReport]) {
        self.trials = trials
        mirrors = ReportOrder.mirrors(of: trials)
    }

    /// In order, each once.
    private var scenarios: [ScenarioName] {
        var seen: Set<String> = []
        return trials.map(\.scenario).filter { seen.insert($0.id).inserted }
    }

    var markup: Markup {
        let hasRecorded = scenarios.contains { RecordedOutcomes.of($0.id) != nil }
        let names = mirrors.map { "<th scope=\"col\" role=\"columnheader\">\(Self.short($0))</th>" as Markup }
        let recorded: Markup =
            hasRecorded
            ? """
            <th scope="col" role="columnheader" class="old">uReplicator <small>recorded 2019</small></th>\
            <th scope="col" role="columnheader" class="old">Brooklin <small>recorded 2019</small></th>
            """ : ""
        let source: Markup = hasRecorded ? "<p class=\"note\">\(RecordedOutcomes.source)</p>" : ""
        return """
            <section>
            <h2>Scenarios</h2>
            <div class="scroll"><table class="matrix" role="table">
            <thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">scenario</th>\(names)\(recorded)</tr>\
            </thead>
            <tbody role="rowgroup">
            \(scenarios.map { row($0, hasRecorded: hasRecorded) })</tbody>
            </table></div>
            \(source)
            </section>
            """
    }

    private func row(_ scenario: ScenarioName, hasRecorded: Bool) -> Markup {
        let cells = mirrors.map { mirror in
            cell(trials.first { $0.scenario.id == scenario.id && $0.mirror == mirror }, mirror: mirror)
        }
        var old: Markup = ""
        if hasRecorded {
            let recorded = RecordedOutcomes.of(scenario.id)
            old = "\(self.old("uReplicator", recorded?.uReplicator))\(self.old("Brooklin", recorded?.brooklin))"
        }
        return """
            <tr role="row"><th scope="row" role="rowheader"><b>\(scenario.id)</b> \(scenario.title)</th>\
            \(cells)\(old)</tr>

            """
    }

    private func old(_ name: String, _ text: String?) -> Markup {
        guard let text else {
            return "<td role=\"cell\" class=\"old none\" data-of=\"\(name), 2019\">not recorded</td>"
        }
        return "<td role=\"cell\" class=\"old\" data-of=\"\(name), 2019\">\(text)</td>"
    }

    private func cell(_ trial: TrialReport?, mirror: String) -> Markup {
        guard let trial else {
            return "<td role=\"cell\" class=\"none\" data-of=\"\(Self.short(mirror))\">no trial</td>"
        }
        var lines: [Markup] = []
        if trial.outcome != .passed {
            lines.append("<p class=\"why\">\(Figures.clipped(TrialSummary.whyNotPassed(trial), to: 150))</p>")
        }
        let figures = TrialFigures(trial)
        if let counts = figures.counts {
            lines.append("<p>\(Figures.count(counts.missing)) lost, \(Figures.count(counts.duplicated)) twice</p>")
            var times: [Markup] = []
            if let p99 = figures.latency?.p99 {
                times.append("<span>p99 \(Figures.milliseconds(microseconds: p99))</span> ")
            }
            if let stall = figures.longestStall { times.append("<span>stall \(Figures.seconds(stall.seconds))</span>") }
            if !times.isEmpty { lines.append("<p>\(times)</p>") }
        }
        return """
            <td role="cell" data-of="\(Self.short(mirror))">\
            <a class="badge \(ReportStyle.name(of: trial.outcome))" href="#\(ReportFolder.stem(of: trial))">\
            \(trial.outcome.rawValue)</a>\(lines)</td>
            """
    }

    private static func short(_ mirror: String) -> String { Figures.clipped(mirror, to: 32) }
}
