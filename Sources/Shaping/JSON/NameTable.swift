/// Numbers for names, 0 and up, in the order in which they were added. Asking allocates nothing.
struct NameTable: Sendable {
    /// Open addressing, a quarter full at most; -1: free.
    private var slots = [Int32](repeating: -1, count: 8)
    private var bytes: [UInt8] = []
    /// Where each name ends in `bytes`.
    private var ends: [Int] = []

    init() {}

    var count: Int { ends.count }

    /// - Returns: the name's number, whether it is new or not.
    @discardableResult
    mutating func insert(_ name: Span<UInt8>) -> Int {
        if let known = self[name] { return known }
        bytes.append(name, from: 0, to: name.count)
        ends.append(bytes.count)
        if ends.count * 4 > slots.count {
            slots = [Int32](repeating: -1, count: slots.count * 2)
            for number in ends.indices { place(number) }
        } else {
            place(ends.count - 1)
        }
        return ends.count - 1
    }

    private mutating func place(_ number: Int) {
        let start = number == 0 ? 0 : ends[number - 1]
        var slot = Self.hash(of: bytes.span.extracting(start..<ends[number])) & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(number)
    }

    subscript(_ name: Span<UInt8>) -> Int? {
        @inline(__always) get {
            let mask = slots.count &- 1
            var slot = Self.hash(of: name) & mask
            while slots[slot] >= 0 {
                let number = Int(slots[slot])
                if isName(number, name) { return number }
                slot = (slot &+ 1) & mask
            }
            return nil
        }
    }

    @inline(__always)
    private func isName(_ number: Int, _ name: Span<UInt8>) -> Bool {
        let start = number == 0 ? 0 : ends[number &- 1]
        guard ends[number] &- start == name.count else { return false }
        return bytes.span.extracting(start..<ends[number]).hasSameBytes(as: name)
    }

    /// Length and three bytes. Names that agree in them share a chain, which is no longer than the table. It holds what
    /// a policy lists, or a bounded number of names that were met, so hostile ones cost little.
    @inline(__always)
    private static func hash(of name: Span<UInt8>) -> Int {
        guard name.count > 0 else { return 0 }
        let last = name.count &- 1
        let mixed =
            UInt32(truncatingIfNeeded: name.count) ^ UInt32(name[0]) &<< 8 ^ UInt32(name[last &>> 1]) &<< 16
            ^ UInt32(name[last]) &<< 24
        return Int((mixed &* 0x9E37_79B1) &>> 16)
    }
}

extension Span where Element == UInt8 {
    /// Both have the same length. Names are short: two loads that may overlap compare up to 16 bytes of them.
    @inline(__always)
    fileprivate func hasSameBytes(as other: Self) -> Bool {
        guard count >= 8 else {
            guard count >= 4 else {
                for index in 0..<count where self[index] != other[index] { return false }
                return true
            }
            let last = count &- 4
            return halfWord(at: 0) == other.halfWord(at: 0) && halfWord(at: last) == other.halfWord(at: last)
        }
        var at = 0
        while count &- at > 8 {
            guard word(at: at) == other.word(at: at) else { return false }
            at &+= 8
        }
        return word(at: count &- 8) == other.word(at: count &- 8)
    }
}
