/// What must hold before the first record goes anywhere.
package struct GuardDefinition: Hashable, Sendable {
    /// Ids of clusters that may be written to; empty: any but the source.
    package var allowedClusterIDs: [String] = []
    /// A topic of the destination whose newest record's value names the environment.
    package var environmentMarker: EnvironmentMarker?
    /// Words in addresses and topic names of the destination that look like production; `^live` at the beginning only.
    package var looksLikeProduction: [String] = []
    /// Milliseconds since 1970 from which on nothing goes any more.
    package var expiresAt: Int64?
    /// Records carry headers that tell what they are a replay of.
    package var marks = false

    package struct EnvironmentMarker: Hashable, Sendable {
        package var topic: String
        package var equals: String

        package init(topic: String, equals: String) {
            self.topic = topic
            self.equals = equals
        }
    }

    package init() {}

    /// The first of the words in a name, in whatever case; `nil`: none.
    package func productionWord(in name: String) -> String? {
        let name = name.lowercased()
        return looksLikeProduction.first { word in
            let word = word.lowercased()
            return word.hasPrefix("^") ? name.hasPrefix(word.dropFirst()) : name.contains(word)
        }
    }
}
