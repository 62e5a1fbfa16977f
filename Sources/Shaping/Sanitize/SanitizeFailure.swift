/// Why a record could not be sanitized. It names rules and offsets and never quotes the record.
package struct SanitizeFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case unparseable
        case typeMismatch = "type mismatch"
        case unmatchedPath = "unmatched path"
    }

    package let kind: Kind
    /// The rule's place, or the part of the record that no rule is needed for: `value`, `key`, `a header`.
    package let place: String
    package let reason: String
    /// In bytes from the beginning of that part of the record.
    package let offset: Int?

    package init(_ kind: Kind, place: String, reason: String, offset: Int? = nil) {
        self.kind = kind
        self.place = place
        self.reason = reason
        self.offset = offset
    }

    package var description: String {
        "\(kind.rawValue) at \(place): \(reason)" + (offset.map { ", at byte \($0)" } ?? "")
    }
}
