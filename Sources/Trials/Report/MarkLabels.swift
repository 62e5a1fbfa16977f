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
        let text: String
        /// Stands to the left of its line, because there is no room at the right.
        let isLeft: Bool
    }

    private(set) var labels: [Label] = []
    private(set) var rows = 0

    private static let rowsMax = 4
    private static let textMax = 44
    /// Of the small letters that labels are written in; rather too wide than too narrow.
    private static let letter = 7.0
    private static let gap = 8.0

    /// - Parameter isFull: whether there is room for words; else there are numbers only.
    init(_ marks: [Mark], left: Double, right: Double, isFull: Bool, x: (Double) -> Double) {
        let sorted = marks.filter(\.second.isFinite).sorted { $0.second < $1.second }
        var taken: [[ClosedRange<Double>]] = Array(repeating: [], count: Self.rowsMax)
        for (index, mark) in sorted.enumerated() {
            let place = x(mark.second)
            let words = "\(index + 1) " + Figures.clipped(Figures.plain(mark.text), to: Self.textMax)
            // The next line must not be written over by a long name while a row below has room.
            let texts = isFull ? [words, "\(index + 1)"] : ["\(index + 1)"]
            let box = texts.lazy.compactMap { Self.room(for: $0, at: place, from: left, to: right, taken: taken) }.first
            if let box {
                taken[box.row].append(box.left...box.right)
                rows = max(rows, box.row + 1)
            }
            labels.append(Label(number: index + 1, mark: mark, x: place, box: box))
        }
    }

    private static func room(
        for text: String, at x: Double, from left: Double, to right: Double, taken: [[ClosedRange<Double>]]
    ) -> Box? {
        let width = Double(text.count) * letter + 6
        for row in 0..<rowsMax {
            for isLeft in [false, true] {
                let start = isLeft ? x - width : x
                guard start >= left - 1, start + width <= right + 1 else { continue }
                let needed = (start - gap)...(start + width + gap)
                if taken[row].contains(where: { $0.overlaps(needed) }) { continue }
                return Box(row: row, left: start, right: start + width, text: text, isLeft: isLeft)
            }
        }
        return nil
    }
}
