/// Takes the field away.
package final class DropAction: FieldAction {
    package init() {}

    package func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome { .drop }
}
