/// Why bytes are no JSON document. It never quotes them.
package struct JSONFault: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case empty = "no JSON value in it"
        case byteOrderMark = "a byte order mark stands before the JSON"
        case unexpectedByte = "a byte that JSON does not allow there"
        case truncated = "the JSON ends too early"
        case badNumber = "a number that JSON does not allow"
        case badLiteral = "a word that is neither true, false nor null"
        case badEscape = "an escape that JSON does not know"
        case loneSurrogate = "half of a surrogate pair"
        case controlCharacter = "a control character inside a string"
        case invalidUTF8 = "bytes that are no UTF-8"
        case tooDeep = "nested deeper than 128 levels"
        case trailingBytes = "more bytes behind the JSON value"
    }

    package let kind: Kind
    /// Where it was noticed, in bytes from 0.
    package let offset: Int

    package init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    package var description: String { "\(kind.rawValue), at byte \(offset)" }
}
