import Model

/// Goes through a text with several detectors. What overlaps is one find, of the kind that comes first in the list
/// below: its whole range counts, so that nothing sticks out of what replaces it.
package struct DetectorScan {
    private static let order: [DetectorKind] = [.jwt, .email, .iban, .card, .ip, .phone]
    private let detectors: [Detector]
    /// What each detector found next; the text's end and nothing when there is no more.
    private var next: [Range<Int>]

    package init(_ kinds: [DetectorKind]) {
        detectors = Self.order.filter(kinds.contains).map(Detector.init)
        next = detectors.map { _ in 0..<0 }
    }

    /// Begins with a text. Detectors for which it has no byte to begin with are left out.
    package mutating func begin(with text: Span<UInt8>) {
        let hints = Self.hints(of: text)
        for index in 0..<detectors.count {
            next[index] = text.count..<text.count
            if hints & Self.needs(detectors[index].kind) != 0 { search(index, in: text, from: 0) }
        }
    }

    /// The next find. `text` is the one that was begun with.
    package mutating func next(in text: Span<UInt8>) -> Finding? {
        var start = text.count
        for index in 0..<detectors.count { start = min(start, next[index].lowerBound) }
        guard start < text.count else { return nil }
        var end = start
        var best = detectors.count
        var grows = true
        while grows {
            grows = false
            for index in 0..<detectors.count where !next[index].isEmpty && next[index].lowerBound < max(end, start + 1)
            {
                best = min(best, index)
                end = max(end, next[index].upperBound)
                search(index, in: text, from: next[index].upperBound)
                grows = true
            }
        }
        return Finding(kind: detectors[best].kind, range: start..<end)
    }

    private mutating func search(_ index: Int, in text: Span<UInt8>, from start: Int) {
        next[index] = detectors[index].firstMatch(in: text, from: start) ?? text.count..<text.count
    }

    private static func needs(_ kind: DetectorKind) -> UInt8 {
        switch kind {
        case .email: 1
        case .card, .iban, .phone: 2
        case .ip: 4
        case .jwt: 8
        }
    }

    /// Which of the bytes without which a find cannot be are there.
    private static func hints(of text: Span<UInt8>) -> UInt8 {
        var hints: UInt8 = 0
        var previous: UInt8 = 0
        for index in 0..<text.count {
            let byte = text[index]
            if byte.isDigit {
                hints |= 2
            } else {
                switch byte {
                case UInt8(ascii: "@"), UInt8(ascii: "%"), 0xEF: hints |= 1
                case UInt8(ascii: ":"): hints |= 4
                case UInt8(ascii: "."): if previous.isDigit { hints |= 4 }
                case UInt8(ascii: "y"): if previous == UInt8(ascii: "e") { hints |= 8 }
                default: break
                }
            }
            previous = byte
        }
        return hints
    }
}
