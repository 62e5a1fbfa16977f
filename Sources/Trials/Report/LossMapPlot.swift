import Verify

/// The loss map drawn: a row for each partition, time to the right.
struct LossMapPlot: Sendable {
    let id: String
    let topics: [TopicResult]
    let seconds: Double
    let marks: [Mark]
    let description: String
    let claim: Claim

    var svg: Markup { "\(svg(width: PlotFrame.wide))\(svg(width: PlotFrame.narrow))" }

    func svg(width: Double) -> Markup {
        let map = LossMap(topics, seconds: seconds, columnsMax: width >= PlotFrame.wide ? 240 : 96)
        guard !map.rows.isEmpty else { return "" }
        let bands = Self.bands(map)
        let height = bands.last?.bottom ?? 0
        let frame = PlotFrame(width: width, plotHeight: height, seconds: seconds, marks: marks, hasWords: true)
        let placed = bands.map { Band(top: frame.top + $0.top, height: $0.height) }
        let rows = zip(map.rows, placed).map { self.row($0, $1, in: frame) }
        let faults = zip(map.rows, placed).map { self.faults($0, $1, in: frame) }
        // Faults lie on top: they happen where marks are.
        let content: Markup = """
            \(frame.timeAxis)\(rowLabels(map, placed, in: frame))\(cells(map, placed, in: frame))\(rows)\
            \(frame.markLines)\(faults)
            """
        return frame.svg(style: "map", title: "What came when, by partition", description: description, id: id, content)
    }

    /// Where a row lies.
    private struct Band {
        let top: Double
        let height: Double
        var middle: Double { top + height / 2 }
        var bottom: Double { top + height }
    }

    /// Rows of single partitions that were picked out of many are high enough for a label each, and stand apart.
    private static func bands(_ map: LossMap) -> [Band] {
        let isMixed = map.picked > 0 && map.picked < map.rows.count
        let usual = min(26, max(7, 300 / Double(map.rows.count))).rounded(.down)
        var top = 0.0
        return map.rows.indices.map { row in
            if isMixed, row == map.picked { top += 8 }
            let band = Band(top: top, height: isMixed && row < map.picked ? 13 : usual)
            top = band.bottom
            return band
        }
    }

    /// What comes twice breaks one claim and not the other.
    private func isFaulty(_ row: LossMap.Row) -> Bool {
        !row.missing.isEmpty || claim == .exactlyOnce && !row.duplicated.isEmpty
    }

    /// As many labels as have room, those of rows with faults first; a row that is pointed at says its own.
    private func rowLabels(_ map: LossMap, _ bands: [Band], in frame: PlotFrame) -> Markup {
        let letters = frame.isWide ? 11 : 8
        var taken: [Double] = []
        let order = map.rows.indices.filter { isFaulty(map.rows[$0]) } + map.rows.indices
        let parts = order.compactMap { index -> Markup? in
            let middle = bands[index].middle
            guard !taken.contains(where: { abs($0 - middle) < 11 }) else { return nil }
            taken.append(middle)
            let row = map.rows[index]
            let sign = isFaulty(row) ? "✗ " : ""
            let text = sign + shortened(Figures.plain(row.label), to: letters - sign.count)
            return """
                <text\(isFaulty(row) ? Markup(raw: " class=\"bad\"") : "") x="\(frame.left - 7)" y="\(middle + 3.5)" \
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
    private func cells(_ map: LossMap, _ bands: [Band], in frame: PlotFrame) -> Markup {
        // By level and height: a path has one width of stroke.
        var paths: [Double: [String]] = [:]
        func edge(_ column: Int) -> String { Figures.length(frame.x(Double(column * map.secondsPerColumn))) }
        for (row, band) in zip(map.rows, bands) {
            let middle = Figures.length(band.middle)
            var ofLevel = paths[band.height] ?? Array(repeating: "", count: LossMap.levels + 1)
            var start = 0
            while start < row.levels.count {
                let level = row.levels[start]
                let end = row.levels[start...].firstIndex { $0 != level } ?? row.levels.count
                if level > 0 {
                    ofLevel[Int(level)] += "M\(edge(start)) \(middle)H\(edge(end))"
                }
                start = end
            }
            paths[band.height] = ofLevel
        }
        let groups = paths.sorted { $0.key > $1.key }.map { height, ofLevel -> Markup in
            let parts = ofLevel.enumerated().filter { !$0.element.isEmpty }.map { level, path in
                "<path class=\"level\(level)\" d=\"\(Markup(raw: path))\"/>\n" as Markup
            }
            // Thin rows have no room for lines between them.
            return "<g class=\"cells\" stroke-width=\"\(height > 9 ? height - 1.5 : height + 0.3)\">\(parts)</g>\n"
        }
        return Markup(groups)
    }

    /// Where a row stands still; the row itself names its figures.
    private func row(_ row: LossMap.Row, _ band: Band, in frame: PlotFrame) -> Markup {
        var parts: [Markup] = []
        for span in row.stalls {
            // A row of many shows how many of them stand still.
            let part = max(0.3, span.share) * (band.height - 1)
            parts.append(
                block("stall", span, y: band.middle - part / 2, height: part, least: 1.5, in: frame) {
                    "stands still for \(Figures.seconds(span.to - span.from))"
                })
        }
        let title = """
            \(row.label): \(Figures.count(row.received)) records, \(Figures.count(row.missingCount)) missing, \
            \(Figures.count(row.duplicatedCount)) twice, longest stall \(Figures.seconds(row.longestStall))
            """
        return """
            <g><rect class="row" x="\(frame.left)" y="\(band.top)" width="\(frame.right - frame.left)" \
            height="\(band.height)"><title>\(title)</title></rect>\(parts)</g>

            """
    }

    private func faults(_ row: LossMap.Row, _ band: Band, in frame: PlotFrame) -> Markup {
        var parts: [Markup] = []
        for span in row.duplicated {
            parts.append(
                block("twice", span, y: band.top + 1, height: band.height - 2, least: 6, in: frame) {
                    "\(Figures.count(span.count)) twice"
                })
        }
        for span in row.missing {
            parts.append(
                block("missing", span, y: band.top, height: band.height, least: 6, in: frame) {
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
