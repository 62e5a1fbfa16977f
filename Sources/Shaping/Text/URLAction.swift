import Model

/// Endpoint adaptation: a URL, a host, or a list of `host:port` leads where the map says, or nowhere.
package final class URLAction: FieldAction {
    private let rewriter: EndpointRewriter

    package init(_ map: EndpointMap) {
        rewriter = EndpointRewriter(map)
    }

    package func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        switch kind {
        case .string, .text: break
        case .null: return .null
        case .number, .boolean, .object, .array: return .mismatch("an endpoint is a text")
        }
        rewriter.rewrite(field, into: &out)
        return .text
    }
}
