/// The room of a plot, what all plots of a trial share: the same seconds stand at the same place in each, so that the
/// lines of marks go through all of them.
struct PlotFrame: Sendable {
    let width: Double
    let seconds: Double
    let plotHeight: Double
    let labels: MarkLabels

    let left: Double
    let right: Double
    private static let rowHeight = 15.0

    /// A phone gets a drawing of its own: shrunk letters could not be read.
    static let wide = 960.0
    static let narrow = 380.0

    init(width: Double, plotHeight: Double, seconds: Double, marks: [Mark], hasWords: Bool) {
        self.width = width
        self.plotHeight = plotHeight
        self.seconds = seconds
        let isWide = width >= Self.wide
        let (left, right) = (isWide ? 84.0 : 58.0, width - (isWide ? 16 : 8))
        self.left = left
        self.right = right
        labels = MarkLabels(marks, left: left, right: right, isFull: hasWords && isWide) { second in
            left + (right - left) * min(max(second / seconds, 0), 1)
        }
    }

    var isWide: Bool { width >= Self.wide }
    var top: Double { Double(labels.rows) * Self.rowHeight + 8 }
    var bottom: Double { top + plotHeight }
    var height: Double { bottom + 22 }

    func x(_ second: Double) -> Double {
        left + (right - left) * (second.isFinite ? min(max(second / seconds, 0), 1) : 0)
    }

    /// The whole drawing, with a name and words for those who do not see it.
    func svg(style: String, title: String, description: String, id: String, _ content: Markup) -> Markup {
        let name = "\(id)-\(isWide ? "w" : "n")"
        return """
            <svg class="plot \(style) \(isWide ? "wide" : "narrow")" viewBox="0 0 \(width) \(height)" role="img" \
            aria-labelledby="\(name)-t \(name)-d">
            <title id="\(name)-t">\(title)</title><desc id="\(name)-d">\(description)</desc>
            \(content)</svg>

            """
    }

    var timeAxis: Markup {
        let ticks = PlotScale.times(upTo: seconds, parts: isWide ? 10 : 4)
        let parts = ticks.map { tick in
            let x = x(tick.second)
            // The last number would stand out of the frame.
            let anchor = x > right - 16 ? "end" : "middle"
            return """
                <path class="grid" d="M\(x) \(top)V\(bottom)"/><text x="\(x)" y="\(bottom + 15)" \
                text-anchor="\(Markup(raw: anchor))">\(tick.text)</text>

                """ as Markup
        }
        return "<g class=\"axis\">\(parts)</g>\n"
    }

    func valueAxis(_ scale: PlotScale, text: (Double) -> String) -> Markup {
        let parts = scale.ticks.map { tick in
            let y = y(tick, scale)
            return """
                <path class="grid" d="M\(left) \(y)H\(right)"/><text x="\(left - 7)" y="\(y + 4)" \
                text-anchor="end">\(text(tick))</text>

                """ as Markup
        }
        return "<g class=\"axis\">\(parts)</g>\n"
    }

    func y(_ value: Double, _ scale: PlotScale) -> Double {
        bottom - plotHeight * scale.share(value)
    }

    /// The lines of what was done, each with its name or number above.
    var markLines: Markup {
        Markup(
            labels.labels.map { label in
                let kind = Markup(raw: label.mark.kind.rawValue)
                let start = label.box.map { Double($0.row) * Self.rowHeight + 3 } ?? top
                var text: Markup = ""
                if let box = label.box {
                    let x = box.isLeft ? box.right - 4 : box.left + 4
                    text = """
                        <text x="\(x)" y="\(start + 10)" text-anchor="\(Markup(raw: box.isLeft ? "end" : "start"))">\
                        \(box.text)</text>
                        """
                }
                return """
                    <g class="mark \(kind)"><title>\(Figures.seconds(label.mark.second)): \(label.mark.text)</title>\
                    <path d="M\(label.x) \(start)V\(bottom)"/>\(text)</g>

                    """
            })
    }
}
