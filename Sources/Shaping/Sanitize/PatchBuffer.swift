/// A document's new form while it is written: what stays is copied byte for byte, in as few pieces as possible, when
/// something behind it changes.
///
/// Positions only grow, except through `cut`.
struct PatchBuffer {
    private(set) var bytes: [UInt8] = []
    /// How far the document has been dealt with.
    private(set) var copied = 0
    private(set) var isChanged = false

    mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
        copied = 0
        isChanged = false
    }

    /// Copies what stays in front of `end`.
    @inline(__always)
    mutating func keep(to end: Int, of document: Span<UInt8>) {
        guard end > copied else { return }
        bytes.append(document, from: copied, to: end)
        copied = end
    }

    /// Leaves out what has not been dealt with in front of `end`.
    @inline(__always)
    mutating func skip(to end: Int) {
        isChanged = true
        copied = max(copied, end)
    }

    /// Puts `text` in the place of what stands from `start` to `end`.
    mutating func replace(from start: Int, to end: Int, of document: Span<UInt8>, by text: [UInt8]) {
        keep(to: start, of: document)
        bytes.append(text.span, from: 0, to: text.count)
        skip(to: end)
    }

    /// Puts `text` in the place of what stands from `start` to `end`, as a JSON string; `false`: it is no UTF-8.
    mutating func replace(from start: Int, to end: Int, of document: Span<UInt8>, byString text: [UInt8]) -> Bool {
        keep(to: start, of: document)
        guard JSONText.appendString(text.span, to: &bytes) else { return false }
        skip(to: end)
        return true
    }

    /// Takes back what was written since `mark`, but for what of the document stood in front of `end`: nothing that
    /// was copied once is copied again, however deep containers that vanish lie inside each other.
    mutating func cut(back mark: Mark, to end: Int) {
        guard bytes.count > mark.count else { return }
        let stays = mark.count &+ max(0, end &- mark.copied)
        guard bytes.count >= stays else { return }
        bytes.removeLast(bytes.count &- stays)
        copied = max(end, mark.copied)
    }

    struct Mark {
        var count = 0
        var copied = 0
    }

    var mark: Mark { Mark(count: bytes.count, copied: copied) }
}
