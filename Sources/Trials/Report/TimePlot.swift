/// Lines over the seconds of a trial.
struct TimePlot: Sendable {
    let id: String
    let title: String
    let description: String
    let scale: PlotScale
    let series: [PlotSeries]
    let text: @Sendable (Double) -> String
    let seconds: Double
    let marks: [Mark]
    /// Stretches that are shaded: no process of the mirror ran.
    let idle: [ClosedRange<Double>]
    let height: Double
    let hasWords: Bool

    /// Both drawings; the page shows the one that fits.
    var svg: Markup { "\(svg(width: PlotFrame.wide))\(svg(width: PlotFrame.narrow))" }

    func svg(width: Double) -> Markup {
        let frame = PlotFrame(
            width: width, plotHeight: height, seconds: seconds, marks: marks, hasWords: hasWords)
        let shades = idle.map { stretch in
            let (from, to) = (frame.x(stretch.lowerBound), frame.x(stretch.upperBound))
            return """
                <rect class="idle" x="\(from)" y="\(frame.top)" width="\(max(1, to - from))" height="\(frame.plotHeight)">\
                <title>no process of the mirror runs</title></rect>

                """ as Markup
        }
        let content: Markup = """
            \(shades)\(frame.timeAxis)\(frame.valueAxis(scale, text: text))\(series.map { lines($0, in: frame) })\
            \(frame.markLines)\(frame.isWide ? readings(in: frame) : "")
            """
        return frame.svg(style: "lines", title: title, description: description, id: id, content)
    }

    /// One line: as many points as the eye can tell apart, no bridge over a gap.
    private func lines(_ series: PlotSeries, in frame: PlotFrame) -> Markup {
        let runs = series.thinned(to: frame.isWide ? 360 : 150, seconds: seconds)
        var line = ""
        var area = ""
        for run in runs {
            guard let first = run.first, let last = run.last else { continue }
            var path = ""
            for (index, point) in run.enumerated() {
                let place = Figures.length(frame.x(point.second)) + " " + Figures.length(frame.y(point.value, scale))
                path += (index == 0 ? "M" : "L") + place
            }
            // A single second is a dot.
            line += run.count == 1 ? path + "h0" : path
            if series.isArea, run.count > 1 {
                let (from, to) = (Figures.length(frame.x(first.second)), Figures.length(frame.x(last.second)))
                area += path + "L\(to) \(Figures.length(frame.bottom))L\(from) \(Figures.length(frame.bottom))z"
            }
        }
        guard !line.isEmpty else { return "" }
        let style = Markup(raw: series.style)
        let fill: Markup = area.isEmpty ? "" : "<path class=\"area \(style)\" d=\"\(Markup(raw: area))\"/>\n"
        return "\(fill)<path class=\"line \(style)\" d=\"\(Markup(raw: line))\"/>\n"
    }

    /// Columns that say their figures when they are pointed at.
    private func readings(in frame: PlotFrame) -> Markup {
        let columns = min(90, max(1, Int(seconds)))
        let width = seconds / Double(columns)
        var values = Array(repeating: Array(repeating: [] as [Double], count: series.count), count: columns)
        for (index, one) in series.enumerated() {
            for point in one.runs.joined() {
                // A sample's second is its end.
                let column = min(columns - 1, max(0, Int((point.second - 0.5) / width)))
                values[column][index].append(point.value)
            }
        }
        let parts = values.enumerated().compactMap { column, ofSeries -> Markup? in
            let texts = zip(series, ofSeries).compactMap { one, values -> String? in
                guard let low = values.min(), let high = values.max() else { return nil }
                return "\(one.name) " + (low == high ? text(low) : "\(text(low)) to \(text(high))")
            }
            guard !texts.isEmpty else { return nil }
            let (from, to) = (Double(column) * width, Double(column + 1) * width)
            let x = frame.x(from)
            return """
                <rect x="\(x)" y="\(frame.top)" width="\(frame.x(to) - x)" height="\(frame.plotHeight)"><title>\
                \(Figures.decimal(from, places: 0)) to \(Figures.decimal(to, places: 0)) s: \
                \(texts.joined(separator: ", "))</title></rect>

                """
        }
        return "<g class=\"readings\">\(parts)</g>\n"
    }
}
