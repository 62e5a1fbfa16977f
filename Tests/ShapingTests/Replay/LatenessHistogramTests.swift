import CAllocationCounter
import Shaping
import Testing

struct LatenessHistogramTests {
    @Test(arguments: 1...5)
    func `a quantile is at most a thirty-second too high, and never too low`(seed: Int) {
        var random = SampleRandom(seed: UInt64(seed))
        var histogram = LatenessHistogram()
        let values = (0..<5_000).map { _ in
            Int64.random(in: 0...Int64.max, using: &random) >> Int64.random(in: 0...62, using: &random)
        }
        for value in values { histogram.add(nanoseconds: value) }
        let sorted = values.sorted()
        for (quantile, rank) in [(0.0, 1), (0.5, 2_500), (0.99, 4_950), (0.999, 4_995), (1, 5_000)] {
            let (exact, found) = (sorted[rank - 1], histogram.nanoseconds(atQuantile: quantile))
            #expect(found >= exact && Double(found) <= Double(exact) * (1 + 1.0 / 32), "seed \(seed), \(quantile)")
        }
        #expect(histogram.maxNanoseconds == sorted[4_999] && histogram.count == 5_000)
    }

    @Test func `small numbers are told exactly, early ones are not late, and nothing is 0`() {
        var histogram = LatenessHistogram()
        #expect(histogram.nanoseconds(atQuantile: 0.5) == 0)
        for value in Int64(-10)...20 { histogram.add(nanoseconds: value) }
        #expect(histogram.nanoseconds(atQuantile: 0.5) == 5 && histogram.nanoseconds(atQuantile: 0.25) == 0)
    }

    @Test func `two together are as one that had all`() {
        var (left, right, both) = (LatenessHistogram(), LatenessHistogram(), LatenessHistogram())
        for value in Int64(0)..<1_000 {
            if value % 3 == 0 { left.add(nanoseconds: value * value) } else { right.add(nanoseconds: value * value) }
            both.add(nanoseconds: value * value)
        }
        left.add(right)
        for quantile in [0.1, 0.5, 0.9, 1] {
            #expect(left.nanoseconds(atQuantile: quantile) == both.nanoseconds(atQuantile: quantile))
        }
        #expect(left.count == both.count && left.maxNanoseconds == both.maxNanoseconds)
        left.removeAll()
        #expect(left.count == 0 && left.maxNanoseconds == 0 && left.nanoseconds(atQuantile: 1) == 0)
    }

    @Test(.enabled(if: allocation_counter_is_available(), "a sanitizer has an allocator of its own"))
    func `counting allocates nothing`() {
        var histogram = LatenessHistogram()
        allocation_counter_start()
        for value in 0..<1_000 { histogram.add(nanoseconds: Int64(value) << 40) }
        histogram.removeAll()
        #expect(allocation_counter_stop() == 0)
    }
}
