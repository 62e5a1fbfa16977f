import Model

/// A place in a text that a detector takes for personal data.
package struct Finding: Hashable, Sendable {
    package let kind: DetectorKind
    package let range: Range<Int>

    package init(kind: DetectorKind, range: Range<Int>) {
        self.kind = kind
        self.range = range
    }
}
