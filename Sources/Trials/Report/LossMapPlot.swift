import Verify

/// The loss map drawn: a row for each partition, time to the right.
struct LossMapPlot: Sendable {
    let id: String
    let topics: [TopicResult]
    let seconds: Double
    let marks: [Mark]
    let description: String

    var svg: Markup { "\(svg(width: PlotFrame.wide))\(svg(width: PlotFrame.narrow))" }

    func svg(width: Double) -> Markup {
        let map = LossMap(topics, seconds: seconds, columnsMax: width >= PlotFrame.wide ? 240 : 96)
        guard !map.rows.isEmpty else { return "" }
        let rowHeight = min(26, max(7, 300 / Double(map.rows.count))).rounded(.down)
        // Rows of their own stand apart from those that are shared.
        let gap = map.picked > 0 && map.picked < map.rows.count ? rowHeight : 0
        let frame = PlotFrame(
            width: width, plotHeight: rowHeight * Double(map.rows.count) + gap, seconds: seconds, marks: marks,
            hasWords: true)
        let tops = map.rows.indices.map { row in
            frame.top + Double(row) * rowHeight + (row >= map.picked && map.picked > 0 ? gap : 0)
        }
        let rows = zip(map.rows, tops).map { self.row($0, top: $1, height: rowHeight, in: frame) }
        let faults = zip(map.rows, tops).map { self.faults($0, top: $1, height: rowHeight, in: frame) }
        // Faults lie on top: they happen where marks are.
        let content: Markup = """
            \(frame.timeAxis)\(rowLabels(map, tops: tops, height: rowHeight, in: frame))\
            \(cells(map, tops: tops, height: rowHeight, in: frame))\(rows)\(frame.markLines)\(faults)
            """
        return frame.svg(style: "map", title: "What came when, by partition", description: description, id: id, content)
    }

    /// As many labels as have room, those of rows with faults first; a row that is pointed at says its own.
    private func rowLabels(_ map: LossMap, tops: [Double], height: Double, in frame: PlotFrame) -> Markup {
        let letters = frame.isWide ? 12 : 8
        var taken: [Double] = []
        let order = map.rows.indices.filter { map.rows[$0].hasFaults } + map.rows.indices
        let parts = order.compactMap { index -> Markup? in
            let middle = tops[index] + height / 2
            guard !taken.contains(where: { abs($0 - middle) < 11 }) else { return nil }
            taken.append(middle)
            let row = map.rows[index]
            let sign = row.hasFaults ? "✗ " : ""
            let text = sign + shortened(Figures.plain(row.label), to: letters - sign.count)
            return """
                <text\(row.hasFaults ? Markup(raw: " class=\"bad\"") : "") x="\(frame.left - 7)" y="\(middle + 3.5)" \
                text-anchor="end">\(text)</text>

                """
        }
        return "<g class=\"axis rows\">\(parts)</g>\n"
    }

    /// The partition's number is what tells rows apart: the topic's name gives way, and goes where there is one only.
    func shortened(_ label: String, to length: Int) -> String {
        guard label.count > length, let bracket = label.lastIndex(of: "[") else {
            return Figures.clipped(label, to: length)
        }
        let number = label[bracket...].prefix { $0 != "," && $0 != " " }
        let rest = length - number.count - 1
        return rest < 2 || topics.count == 1 ? String(number) : label.prefix(rest) + "…" + number
    }

    /// Cells of one level are one path, and neighbours one stroke of it: a map of 64 rows stays small.
    private func cells(_ map: LossMap, tops: [Double], height: Double, in frame: PlotFrame) -> Markup {
        var paths = [String](repeating: "", count: LossMap.levels + 1)
        func edge(_ column: Int) -> String { Figures.length(frame.x(Double(column * map.secondsPerColumn))) }
        for (row, top) in zip(map.rows, tops) {
            let middle = Figures.length(top + height / 2)
            var start = 0
            while start < row.levels.count {
                let level = row.levels[start]
                let end = row.levels[start...].firstIndex { $0 != level } ?? row.levels.count
                if level > 0 {
                    paths[Int(level)] += "M\(edge(start)) \(middle)H\(edge(end))"
                }
                start = end
            }
        }
        let parts = paths.enumerated().filter { !$0.element.isEmpty }.map { level, path in
            "<path class=\"level\(level)\" d=\"\(Markup(raw: path))\"/>\n" as Markup
        }
        return "<g class=\"cells\" stroke-width=\"\(height > 9 ? height - 1.5 : height - 0.7)\">\(parts)</g>\n"
    }

    /// Where a row stands still; the row itself names its figures.
    private func row(_ row: LossMap.Row, top: Double, height: Double, in frame: PlotFrame) -> Markup {
        var parts: [Markup] = []
        for span in row.stalls {
            // A row of many shows how many of them stand still.
            let part = max(0.3, span.share) * (height - 1)
            parts.append(
                block("stall", span, y: top + (height - part) / 2, height: part, least: 1.5, in: frame) {
                    "stands still for \(Figures.seconds(span.to - span.from))"
                })
        }
        let title = """
            \(row.label): \(Figures.count(row.received)) records, \(Figures.count(row.missingCount)) missing, \
            \(Figures.count(row.duplicatedCount)) twice, longest stall \(Figures.seconds(row.longestStall))
            """
        return """
            <g><rect class="row" x="\(frame.left)" y="\(top)" width="\(frame.right - frame.left)" height="\(height)">\
            <title>\(title)</title></rect>\(parts)</g>

            """
    }

    private func faults(_ row: LossMap.Row, top: Double, height: Double, in frame: PlotFrame) -> Markup {
        var parts: [Markup] = []
        for span in row.duplicated {
            parts.append(
                block("twice", span, y: top + 1, height: height - 2, least: 6, in: frame) {
                    "\(Figures.count(span.count)) twice"
                })
        }
        for span in row.missing {
            parts.append(
                block("missing", span, y: top, height: height, least: 6, in: frame) {
                    "\(Figures.count(span.count)) missing"
                })
        }
        return Markup(parts)
    }

    private func block(
        _ style: Markup, _ span: LossMap.Span, y: Double, height: Double, least: Double, in frame: PlotFrame,
        text: () -> String
    ) -> Markup {
        let (from, to) = (frame.x(span.from), frame.x(span.to))
        let width = max(least, to - from)
        let x = min(max(frame.left, (from + to - width) / 2), frame.right - width)
        return """
            <rect class="\(style)" x="\(x)" y="\(y)" width="\(width)" height="\(height)"><title>\(text()), \
            \(Figures.decimal(span.from, places: 1)) to \(Figures.decimal(span.to, places: 1)) s</title></rect>
            """
    }
}
