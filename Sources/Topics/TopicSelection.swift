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

extension String {
    /// Kafka's rule for the name of a topic: 1 to 249 of `A-Z a-z 0-9 . _ -`, and neither `.` nor `..`.
    package var isLegalTopicName: Bool {
        (1...249).contains(utf8.count) && utf8.allSatisfy(\.isLegalInTopic) && self != "." && self != ".."
    }

    /// Martlet's own topics, and those in which a cluster keeps its own state. No selection reaches them: copied,
    /// the state of one cluster would pass for the state of another.
    package var isNeverMirroredTopic: Bool {
        hasPrefix("martlet.") || self == "__consumer_offsets" || self == "__transaction_state"
    }
}

extension UInt8 {
    fileprivate var isLegalInTopic: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
