/// Every mistake of one configuration, by line. One line of text each.
///
/// No problem shows a value that came from the environment or from another file, or any value below `kafka:`.
package struct ConfigurationProblems: Error, Sendable, CustomStringConvertible {
    package let file: String
    /// By line, then by column; never empty.
    package let problems: [ConfigurationProblem]

    package var description: String {
        problems.map { problem in
            guard let place = problem.place else { return "\(file): \(problem.text)" }
            return "\(file):\(place.line): \(problem.text)"
        }.joined(separator: "\n")
    }
}

/// One mistake.
package struct ConfigurationProblem: Hashable, Sendable {
    /// `nil`: the file as a whole.
    package let place: Place?
    /// Which key, what it is, what was expected, what to do.
    package let text: String
}

/// A place in a text. Line and column are counted from 1, the column in characters.
package struct Place: Hashable, Comparable, Sendable {
    package let line: Int
    package let column: Int

    package static func < (left: Self, right: Self) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// The mistakes found so far. One ledger serves a whole load, so that one run reports them all.
final class ProblemLedger {
    private var problems: [ConfigurationProblem] = []

    var isEmpty: Bool { problems.isEmpty }

    func note(at place: Place?, _ text: String) {
        problems.append(ConfigurationProblem(place: place, text: text))
    }

    func report(file: String) -> ConfigurationProblems {
        precondition(!problems.isEmpty, "a report without a problem")
        // The index keeps the order of discovery among equal places: `sorted` promises none.
        let sorted = problems.enumerated().sorted { left, right in
            let (leftPlace, rightPlace) = (left.element.place, right.element.place)
            if leftPlace == rightPlace { return left.offset < right.offset }
            guard let leftPlace else { return true }
            guard let rightPlace else { return false }
            return leftPlace < rightPlace
        }
        return ConfigurationProblems(file: file, problems: sorted.map(\.element))
    }
}

/// `text` in quotes, fit for one line of a terminal: control and formatting characters are spelled out, long texts cut.
func quoted(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(80) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
            shown += "\\u{\(String(scalar.value, radix: 16))}"
        default: shown.unicodeScalars.append(scalar)
        }
    }
    return "\"\(shown)\(text.unicodeScalars.count > 80 ? "..." : "")\""
}
