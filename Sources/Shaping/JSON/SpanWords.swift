extension Span where Element == UInt8 {
    /// Eight bytes, the first one lowest. The compiler makes one load of it.
    @inline(__always)
    func word(at start: Int) -> UInt64 {
        let part = extracting(start..<(start &+ 8))
        let low = UInt64(part[0]) | UInt64(part[1]) &<< 8 | UInt64(part[2]) &<< 16 | UInt64(part[3]) &<< 24
        let high = UInt64(part[4]) &<< 32 | UInt64(part[5]) &<< 40 | UInt64(part[6]) &<< 48 | UInt64(part[7]) &<< 56
        return low | high
    }

    /// Four bytes, the first one lowest.
    @inline(__always)
    func halfWord(at start: Int) -> UInt32 {
        let part = extracting(start..<(start &+ 4))
        return UInt32(part[0]) | UInt32(part[1]) &<< 8 | UInt32(part[2]) &<< 16 | UInt32(part[3]) &<< 24
    }
}
