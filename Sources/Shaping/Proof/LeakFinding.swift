/// A text of the source that stands in what was to be sent. It says where, and never the text.
package struct LeakFinding: Hashable, Sendable, Codable {
    /// From 1, in the policy's order; `nil`: a place that no rule names.
    package var rule: Int?
    /// The rule's place, or what is said of places without one.
    package var place: String
    /// Where it stands in what was to be sent: `value`, `key`, or `header NAME`.
    package var part: String
    package var form: Form

    /// How it is written there.
    package enum Form: String, Hashable, Sendable, Codable, CaseIterable {
        case plain
        case otherCase = "in other case"
        case escaped
        case percentCoded = "percent-coded"
        case base64
        case hexadecimal
        /// Some of it, as it is.
        case fragment = "in part"
    }

    package static let unlistedPlace = "a place that no rule names"

    package init(rule: Int?, place: String, part: String, form: Form) {
        self.rule = rule
        self.place = place
        self.part = part
        self.form = form
    }
}

extension LeakFinding: CustomStringConvertible {
    package var description: String {
        let origin = rule.map { "rule \($0), \(place)," } ?? place
        return "\(origin) stands in the \(part)\(form == .plain ? "" : ", \(form.rawValue)")"
    }
}
