import Foundation
import Model

/// Brings texts into the one form that their pseudonyms are made of, in buffers of its own.
///
/// A text of ASCII's characters costs one pass a step. Other texts are read scalar by scalar; only one that is not in
/// Unicode's composed form allocates, when it is to be brought there. Bytes that are no UTF-8 are treated like ASCII's:
/// repairing them would make one text of many.
struct CanonicalText {
    private let steps: [IdentityDefinition.Step]
    private(set) var bytes: [UInt8] = []
    private var spare: [UInt8] = []

    init(_ steps: [IdentityDefinition.Step]) {
        self.steps = steps
    }

    var changesNothing: Bool { steps.isEmpty }

    /// Leaves the form of `field` in `bytes`.
    mutating func take(_ field: Span<UInt8>) {
        bytes.removeAll(keepingCapacity: true)
        var all: UInt8 = 0
        for index in field.indices {
            all |= field[index]
            bytes.append(field[index])
        }
        let isASCII = all < 0x80
        for index in steps.indices {
            // Out of `self` for as long as `bytes` is read.
            var out: [UInt8] = []
            swap(&out, &spare)
            if isASCII || !Self.writeUnicode(bytes.span, steps[index], to: &out) {
                Self.writeBytes(bytes.span, steps[index], to: &out)
            }
            swap(&out, &bytes)
            spare = out
        }
    }

    // A comparison with a step costs a call, so that none stands in a loop over bytes.
    private static func writeBytes(_ text: Span<UInt8>, _ step: IdentityDefinition.Step, to out: inout [UInt8]) {
        out.removeAll(keepingCapacity: true)
        switch step {
        case .nfc:
            for index in text.indices { out.append(text[index]) }
        case .trim:
            var (start, end) = (0, text.count)
            while start < end, isSpace(text[start]) { start += 1 }
            while end > start, isSpace(text[end - 1]) { end -= 1 }
            for index in start..<end { out.append(text[index]) }
        case .lowercase:
            for index in text.indices {
                out.append(lowercased(text[index]))
            }
        case .e164:
            for index in text.indices where !isFiller(text[index]) { out.append(text[index]) }
            writePlus(in: &out)
        }
    }

    /// `false`: the text is no UTF-8.
    private static func writeUnicode(
        _ bytes: Span<UInt8>, _ step: IdentityDefinition.Step, to out: inout [UInt8]
    ) -> Bool {
        guard var text = try? UTF8Span(validating: bytes) else { return false }
        out.removeAll(keepingCapacity: true)
        switch step {
        case .nfc:
            if text.checkForNFC(quickCheck: true) {
                for index in bytes.indices { out.append(bytes[index]) }
            } else {
                out += String(copying: text).precomposedStringWithCanonicalMapping.utf8
            }
        case .trim: trim(text, to: &out)
        case .lowercase:
            var scalars = text.makeUnicodeScalarIterator()
            while let scalar = scalars.next() {
                // Asking Unicode takes far longer than a comparison.
                if scalar.isASCII {
                    out.append(lowercased(UInt8(truncatingIfNeeded: scalar.value)))
                    continue
                }
                // Of three scalars at most, and so a text that needs no memory.
                let mapping = scalar.properties.lowercaseMapping
                for byte in mapping.utf8 { out.append(byte) }
            }
        case .e164:
            var scalars = text.makeUnicodeScalarIterator()
            while let scalar = scalars.next() {
                if !isFiller(scalar) { append(scalar, to: &out) }
            }
            writePlus(in: &out)
        }
        return true
    }

    private static func trim(_ text: UTF8Span, to out: inout [UInt8]) {
        var scalars = text.makeUnicodeScalarIterator()
        // Where the text ends that is not white space so far.
        var end = 0
        while let scalar = scalars.next() {
            let isSpace = isSpace(scalar)
            if isSpace, out.isEmpty { continue }
            append(scalar, to: &out)
            if !isSpace { end = out.count }
        }
        out.removeLast(out.count - end)
    }

    /// A leading `00` is the `+` of numbers that are written as they are dialled.
    private static func writePlus(in out: inout [UInt8]) {
        guard out.count >= 2, out[0] == 0x30, out[1] == 0x30 else { return }
        out.removeFirst()
        out[0] = 0x2b
    }

    private static func append(_ scalar: Unicode.Scalar, to out: inout [UInt8]) {
        guard let units = UTF8.encode(scalar) else { return }
        for unit in units { out.append(unit) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII ? isSpace(UInt8(truncatingIfNeeded: scalar.value)) : scalar.properties.isWhitespace
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0d)
    }

    /// White space, `-`, `.` and parentheses.
    private static func isFiller(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == 0x2d || byte == 0x2e || byte == 0x28 || byte == 0x29
    }

    private static func isFiller(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return isFiller(UInt8(truncatingIfNeeded: scalar.value)) }
        return scalar.properties.isWhitespace || scalar.properties.generalCategory == .dashPunctuation
    }
}
