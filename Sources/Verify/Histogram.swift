/// Counts of durations in log-linear buckets: each power of two is cut into 64, so a reading errs by 1.6 % at most.
///
/// Unit: microseconds. Values beyond 2^36 (19 hours) count as that; negative ones as 0.
package struct Histogram: Sendable {
    private static let cutBits = 6
    private static let powersMax = 36
    private var counts = [Int64](repeating: 0, count: (powersMax - cutBits + 2) << cutBits)
    package private(set) var count: Int64 = 0
    package private(set) var max: Int64 = 0
    package private(set) var sumMicroseconds: Int64 = 0

    package init() {}

    package mutating func record(microseconds: Int64) {
        let value = Swift.min(Swift.max(microseconds, 0), (1 << Self.powersMax) - 1)
        counts[Self.bucket(of: value)] += 1
        count += 1
        max = Swift.max(max, value)
        sumMicroseconds += value
    }

    /// The value that `share` (0 to 1) of all readings do not exceed, rounded up to its bucket's end; 0 without any.
    package func quantile(_ share: Double) -> Int64 {
        let rank = Swift.max(1, Int64((Double(count) * share).rounded(.up)))
        var seen: Int64 = 0
        for (bucket, number) in counts.enumerated() where number > 0 {
            seen += number
            if seen >= rank { return Swift.min(Self.end(of: bucket), max) }
        }
        return max
    }

    /// How many readings were at most this, counting the whole of its bucket.
    package func count(upToMicroseconds value: Int64) -> Int64 {
        let last = Self.bucket(of: Swift.min(Swift.max(value, 0), (1 << Self.powersMax) - 1))
        return counts[...last].reduce(0, +)
    }

    /// Adds the readings of another one.
    package mutating func add(_ other: Histogram) {
        for bucket in counts.indices { counts[bucket] += other.counts[bucket] }
        count += other.count
        max = Swift.max(max, other.max)
        sumMicroseconds += other.sumMicroseconds
    }

    package mutating func removeAll() {
        self = Histogram()
    }

    /// Values below 64 have a bucket each; from there on the leading bit chooses the power, the next six the cut.
    private static func bucket(of value: Int64) -> Int {
        if value < 1 << cutBits { return Int(value) }
        let power = 63 - value.leadingZeroBitCount
        let cut = Int(value >> (power - cutBits)) & ((1 << cutBits) - 1)
        return (power - cutBits + 1) << cutBits + cut
    }

    private static func end(of bucket: Int) -> Int64 {
        if bucket < 1 << cutBits { return Int64(bucket) }
        let shift = bucket >> cutBits - 1
        let cut = Int64(bucket & ((1 << cutBits) - 1))
        return (1 << cutBits + cut + 1) << shift - 1
    }
}
