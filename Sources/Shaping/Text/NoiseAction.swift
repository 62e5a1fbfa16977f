/// Changes a number by at most a share of itself. The same number in the same record changes in the same way, in every
/// run. What is written as a whole number stays one, and as many decimals stay as there were.
package final class NoiseAction: FieldAction {
    private let share: Double
    private var buffer = DigitBuffer()

    /// Ten to this power, times two, still fits.
    private static let headDigitsMax = 18
    /// A number such as `2e9` has few digits to change; it gets as many as this, but none behind the point.
    private static let headDigitsMin = 6

    package init(relative: Double) {
        share = relative > 0 ? min(relative, 1) : 0
    }

    package func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        switch kind {
        case .number, .text: break
        case .null: return .null
        case .string, .boolean, .object, .array: return .mismatch("noise is for numbers")
        }
        guard let number = DecimalText(field) else { return .mismatch("noise is for numbers") }
        var random = Random(seed: context.recordSeed, field: field)
        var place = 0
        while place < number.digitCount, number.digit(place, in: field) == 0 { place += 1 }
        var head: UInt64 = 0
        var headDigits = 0
        while place < number.digitCount, headDigits < Self.headDigitsMax {
            head = head * 10 + UInt64(number.digit(place, in: field))
            headDigits += 1
            place += 1
        }
        let tailDigits = number.digitCount - place
        var decimals = number.fraction.count
        while headDigits > 0, headDigits < Self.headDigitsMin, number.exponent > decimals {
            head *= 10
            headDigits += 1
            decimals += 1
        }
        // Digits behind the head are made up, which moves it by less than one.
        let most = most(of: head)
        let room = tailDigits > 0 && most > 0 ? most - 1 : most
        buffer.begin(with: head - room + random.below(2 * room + 1))
        for tail in 0..<tailDigits {
            buffer.append(
                most > 0 ? UInt8(truncatingIfNeeded: random.below(10)) : number.digit(place + tail, in: field))
        }
        buffer.write(decimals: decimals, isNegative: number.isNegative, into: &out)
        out.append(field, number.exponentText)
        return kind == .text ? .text : .json
    }

    /// By how much a whole number may change.
    private func most(of head: UInt64) -> UInt64 {
        var bound = Double(head) * share
        // Here the product may have been rounded up, past the share.
        if head >= 1 << 53 || bound >= 1_099_511_627_776 { bound *= 1 - 0x1p-50 }
        return UInt64(bound)
    }

    private struct Random {
        private var state: UInt64

        init(seed: UInt64, field: Span<UInt8>) {
            var hash = seed ^ 0xCBF2_9CE4_8422_2325
            for index in 0..<field.count { hash = (hash ^ UInt64(field[index])) &* 0x100_0000_01B3 }
            state = hash
        }

        mutating func below(_ bound: UInt64) -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return (mixed ^ (mixed >> 31)).multipliedFullWidth(by: bound).high
        }
    }
}
