import Crypto

/// Makes the codes of texts that pseudonyms of one kind are written from, for one thread.
struct PseudonymSource {
    private let key: HMACKey
    private var text: CanonicalText

    init(_ space: IdentitySpace, kind: PseudonymKind) {
        key = space.key(for: kind)
        text = CanonicalText(space.steps)
    }

    mutating func code(of field: Span<UInt8>) -> SHA256Digest {
        if text.changesNothing { return key.code(of: field) }
        text.take(field)
        return key.code(of: text.bytes.span)
    }
}
