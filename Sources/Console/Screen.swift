/// A block of lines at the bottom of a terminal that is drawn again and again in place.
///
/// It makes text and writes nothing. It leaves the rest of the screen, the scroll-back included, as it is.
package struct Screen: Sendable {
    private static let eraseToEnd = "\u{1B}[K"
    private static let eraseBelow = "\u{1B}[J"
    private let columns: Int
    private var drawn = 0

    /// - Parameter columns: the terminal's width. Lines are cut there: a wrapped line would spoil the count of rows.
    package init(columns: Int) {
        self.columns = max(20, columns)
    }

    /// What to write so that these lines stand where the last ones stood.
    package mutating func draw(_ lines: [String]) -> String {
        var text = drawn > 0 ? "\u{1B}[\(drawn)A\r" : "\r"
        for line in lines { text += line.prefix(columns - 1) + Self.eraseToEnd + "\n" }
        drawn = lines.count
        return text + Self.eraseBelow
    }

    /// What to write so that nothing of the block is left and other text can follow.
    package mutating func clear() -> String {
        guard drawn > 0 else { return "" }
        defer { drawn = 0 }
        return "\u{1B}[\(drawn)A\r" + Self.eraseBelow
    }
}
