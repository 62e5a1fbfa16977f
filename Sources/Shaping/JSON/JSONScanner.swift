/// Reads a JSON document (RFC 8259) token by token, once, from its first to its last byte, and allocates nothing.
///
/// Strict: what a lenient parser would read differently is refused, so that no consumer finds in a record what the
/// sanitizer did not see. Bytes behind the document, a byte order mark, invalid UTF-8 and halves of surrogate pairs are
/// faults. The caller reads on until `.end`: nothing before it says that the rest is sound. Every call is given the
/// same bytes.
package struct JSONScanner: Sendable {
    /// Objects and arrays inside each other. A parser that recurses dies of depth bombs; this one counts.
    package static let depthMax = 128

    /// Where the last token begins and ends. A string's and a key's include the quotation marks.
    package private(set) var tokenStart = 0
    package private(set) var tokenEnd = 0
    /// Whether the last string or key holds a backslash.
    package private(set) var hasEscapes = false
    /// How many objects and arrays are open.
    package private(set) var depth = 0
    package private(set) var fault: JSONFault?

    private var position = 0
    private var expected = Expected.root
    /// One bit for each open container, the innermost at the lowest place: 1 is an object.
    private var kinds: (low: UInt64, high: UInt64) = (0, 0)

    private enum Expected {
        case root, rootEnd, memberOrEnd, memberValue, elementOrEnd, separator, nothing
    }

    package init() {}

    package mutating func next(in bytes: Span<UInt8>) -> JSONToken {
        let byte = skipSpace(in: bytes)
        switch expected {
        case .separator: return separated(byte, in: bytes)
        case .memberValue: return value(byte, in: bytes)
        case .memberOrEnd: return byte == UInt8(ascii: "}") ? close(byte) : key(byte, in: bytes)
        case .elementOrEnd: return byte == UInt8(ascii: "]") ? close(byte) : value(byte, in: bytes)
        case .root: return root(byte, in: bytes)
        case .rootEnd:
            guard position == bytes.count else { return fail(.trailingBytes, at: position) }
            tokenStart = position
            tokenEnd = position
            return .end
        case .nothing: return .fault
        }
    }

    /// The next byte that is no white space; 0, which JSON allows nowhere, behind the last one.
    @inline(__always)
    private mutating func skipSpace(in bytes: Span<UInt8>) -> UInt8 {
        var at = position
        while at < bytes.count {
            let byte = bytes[at]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else {
                position = at
                return byte
            }
            at &+= 1
        }
        position = at
        return 0
    }

    private mutating func root(_ byte: UInt8, in bytes: Span<UInt8>) -> JSONToken {
        if position == bytes.count { return fail(.empty, at: 0) }
        if byte == 0xEF, position == 0 { return fail(.byteOrderMark, at: 0) }
        return value(byte, in: bytes)
    }

    /// Behind a value inside an object or array.
    @inline(__always)
    private mutating func separated(_ byte: UInt8, in bytes: Span<UInt8>) -> JSONToken {
        let isObject = kinds.low & 1 == 1
        if byte == UInt8(ascii: ",") {
            position &+= 1
            let following = skipSpace(in: bytes)
            return isObject ? key(following, in: bytes) : value(following, in: bytes)
        }
        guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { return unexpected(in: bytes) }
        return close(byte)
    }

    @inline(__always)
    private mutating func value(_ byte: UInt8, in bytes: Span<UInt8>) -> JSONToken {
        tokenStart = position
        switch byte {
        case UInt8(ascii: "\""):
            guard string(in: bytes) else { return .fault }
            return ended(.string)
        case UInt8(ascii: "{"): return open(isObject: true)
        case UInt8(ascii: "["): return open(isObject: false)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let end = numberEnd(in: bytes, from: position)
            guard end >= 0 else { return fail(~end == bytes.count ? .truncated : .badNumber, at: ~end) }
            tokenEnd = end
            return ended(.number)
        case UInt8(ascii: "t"): return literal(.true, in: bytes)
        case UInt8(ascii: "f"): return literal(.false, in: bytes)
        case UInt8(ascii: "n"): return literal(.null, in: bytes)
        default: return unexpected(in: bytes)
        }
    }

    @inline(__always)
    private mutating func key(_ byte: UInt8, in bytes: Span<UInt8>) -> JSONToken {
        guard byte == UInt8(ascii: "\"") else { return unexpected(in: bytes) }
        tokenStart = position
        guard string(in: bytes) else { return .fault }
        position = tokenEnd
        guard skipSpace(in: bytes) == UInt8(ascii: ":") else { return unexpected(in: bytes) }
        position &+= 1
        expected = .memberValue
        return .key
    }

    @inline(__always)
    private mutating func string(in bytes: Span<UInt8>) -> Bool {
        switch bytes.jsonStringEnd(from: position &+ 1) {
        case .end(let end, let isEscaped):
            tokenEnd = end
            hasEscapes = isEscaped
            return true
        case .fault(let kind, let offset):
            _ = fail(kind, at: offset)
            return false
        }
    }

    @inline(__always)
    private mutating func literal(_ token: JSONToken, in bytes: Span<UInt8>) -> JSONToken {
        let text: UInt64
        let count: Int
        switch token {
        case .true: (text, count) = (0x6575_7274, 4)
        case .null: (text, count) = (0x6C6C_756E, 4)
        default: (text, count) = (0x65_736C_6166, 5)
        }
        for index in 0..<count {
            guard position &+ index < bytes.count else { return fail(.truncated, at: bytes.count) }
            guard bytes[position &+ index] == UInt8(truncatingIfNeeded: text &>> UInt64(8 &* index)) else {
                return fail(.badLiteral, at: position)
            }
        }
        tokenEnd = position &+ count
        return ended(token)
    }

    @inline(__always)
    private mutating func ended(_ token: JSONToken) -> JSONToken {
        position = tokenEnd
        expected = depth == 0 ? .rootEnd : .separator
        return token
    }

    private mutating func open(isObject: Bool) -> JSONToken {
        guard depth < Self.depthMax else { return fail(.tooDeep, at: position) }
        depth &+= 1
        kinds = (kinds.low &<< 1 | (isObject ? 1 : 0), kinds.high &<< 1 | kinds.low &>> 63)
        position &+= 1
        tokenEnd = position
        expected = isObject ? .memberOrEnd : .elementOrEnd
        return isObject ? .beginObject : .beginArray
    }

    private mutating func close(_ byte: UInt8) -> JSONToken {
        depth &-= 1
        kinds = (kinds.low &>> 1 | kinds.high &<< 63, kinds.high &>> 1)
        tokenStart = position
        tokenEnd = position &+ 1
        return ended(byte == UInt8(ascii: "}") ? .endObject : .endArray)
    }

    private mutating func unexpected(in bytes: Span<UInt8>) -> JSONToken {
        fail(position == bytes.count ? .truncated : .unexpectedByte, at: position)
    }

    private mutating func fail(_ kind: JSONFault.Kind, at offset: Int) -> JSONToken {
        fault = JSONFault(kind, at: offset)
        expected = .nothing
        return .fault
    }
}

extension JSONScanner {
    /// Reads on to the end of the container that was opened last; `false`: a fault came first.
    package mutating func skipContainer(in bytes: Span<UInt8>) -> Bool {
        let outside = depth &- 1
        while depth > outside {
            if next(in: bytes) == .fault { return false }
        }
        return true
    }

    /// Why `bytes` are no JSON document; `nil`: they are one.
    package static func fault(in bytes: Span<UInt8>) -> JSONFault? {
        var scanner = JSONScanner()
        while true {
            switch scanner.next(in: bytes) {
            case .end: return nil
            case .fault: return scanner.fault
            default: continue
            }
        }
    }
}
