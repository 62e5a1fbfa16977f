import Model

/// A JSON document as a tree, for the proof: read by a parser that has nothing in common with the sanitizer's scanner, so
/// that both would have to be wrong in the same way for a mistake to stay unseen. Slow, and used for few records.
indirect enum PlainDocument {
    case object([(name: [UInt8], value: PlainDocument)])
    case array([PlainDocument])
    /// A string's text, unescaped; a number or boolean as it is written.
    case leaf(FieldKind, [UInt8])
    case null

    /// No record that passes the sanitizer is nested so deep.
    private static let depthMax = 512

    /// `nil`: this parser cannot read it.
    init?(_ bytes: [UInt8]) {
        var parser = Parser(bytes: bytes)
        guard let document = parser.value(depth: 0) else { return nil }
        parser.skipSpace()
        guard parser.at == bytes.count else { return nil }
        self = document
    }

    /// All that is not an object or array, and all names, in order.
    func forEachText(_ leaf: (FieldKind, [UInt8]) -> Void, name: ([UInt8]) -> Void) {
        switch self {
        case .object(let members):
            for member in members {
                name(member.name)
                member.value.forEachText(leaf, name: name)
            }
        case .array(let elements): for element in elements { element.forEachText(leaf, name: name) }
        case .leaf(let kind, let text): leaf(kind, text)
        case .null: break
        }
    }

    private struct Parser {
        let bytes: [UInt8]
        var at = 0

        private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

        mutating func skipSpace() {
            while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { at += 1 }
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            skipSpace()
            guard next == byte else { return false }
            at += 1
            return true
        }

        mutating func value(depth: Int) -> PlainDocument? {
            skipSpace()
            guard depth < PlainDocument.depthMax, let first = next else { return nil }
            switch first {
            case UInt8(ascii: "{"): return object(depth: depth)
            case UInt8(ascii: "["): return array(depth: depth)
            case UInt8(ascii: "\""): return string().map { .leaf(.string, $0) }
            default: return word()
            }
        }

        private mutating func word() -> PlainDocument? {
            let start = at
            while let byte = next, byte > 0x20, byte != UInt8(ascii: ","), byte != UInt8(ascii: "]"),
                byte != UInt8(ascii: "}")
            {
                at += 1
            }
            let word = Array(bytes[start..<at])
            switch String(decoding: word, as: UTF8.self) {
            case "null": return .null
            case "true", "false": return .leaf(.boolean, word)
            case let text: return Double(text) == nil ? nil : .leaf(.number, word)
            }
        }

        private mutating func object(depth: Int) -> PlainDocument? {
            var members: [(name: [UInt8], value: PlainDocument)] = []
            at += 1
            if take(UInt8(ascii: "}")) { return .object([]) }
            repeat {
                skipSpace()
                guard let name = string(), take(UInt8(ascii: ":")), let value = value(depth: depth + 1) else {
                    return nil
                }
                members.append((name, value))
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "}")) ? .object(members) : nil
        }

        private mutating func array(depth: Int) -> PlainDocument? {
            var elements: [PlainDocument] = []
            at += 1
            if take(UInt8(ascii: "]")) { return .array([]) }
            repeat {
                guard let value = value(depth: depth + 1) else { return nil }
                elements.append(value)
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "]")) ? .array(elements) : nil
        }

        private mutating func string() -> [UInt8]? {
            guard next == UInt8(ascii: "\"") else { return nil }
            let start = at + 1
            at = start
            while let byte = next, byte != UInt8(ascii: "\"") { at += byte == UInt8(ascii: "\\") ? 2 : 1 }
            guard next != nil else { return nil }
            at += 1
            return PlainText.unescaped(bytes[start..<(at - 1)])
        }
    }
}
