/// Puts null in the place of whatever was there.
package final class NullAction: FieldAction {
    package init() {}

    package func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome { .null }
}
