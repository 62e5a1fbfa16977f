import Model

/// Replaces what detectors find in a text by the kind of what was there, `[email]`; the rest of the text stays.
package final class ScrubAction: FieldAction {
    private var scan: DetectorScan

    package init(_ kinds: [DetectorKind]) {
        scan = DetectorScan(kinds)
    }

    package func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        switch kind {
        case .string, .text: break
        case .null: return .null
        case .number, .boolean, .object, .array: return .mismatch("only a text can be searched for personal data")
        }
        scan.begin(with: field)
        var done = 0
        while let finding = scan.next(in: field) {
            out.append(field, done..<finding.range.lowerBound)
            Self.append(finding.kind, to: &out)
            done = finding.range.upperBound
        }
        out.append(field, done..<field.count)
        return .text
    }

    private static func append(_ kind: DetectorKind, to out: inout [UInt8]) {
        let label: StaticString =
            switch kind {
            case .email: "[email]"
            case .card: "[card]"
            case .iban: "[iban]"
            case .ip: "[ip]"
            case .phone: "[phone]"
            case .jwt: "[jwt]"
            }
        label.description.utf8.forEach { out.append($0) }
    }
}
