import Model

/// Reads how a flow proves that it sanitizes: `shape.verify`.
struct VerifyDecoder {
    let reader: FieldReader

    private enum Key: String, CaseIterable { case canary, scan }

    private static let canaryMilliseconds: ClosedRange<Int64> = 1_000...600_000

    func verify(_ field: Field) -> VerifyDefinition {
        var verify = VerifyDefinition()
        guard let section = reader.section(field, keys: Key.self) else { return verify }
        if let field = section[.canary] {
            let expected = "how often, from 1s to 10m, or off"
            let canary = reader.value(field, expected: expected) { text -> Canary? in
                if text == "off" { return .off }
                return Unit.durations.parse(text).flatMap {
                    Self.canaryMilliseconds.contains($0) ? .every(milliseconds: $0) : nil
                }
            }
            switch canary {
            case .off: verify.canaryMilliseconds = nil
            case .every(let milliseconds): verify.canaryMilliseconds = milliseconds
            case nil: break
            }
        }
        if let field = section[.scan] {
            let expected = "\(ShapeDecoder.ratioExpected), or off"
            verify.scanRatio =
                reader.value(field, expected: expected) { $0 == "off" ? 0 : ShapeDecoder.ratio($0) }
                ?? verify.scanRatio
        }
        return verify
    }

    private enum Canary {
        case off
        case every(milliseconds: Int64)
    }
}
