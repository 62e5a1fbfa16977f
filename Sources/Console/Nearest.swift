/// The name that was probably meant.
package enum Nearest {
    /// - Returns: the candidate with the fewest edits; `nil` when even that one differs in more than a third of the
    ///   letters (two edits are always allowed to words of four letters and more).
    package static func name(to text: String, among candidates: some Sequence<String>) -> String? {
        let letters = Array(text.lowercased())
        let ranked = candidates.map { (name: $0, edits: distance(letters, Array($0.lowercased()))) }
        guard let best = ranked.min(by: { $0.edits < $1.edits }) else { return nil }
        let allowed = letters.count < 4 ? 1 : max(2, letters.count / 3)
        return best.edits <= allowed ? best.name : nil
    }

    /// Insertions, deletions, replacements and swaps of neighbours that make one word of the other.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var rows = [Array(0...right.count)]
        for (i, letter) in left.enumerated() {
            var row = [i + 1]
            for (j, other) in right.enumerated() {
                var edits = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (letter == other ? 0 : 1))
                if i > 0, j > 0, letter == right[j - 1], left[i - 1] == other {
                    edits = min(edits, rows[i - 1][j - 1] + 1)
                }
                row.append(edits)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
