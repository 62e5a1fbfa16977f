import Crypto
import Model

/// Replaces a text by one of the words, the same one for the same text. There are fewer words than texts: different texts
/// may become the same word.
final class DictionaryAction: FieldAction {
    private let words: WordList
    private var source: PseudonymSource

    init(_ words: WordList, in space: IdentitySpace) {
        self.words = words
        source = PseudonymSource(space, kind: .word)
    }

    func apply(
        to field: Span<UInt8>, kind: FieldKind, context: FieldContext, into out: inout [UInt8]
    ) -> FieldOutcome {
        guard kind == .string || kind == .text else {
            return kind == .null ? .null : .mismatch("a word takes the place of a text")
        }
        guard words.count > 0 else { return .mismatch("the dictionary has no words") }
        let place = Int(truncatingIfNeeded: source.code(of: field).number(below: UInt64(words.count)))
        out.append(contentsOf: words[place])
        return .text
    }
}
