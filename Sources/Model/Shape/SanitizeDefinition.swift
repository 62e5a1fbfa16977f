/// What is masked, and how.
package struct SanitizeDefinition: Hashable, Sendable {
    /// What every pseudonym is made with; never printed. The same key gives the same pseudonyms.
    package var key: Secret
    package var identities: [IdentityDefinition] = []
    /// In the order of the file: the first one that names a topic counts.
    package var policies: [SanitizePolicy] = []

    package init(key: Secret) {
        self.key = key
    }
}

/// Bytes that no description shows.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package var description: String { "(secret)" }
    package var debugDescription: String { description }
}

/// A space of pseudonyms: within it the same text has the same one, wherever it stands.
package struct IdentityDefinition: Hashable, Sendable {
    package var name: String
    /// What is done to a text before its pseudonym is made, in this order.
    package var canonical: [Step] = []

    package enum Step: String, Sendable, CaseIterable {
        /// Without white space at both ends.
        case trim
        /// Unicode's composed form (NFC).
        case nfc
        case lowercase
        /// A phone number as `+` and digits: without spaces, dashes, dots, parentheses; a leading `00` becomes `+`.
        case e164
    }

    package init(name: String) {
        self.name = name
    }
}

/// How records of some topics are sanitized.
package struct SanitizePolicy: Hashable, Sendable {
    package var topics: [TopicEntry]
    package var dataClass = DataClass.pii
    /// How values are to be read. Keys are texts, or JSON documents where a rule names a path in them.
    package var format = Format.json
    package var unlisted = Unlisted.mask
    /// Places of the value that pass as they are. They may lie inside or around places with rules: the longest path to a
    /// place counts, and among equals the first.
    package var keep: [JSONPath] = []
    /// The whole key passes as it is. Else, without a rule for it, what holds for unlisted places holds for the key.
    package var keepsKey = false
    /// Regular expressions for whole names of headers that pass as they are; credentials never do without a rule.
    package var keepHeaders: [String] = []
    package var rules: [SanitizeRule] = []
    package var onUnparseable = FailurePolicy.quarantine
    package var onTypeMismatch = FailurePolicy.quarantine
    /// A rule whose place the record does not have: `nil` is no failure.
    package var onUnmatchedPath: FailurePolicy?
    /// Why plain values of personal data may pass, in the operator's own words: `unlisted: keep` with the class `pii` needs it.
    package var plaintextReason: String?

    package enum DataClass: String, Sendable, CaseIterable {
        case open = "public"
        case `internal`
        case pii
    }
    package enum Format: String, Sendable, CaseIterable { case json, text, bytes }

    /// What happens to a place of the value that no rule names.
    package enum Unlisted: String, Sendable, CaseIterable { case mask, drop, keep }

    /// What happens to a record that cannot be sanitized. It never passes as it is.
    package enum FailurePolicy: String, Sendable, CaseIterable {
        /// Its coordinates and the reason go to the quarantine topic, never its bytes.
        case quarantine
        case drop
        /// It goes on without its value.
        case nullValue = "null_value"
        /// Its partition stops in front of it.
        case stop
    }

    package init(topics: [TopicEntry]) {
        self.topics = topics
    }
}

package struct SanitizeRule: Hashable, Sendable {
    package var place: FieldPlace
    package var action: SanitizeAction

    package init(_ place: FieldPlace, _ action: SanitizeAction) {
        self.place = place
        self.action = action
    }
}
