import Model
import Patterns

/// Which topics of the source a flow mirrors.
package struct TopicSelection: Sendable {
    private let names: Set<String>
    private let patterns: [Pattern]

    /// - Throws: the fault of the first entry that is no regular expression.
    package init(_ entries: [TopicEntry]) throws(PatternFault) {
        var names: Set<String> = []
        var patterns: [Pattern] = []
        for entry in entries {
            switch entry {
            case .literal(let name): names.insert(name)
            case .pattern(let text): patterns.append(try Pattern(text))
            }
        }
        self.names = names
        self.patterns = patterns
    }

    /// Whether some entry names `topic`, and it is none of those that are never mirrored.
    package func selects(_ topic: String) -> Bool {
        guard !topic.isNeverMirroredTopic else { return false }
        return names.contains(topic) || patterns.contains { $0.matchesWhole(topic) }
    }
}

extension TopicEntry {
    /// Reads an entry as it is written: legal topic characters only make a name, anything else a regular expression.
    ///
    /// So `payments.v1` is one topic, although its dot would mean any character in a regular expression.
    package init(parsing text: String) {
        self = text.utf8.allSatisfy(\.isLegalInTopic) ? .literal(text) : .pattern(text)
    }
}
