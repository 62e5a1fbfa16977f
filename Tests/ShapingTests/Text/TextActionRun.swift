import Model
import Shaping

/// Applies one action to texts, as the tests see it.
struct TextActionRun {
    let action: any FieldAction
    var seed: UInt64 = 1

    init(_ action: any FieldAction) {
        self.action = action
    }

    /// The outcome and what was written; what was in the buffer before must stay.
    func outcome(_ bytes: [UInt8], _ kind: FieldKind = .string) -> (FieldOutcome, [UInt8]) {
        var out: [UInt8] = [1, 2, 3]
        let context = FieldContext(recordSeed: seed, timestampMilliseconds: 0)
        let outcome = action.apply(to: bytes.span, kind: kind, context: context, into: &out)
        precondition(out.starts(with: [1, 2, 3]))
        return (outcome, Array(out.dropFirst(3)))
    }

    /// What a text becomes; `nil`: anything but a text.
    func text(_ text: String, _ kind: FieldKind = .string) -> String? {
        let (outcome, bytes) = outcome(Array(text.utf8), kind)
        return outcome == .text ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// What JSON becomes; `nil`: anything but JSON.
    func json(_ text: String, _ kind: FieldKind = .number) -> String? {
        let (outcome, bytes) = outcome(Array(text.utf8), kind)
        return outcome == .json ? String(decoding: bytes, as: UTF8.self) : nil
    }

    func isMismatch(_ text: String, _ kind: FieldKind) -> Bool {
        let (outcome, bytes) = outcome(Array(text.utf8), kind)
        return outcome == .mismatch("") && bytes.isEmpty
    }
}
