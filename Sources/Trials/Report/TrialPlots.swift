/// The plots of one trial, one under the other with the same seconds above each other.
struct TrialPlots: Sendable {
    private let report: TrialReport
    private let id: String
    private let seconds: Double

    init(_ report: TrialReport, id: String) {
        self.report = report
        self.id = id
        seconds = report.drawnSeconds
    }

    var markup: Markup {
        var parts: [Markup] = []
        if !report.samples.isEmpty { parts += [rates, latency, processor, memory, connections].compactMap { $0 } }
        if report.topics.contains(where: { !$0.partitions.isEmpty }) { parts.append(map) }
        return parts.isEmpty ? "" : "<div class=\"plots\">\n\(parts)\(asText)</div>\n"
    }

    // MARK: - Lines

    private var rates: Markup? {
        figure(
            "rate", title: "Records a second", text: { Figures.short($0) }, height: 190, hasWords: true,
            series: [
                series("out", "out", isArea: true) { Double($0.received) },
                series("in", "in") { Double($0.sent) },
            ],
            legend: ["out": "judged at the destination", "in": "acknowledged by the source"])
    }

    private var latency: Markup? {
        figure(
            "latency", title: "Latency", scale: .logarithmic, text: { Figures.milliseconds($0) }, height: 190,
            hasWords: true,
            series: [series("p99", "p99") { $0.p99Milliseconds }, series("p50", "p50") { $0.p50Milliseconds }],
            legend: ["p99": "99 of 100 records are faster", "p50": "half of them are"])
    }

    private var processor: Markup? {
        figure(
            "cores", title: "Processor of the mirror", text: { Figures.decimal($0, places: 2) }, height: 90,
            series: [series("cores", "own", isArea: true) { $0.processorCores }],
            legend: ["cores": "all processes together"])
    }

    private var memory: Markup? {
        figure(
            "memory", title: "Memory of the mirror", text: { Figures.short($0) }, height: 90,
            series: [series("MiB", "own", isArea: true) { $0.memoryMebibytes }],
            legend: ["MiB": "resident, all processes together"])
    }

    private var connections: Markup? {
        figure(
            "connections", title: "Connections of the mirror", text: { Figures.short($0) }, height: 90,
            series: [series("connections", "own", isArea: true) { $0.connections.map(Double.init) }],
            legend: ["connections": "to both clusters"])
    }

    private func series(
        _ name: String, _ style: String, isArea: Bool = false, value: (Sample) -> Double?
    ) -> PlotSeries {
        PlotSeries(name, style: style, isArea: isArea, samples: report.samples, value: value)
    }

    private func figure(
        _ name: String, title: String, scale: PlotScale.Kind = .linear, text: @escaping @Sendable (Double) -> String,
        height: Double, hasWords: Bool = false, series: [PlotSeries], legend: [String: String]
    ) -> Markup? {
        guard series.contains(where: { !$0.runs.isEmpty }) else { return nil }
        let plot = TimePlot(
            id: "\(id)-\(name)", title: title, description: Self.description(series, text),
            scale: PlotScale(scale, values: series.lazy.flatMap(\.values)), series: series, text: text,
            seconds: seconds, marks: report.marks, idle: idle, height: height, hasWords: hasWords)
        let keys = series.map { one in
            """
            <span class="key"><svg viewBox="0 0 26 10" aria-hidden="true"><path class="line \(Markup(raw: one.style))" \
            d="M2 5H24"/></svg> <b>\(one.name)</b> \(legend[one.name] ?? "")</span>
            """ as Markup
        }
        return """
            <figure><figcaption><h3>\(title)</h3>\(keys)\(idle.isEmpty ? "" : key("idle", "no process runs"))</figcaption>
            \(plot.svg)</figure>

            """
    }

    /// For those who cannot see the plot, and for those who want it in a sentence.
    private static func description(_ series: [PlotSeries], _ text: (Double) -> String) -> String {
        let parts = series.compactMap { one -> String? in
            let values = one.values.sorted()
            guard let low = values.first, let high = values.last else { return nil }
            return "\(one.name): \(text(low)) to \(text(high)), median \(text(values[values.count / 2]))"
        }
        return "Over time, with the marks of what was done. " + parts.joined(separator: "; ") + "."
    }

    /// While no process ran; nothing is shaded where processes were not counted at all.
    private var idle: [ClosedRange<Double>] {
        guard report.samples.contains(where: { $0.processes > 0 }) else { return [] }
        var stretches: [ClosedRange<Double>] = []
        for sample in report.samples where sample.processes == 0 {
            let (from, to) = (Double(sample.second) - 1, Double(sample.second))
            if let last = stretches.last, last.upperBound >= from, to >= last.lowerBound {
                stretches[stretches.count - 1] = last.lowerBound...max(last.upperBound, to)
            } else {
                stretches.append(from...to)
            }
        }
        return stretches
    }

    // MARK: - Map

    private var map: Markup {
        let partitions = report.topics.reduce(0) { $0 + $1.partitions.count }
        let usual = LossMap(report.topics, seconds: seconds, columnsMax: 240).usual
        let description =
            "Rows are partitions, \(Figures.count(Int64(partitions))) in all. The figures of each row stand in its title."
        let plot = LossMapPlot(
            id: "\(id)-map", topics: report.topics, seconds: seconds, marks: report.marks, description: description,
            claim: report.claim)
        let levels = (1...LossMap.levels).map { level in
            "<path class=\"level\(level)\" d=\"M\((level - 1) * 12) 6h12\"/>" as Markup
        }
        let shared: Markup =
            partitions > LossMap.rowsMax
            ? """
            <p class="note">\(Figures.count(Int64(partitions))) partitions: those with the most faults, the longest stalls and the most \
            records have rows of their own above; the others share the rows below, each with the mean of its partitions.</p>
            """ : ""
        return """
            <figure><figcaption><h3>Partitions</h3>\
            <span class="key"><svg class="ramp" viewBox="0 0 72 12" aria-hidden="true"><g class="cells" \
            stroke-width="12">\(levels)</g></svg> usual: <b>\(Figures.short(usual))</b> records a second; each shade \
            three times the one before</span>\(key("stall", "stands still"))\(key("missing", "missing"))\(key("twice", "came twice"))</figcaption>
            \(plot.svg)\(shared)</figure>

            """
    }

    private func key(_ style: Markup, _ text: String) -> Markup {
        """
        <span class="key"><svg class="swatch" viewBox="0 0 14 12" aria-hidden="true"><rect class="\(style)" x="2" y="1" width="10" \
        height="10"/></svg> \(text)</span>
        """
    }

    // MARK: - Text

    /// The lines in a table: a tenth of the trial in each row.
    private var asText: Markup {
        let samples = report.samples
        guard !samples.isEmpty else { return "" }
        let rows = (0..<min(10, samples.count)).map { part in
            let count = min(10, samples.count)
            let slice = samples[samples.count * part / count..<samples.count * (part + 1) / count]
            let number = Double(slice.count)
            let cores = slice.compactMap(\.processorCores)
            let cells = [
                Figures.short(slice.reduce(0) { $0 + Double($1.sent) } / number),
                Figures.short(slice.reduce(0) { $0 + Double($1.received) } / number),
                Figures.milliseconds(slice.compactMap(\.p99Milliseconds).max()),
                cores.isEmpty ? Figures.none : Figures.decimal(cores.reduce(0, +) / Double(cores.count), places: 2),
                slice.compactMap(\.memoryMebibytes).max().map { Figures.decimal($0, places: 0) } ?? Figures.none,
                slice.compactMap(\.connections).max().map { "\($0)" } ?? Figures.none,
            ]
            let end = slice.last.map { "\($0.second) s" } ?? ""
            return "<tr><th scope=\"row\">to \(end)</th>\(cells.map { "<td>\($0)</td>" as Markup })</tr>\n" as Markup
        }
        let names = ["in, records/s", "out, records/s", "worst p99", "cores", "MiB, at most", "connections, at most"]
        return """
            <details><summary>The lines as a table</summary><div class="scroll"><table class="numbers"><thead><tr>\
            <th scope="col">time</th>\(names.map { "<th scope=\"col\">\($0)</th>" as Markup })</tr></thead><tbody>
            \(rows)</tbody></table></div></details>

            """
    }
}
