import Testing
import Verify

@Suite struct IntervalSetTests {
    @Test(arguments: 1...50)
    func `inserts in any order give the same answers as a plain set`(seed: UInt64) {
        var random = TestRandom(seed)
        var plain: Set<Int64> = []
        var intervals = IntervalSet()
        for _ in 0..<300 {
            let member = Int64.random(in: 0..<200, using: &random)
            #expect(intervals.insert(member) == plain.insert(member).inserted)
        }
        #expect(intervals.count == Int64(plain.count))
        #expect(intervals.last == plain.max())
        for member in Int64(-1)...201 { #expect(intervals.contains(member) == plain.contains(member)) }
        for (left, right) in zip(intervals.ranges, intervals.ranges.dropFirst()) {
            #expect(left.upperBound < right.lowerBound, "ranges that touch are one range")
        }
    }

    @Test(arguments: 1...50)
    func `subtracting gives the same members as with plain sets`(seed: UInt64) {
        var random = TestRandom(seed)
        var plain: [Set<Int64>] = [[], []]
        var intervals = [IntervalSet(), IntervalSet()]
        for _ in 0..<120 {
            let (which, member) = (Int.random(in: 0...1, using: &random), Int64.random(in: 0..<80, using: &random))
            plain[which].insert(member)
            intervals[which].insert(member)
        }
        let rest = intervals[0].subtracting(intervals[1])
        #expect(rest.ranges.flatMap { Array($0) } == plain[0].subtracting(plain[1]).sorted())
    }

    @Test func `a billion members in a row are one range`() {
        var set = IntervalSet(0..<1_000_000_000)
        set.insert(1_000_000_000)
        #expect(set.ranges == [0..<1_000_000_001])
        #expect(IntervalSet(5..<5).isEmpty)
    }
}

/// A generator of the tests' own, so that a failing seed fails again.
struct TestRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
