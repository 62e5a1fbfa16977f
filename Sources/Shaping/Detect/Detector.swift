import Model

/// Finds one kind of personal data in running text, in time that grows with the text's length only, whatever the text
/// is. It keeps nothing, so that any thread may use it.
///
/// The searches are written out and are no regular expressions: what they look for hangs on few bytes (`@`, a digit, a
/// colon, `eyJ`), the rest is arithmetic, and an expression that gives up on a hostile text would let it pass.
package struct Detector: Sendable {
    package let kind: DetectorKind

    package init(_ kind: DetectorKind) {
        self.kind = kind
    }

    /// The first place that begins at `start` or behind it. What stands in front of `start` still counts as what
    /// precedes a find.
    package func firstMatch(in text: Span<UInt8>, from start: Int) -> Range<Int>? {
        switch kind {
        case .email: EmailSearch.first(in: text, from: start)
        case .card: CardSearch.first(in: text, from: start)
        case .iban: IBANSearch.first(in: text, from: start)
        case .ip: IPSearch.first(in: text, from: start)
        case .phone: PhoneSearch.first(in: text, from: start)
        case .jwt: TokenSearch.first(in: text, from: start)
        }
    }
}
