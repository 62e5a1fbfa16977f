/// 128 bits: one block of AES as two numbers, whose most significant bytes are the block's first and ninth.
package struct AESBlock: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64 = 0, low: UInt64 = 0) {
        self.high = high
        self.low = low
    }

    package static func ^ (left: AESBlock, right: AESBlock) -> AESBlock {
        AESBlock(high: left.high ^ right.high, low: left.low ^ right.low)
    }

    /// The bit that stands so many places behind the first one: 0 or 1. Places are 0 to 127.
    package func bit(_ place: Int) -> UInt64 {
        let word = place < 64 ? high : low
        return word &>> UInt64(truncatingIfNeeded: 63 - place & 63) & 1
    }

    /// Turns that bit over if `bit` is 1.
    package mutating func flip(_ place: Int, by bit: UInt64) {
        let mask = bit &<< UInt64(truncatingIfNeeded: 63 - place & 63)
        if place < 64 { high ^= mask } else { low ^= mask }
    }
}
