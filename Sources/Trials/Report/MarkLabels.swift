/// Where the names of marks stand above a plot: in rows, none over another.
struct MarkLabels: Sendable {
    struct Label: Sendable {
        /// From 1, as in the list of what was done.
        let number: Int
        let mark: Mark
        /// Of the line.
        let x: Double
        /// `nil` where there was no room even for the number: the line stands alone, and names itself when it is pointed at.
        let box: Box?
    }

    struct Box: Sendable {
        let row: Int
        let left: Double
        let right: Double
        let line: Double
        let text: String
        /// Stands to the left of its line, because there is no room at the right.
        let isLeft: Bool
    }

    private(set) var labels: [Label] = []
    private(set) var rows = 0

    private static let rowsMax = 4
    /// Words are cut shorter before they give way to numbers.
    private static let textsMax = [48, 30]
    /// Of the small letters that labels are written in; rather too wide than too narrow.
    private static let letter = 7.0
    private static let gap = 8.0

    /// - Parameter isFull: whether there is room for words; else there are numbers only.
    init(_ marks: [Mark], left: Double, right: Double, isFull: Bool, x: (Double) -> Double) {
        let sorted = marks.filter(\.second.isFinite).sorted { $0.second < $1.second }
        let places = sorted.map { x($0.second) }
        let numbers = sorted.indices.map { "\($0 + 1)" }
        // Words for all or for none: a few among many would look as if they were the ones that matter.
        let attempts = (isFull ? Self.textsMax : []).lazy.map { most in
            let texts = zip(numbers, sorted).map { "\($0) " + Figures.clipped(Figures.plain($1.text), to: most) }
            return Self.boxes(texts, at: places, from: left, to: right)
        }
        let boxes =
            attempts.first { !$0.contains { $0 == nil } } ?? Self.boxes(numbers, at: places, from: left, to: right)
        labels = sorted.indices.map { index in
            Label(number: index + 1, mark: sorted[index], x: places[index], box: boxes[index])
        }
        rows = boxes.compactMap { $0?.row }.max().map { $0 + 1 } ?? 0
    }

    private static func boxes(_ texts: [String], at places: [Double], from left: Double, to right: Double) -> [Box?] {
        var placed: [Box?] = []
        for (text, x) in zip(texts, places) {
            placed.append(room(for: text, at: x, from: left, to: right, beside: placed.compactMap { $0 }))
        }
        return placed
    }

    /// The first row where the text lies over no other, and where its line, which goes down from it, crosses none.
    private static func room(
        for text: String, at x: Double, from left: Double, to right: Double, beside others: [Box]
    ) -> Box? {
        let width = Double(text.count) * letter + 6
        for row in 0..<rowsMax where !others.contains(where: { $0.row > row && $0.left < x && x < $0.right }) {
            for isLeft in [false, true] {
                let start = isLeft ? x - width : x
                let end = start + width
                guard start >= left - 1, end <= right + 1 else { continue }
                let isFree = others.allSatisfy { other in
                    let isApart = other.left > end + gap || other.right < start - gap
                    return other.row == row ? isApart : other.row > row || !(start < other.line && other.line < end)
                }
                if isFree { return Box(row: row, left: start, right: end, line: x, text: text, isLeft: isLeft) }
            }
        }
        return nil
    }
}
