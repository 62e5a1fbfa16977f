import Model

/// A rule's action, and which kinds of fields it may be given.
struct RuleAction {
    let action: any FieldAction
    let scope: Scope
    /// How reasons name the rule.
    let place: String

    enum Scope {
        /// Drop, null, set: whatever stands there, with all that is in it.
        case everything
        /// Mask: of an object or array, what is in it.
        case leaves
        /// The rest: no objects and arrays.
        case scalars
    }

    init(_ rule: SanitizeRule, action: any FieldAction) {
        self.action = action
        place = rule.place.described
        scope =
            switch rule.action {
            case .drop, .null, .set: .everything
            case .mask: .leaves
            default: .scalars
            }
    }

    /// Takes the field as an array: a span of it would reach over everything that stands beside it in its owner.
    func apply(
        to field: [UInt8], _ kind: FieldKind, _ context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        action.apply(to: field.span, kind: kind, context: context, into: &out)
    }
}
