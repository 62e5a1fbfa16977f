import Foundation

/// What a load looks like. Together with the seed it decides every record: nothing about a record is ever stored.
package struct LoadPlan: Sendable {
    package var seed: UInt64
    /// Sizes of the values that are neither null nor empty, evenly spread. At least 1; from 20 on a value names itself.
    package var valueBytes: ClosedRange<Int>
    /// Records with a key, in a thousand; the others have a null key.
    package var keyedPermille = 1_000
    /// Records whose key is empty, in a thousand of the keyed ones.
    package var emptyKeyPermille = 0
    /// How many different keys there are.
    package var keyCount: Int64 = 1_000
    package var nullValuePermille = 0
    package var emptyValuePermille = 0
    /// Records with headers, in a thousand: one header, repeated names, null and empty header values.
    package var headersPermille = 0
    /// Records with an odd timestamp, in a thousand: 0, 1, a day of 1970, ten minutes after the base.
    package var oddTimestampPermille = 0
    /// Usual timestamps begin here, advance one millisecond in a thousand sequences, and scatter over a second, so that
    /// neighbours differ and are not in order.
    package var baseTimestampMilliseconds: Int64

    package init(
        seed: UInt64, valueBytes: ClosedRange<Int> = 1_000...1_000,
        baseTimestampMilliseconds: Int64 = Int64(Date.now.timeIntervalSince1970 * 1_000)
    ) {
        precondition(valueBytes.lowerBound >= 1, "value sizes \(valueBytes)")
        self.seed = seed
        self.valueBytes = valueBytes
        self.baseTimestampMilliseconds = baseTimestampMilliseconds
    }

    /// Everything a record can be: what a mirror must not change.
    package static func varied(seed: UInt64, valueBytes: ClosedRange<Int> = 1...400) -> LoadPlan {
        var plan = LoadPlan(seed: seed, valueBytes: valueBytes)
        plan.keyedPermille = 800
        plan.emptyKeyPermille = 50
        plan.nullValuePermille = 50
        plan.emptyValuePermille = 50
        plan.headersPermille = 500
        plan.oddTimestampPermille = 50
        return plan
    }
}

/// A generator whose whole state is one word (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
package struct SplitMix {
    private var state: UInt64

    package init(_ state: UInt64) {
        self.state = state
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.scramble(state)
    }

    /// A number in `0 ..< bound`; the bias is bound / 2^64.
    package mutating func next(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    mutating func isDrawn(permille: Int) -> Bool { next(below: 1_000) < permille }

    static func scramble(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
