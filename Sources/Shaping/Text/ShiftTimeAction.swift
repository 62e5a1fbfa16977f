/// Moves a time: ISO 8601 text, or seconds or milliseconds since 1970. What is moved by less than it shows is rounded
/// down.
package final class ShiftTimeAction: FieldAction {
    private let shift: Int64
    private var buffer = DigitBuffer()

    /// A number from here on is meant in milliseconds: as seconds it would lie behind the year 5000.
    private static let firstMilliseconds: Int64 = 100_000_000_000
    /// The last millisecond of the year 9999. A larger number is in microseconds or no time.
    private static let lastMilliseconds: Int64 = 253_402_300_799_999

    package init(milliseconds: Int64) {
        shift = milliseconds
    }

    package func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        switch kind {
        case .null: return .null
        case .boolean, .object, .array: return .mismatch("neither a time as text nor as a number")
        case .number:
            guard let number = DecimalText(field) else { return .mismatch("no number") }
            return write(number, of: field, into: &out) ? .json : .mismatch("a number out of a time's range")
        case .string, .text:
            if let time = TimeText(field) {
                return time.write(movedBy: shift, from: field, into: &out)
                    ? .text : .mismatch("a time that would leave the years 1 to 9999")
            }
            guard let number = DecimalText(field), number.fraction.isEmpty, !number.hasExponent else {
                return .mismatch("no time of ISO 8601, and no whole number")
            }
            // 20240131 is a date to whoever wrote it, and would be a day in August 1970 to us.
            guard field.count != 8 else { return .mismatch("a date without dashes, or a number that looks like one") }
            return write(number, of: field, into: &out) ? .text : .mismatch("a number out of a time's range")
        }
    }

    private func write(_ number: DecimalText, of field: Span<UInt8>, into out: inout [UInt8]) -> Bool {
        guard number.digitCount <= 18, abs(number.exponent) <= 18 else { return false }
        var value: Int64 = 0
        for place in 0..<number.digitCount { value = value * 10 + Int64(number.digit(place, in: field)) }
        var decimals = number.fraction.count - number.exponent
        while decimals < 0 {
            guard value < 100_000_000_000_000_000 else { return false }
            value *= 10
            decimals += 1
        }
        guard decimals <= 18 else { return false }
        var unit: Int64 = 1
        for _ in 0..<decimals { unit *= 10 }
        let whole = value / unit
        guard whole <= Self.lastMilliseconds else { return false }
        if number.isNegative { value = -value }
        let isSeconds = whole < Self.firstMilliseconds
        guard let moved = moved(value, unit: unit, isSeconds: isSeconds) else { return false }
        let last = isSeconds ? Self.firstMilliseconds - 1 : Self.lastMilliseconds
        guard moved.magnitude / unit.magnitude <= last.magnitude else { return false }
        buffer.begin(with: moved.magnitude)
        buffer.write(decimals: decimals, isNegative: moved < 0, into: &out)
        return true
    }

    private func moved(_ value: Int64, unit: Int64, isSeconds: Bool) -> Int64? {
        let (product, isTooFar) = shift.multipliedReportingOverflow(by: unit)
        guard !isTooFar else { return nil }
        let step = isSeconds ? CivilTime.floorDivide(product, 1_000) : product
        let (moved, overflow) = value.addingReportingOverflow(step)
        return overflow ? nil : moved
    }
}
