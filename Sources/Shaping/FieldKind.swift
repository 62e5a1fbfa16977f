/// What a rule finds: a JSON value, or the text of a key or a header.
package enum FieldKind: Hashable, Sendable {
    case string
    /// A JSON number, as it is written.
    case number
    case boolean
    case null
    case object
    case array
    /// A key or a header, or a value that is no JSON: bytes.
    case text
}

/// What an action answers. Its text stands in the buffer that it was given, behind what was there already.
package enum FieldOutcome: Hashable, Sendable {
    /// A string's text (unescaped UTF-8), or a key's or header's bytes.
    case text
    /// JSON, to be put in as it is.
    case json
    case null
    /// The member, element, header or key goes.
    case drop
    /// The action makes no sense of what it found. Its reason never quotes it.
    case mismatch(StaticString)

    package static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.text, .text), (.json, .json), (.null, .null), (.drop, .drop), (.mismatch, .mismatch): true
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .text: hasher.combine(0)
        case .json: hasher.combine(1)
        case .null: hasher.combine(2)
        case .drop: hasher.combine(3)
        case .mismatch: hasher.combine(4)
        }
    }
}

/// One action, ready to be applied to field after field by one thread. A string is handed over unescaped.
///
/// Implementations allocate nothing once their buffers have grown, and never trap on any bytes.
package protocol FieldAction: AnyObject {
    func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome
}

/// What is known of the record that a field is part of.
package struct FieldContext: Hashable, Sendable {
    /// The same for the same record of the source, on every process and in every run.
    package var recordSeed: UInt64
    package var timestampMilliseconds: Int64

    package init(recordSeed: UInt64, timestampMilliseconds: Int64) {
        self.recordSeed = recordSeed
        self.timestampMilliseconds = timestampMilliseconds
    }
}
