/// A document as a tree, for what tests compare with. It is read by a parser that shares nothing with the scanner, is
/// slow, and trusts its input.
indirect enum JSONTree: Hashable {
    case object([Member])
    case array([JSONTree])
    /// The text, unescaped.
    case string([UInt8])
    /// As it is written.
    case number(String)
    case boolean(Bool)
    case null

    struct Member: Hashable {
        var name: [UInt8]
        var value: JSONTree
    }

    /// `nil`: not even this parser can read it.
    init?(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var parser = Parser(rest: Array(text.unicodeScalars)[...])
        guard let tree = parser.value() else { return nil }
        parser.space()
        guard parser.rest.isEmpty else { return nil }
        self = tree
    }

    private struct Parser {
        var rest: ArraySlice<Unicode.Scalar>

        mutating func space() {
            while let first = rest.first, [" ", "\n", "\r", "\t"].contains(first) { rest.removeFirst() }
        }

        mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            space()
            guard rest.first == scalar else { return false }
            rest.removeFirst()
            return true
        }

        mutating func value() -> JSONTree? {
            space()
            switch rest.first {
            case "{": return object()
            case "[": return array()
            case "\"": return string().map { .string($0) }
            default:
                let word = rest.prefix { !",]} \n\r\t".unicodeScalars.contains($0) }
                rest = rest.dropFirst(word.count)
                switch String(String.UnicodeScalarView(word)) {
                case "true": return .boolean(true)
                case "false": return .boolean(false)
                case "null": return .null
                case let number: return Double(number) == nil ? nil : .number(number)
                }
            }
        }

        mutating func object() -> JSONTree? {
            var members: [Member] = []
            guard take("{") else { return nil }
            if take("}") { return .object([]) }
            repeat {
                space()
                guard let name = string(), take(":"), let value = value() else { return nil }
                members.append(Member(name: name, value: value))
            } while take(",")
            return take("}") ? .object(members) : nil
        }

        mutating func array() -> JSONTree? {
            var elements: [JSONTree] = []
            guard take("[") else { return nil }
            if take("]") { return .array([]) }
            repeat {
                guard let value = value() else { return nil }
                elements.append(value)
            } while take(",")
            return take("]") ? .array(elements) : nil
        }

        mutating func string() -> [UInt8]? {
            guard take("\"") else { return nil }
            var units: [UInt16] = []
            while let scalar = rest.popFirst() {
                if scalar == "\"" { return Array(String(decoding: units, as: UTF16.self).utf8) }
                guard scalar == "\\" else {
                    units += Array(String(scalar).utf16)
                    continue
                }
                guard let escape = rest.popFirst() else { return nil }
                let plain: [Unicode.Scalar: UInt16] = ["b": 8, "f": 12, "n": 10, "r": 13, "t": 9]
                if escape == "u" {
                    let digits = String(String.UnicodeScalarView(rest.prefix(4)))
                    rest = rest.dropFirst(4)
                    guard let unit = UInt16(digits, radix: 16) else { return nil }
                    units.append(unit)
                } else {
                    units.append(plain[escape] ?? UInt16(truncatingIfNeeded: escape.value))
                }
            }
            return nil
        }
    }
}
