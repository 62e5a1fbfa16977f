extension JSONScanner {
    /// Behind the number that begins at `start`; where something else stands than a number needs, its complement,
    /// which is negative.
    @inline(__always)
    func numberEnd(in bytes: Span<UInt8>, from start: Int) -> Int {
        var at = start
        if bytes[at] == UInt8(ascii: "-") { at &+= 1 }
        guard at < bytes.count, Self.isDigit(bytes[at]) else { return ~at }
        // No digit may follow a leading 0: the next token's check refuses it.
        at = bytes[at] == UInt8(ascii: "0") ? at &+ 1 : Self.digitsEnd(in: bytes, from: at)
        guard at < bytes.count else { return at }
        if bytes[at] == UInt8(ascii: ".") {
            let first = at &+ 1
            at = Self.digitsEnd(in: bytes, from: first)
            guard at > first else { return ~at }
        }
        guard at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") else { return at }
        at &+= 1
        if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at &+= 1 }
        let first = at
        at = Self.digitsEnd(in: bytes, from: first)
        return at > first ? at : ~at
    }

    @inline(__always)
    private static func digitsEnd(in bytes: Span<UInt8>, from start: Int) -> Int {
        var at = start
        while at < bytes.count, isDigit(bytes[at]) { at &+= 1 }
        return at
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
}
