/// How late records went, against the plan: not against when somebody got round to them, which would hide every stall.
///
/// Log-linear: 32 steps for each power of two, so a quantile is at most 1/32 too high. Always the same 15 kB.
package struct LatenessHistogram: Sendable {
    private static let stepBits = 5
    private static let steps = 1 << stepBits
    private static let bucketCount = (64 - stepBits) * steps

    private var counts = [UInt64](repeating: 0, count: bucketCount)
    package private(set) var count: UInt64 = 0
    package private(set) var maxNanoseconds: Int64 = 0

    package init() {}

    /// What went early was not late.
    package mutating func add(nanoseconds: Int64) {
        let lateness = max(nanoseconds, 0)
        counts[Self.bucket(of: lateness)] &+= 1
        count &+= 1
        maxNanoseconds = max(maxNanoseconds, lateness)
    }

    package mutating func add(_ other: LatenessHistogram) {
        for index in 0..<counts.count { counts[index] &+= other.counts[index] }
        count &+= other.count
        maxNanoseconds = max(maxNanoseconds, other.maxNanoseconds)
    }

    package mutating func removeAll() {
        for index in 0..<counts.count { counts[index] = 0 }
        count = 0
        maxNanoseconds = 0
    }

    /// So large a share was at most this late; 0 when there is none.
    package func nanoseconds(atQuantile quantile: Double) -> Int64 {
        guard count > 0 else { return 0 }
        let rank = max(UInt64((Double(count) * min(max(quantile, 0), 1)).rounded(.up)), 1)
        var passed: UInt64 = 0
        for index in 0..<counts.count {
            passed &+= counts[index]
            if passed >= rank { return min(Self.last(in: index), maxNanoseconds) }
        }
        return maxNanoseconds
    }

    private static func bucket(of value: Int64) -> Int {
        guard value >= steps else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - stepBits
        return (shift + 1) * steps + Int(value >> Int64(shift)) - steps
    }

    private static func last(in bucket: Int) -> Int64 {
        guard bucket >= steps else { return Int64(bucket) }
        let shift = bucket / steps - 1
        let first = Int64(bucket % steps + steps)
        return (first << Int64(shift)) + ((1 << Int64(shift)) - 1)
    }
}
