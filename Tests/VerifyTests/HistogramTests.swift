import Testing
import Verify

@Suite struct HistogramTests {
    @Test(arguments: 1...30)
    func `a quantile errs upward by one bucket at most`(seed: UInt64) {
        var random = TestRandom(seed)
        var histogram = Histogram()
        let values = (0..<1_000).map { _ in
            Int64.random(in: 0...(1 << Int64.random(in: 0...35, using: &random)), using: &random)
        }
        for value in values { histogram.record(microseconds: value) }
        let sorted = values.sorted()
        for share in [0.01, 0.5, 0.9, 0.99, 1] {
            let exact = sorted[max(0, Int((Double(values.count) * share).rounded(.up)) - 1)]
            let answer = histogram.quantile(share)
            #expect(answer >= exact)
            #expect(answer <= exact + exact / 64 + 1)
        }
        #expect(histogram.max == sorted.last)
        #expect(histogram.count == 1_000)
    }

    @Test func `values out of range count at the ends`() {
        var histogram = Histogram()
        histogram.record(microseconds: -5)
        histogram.record(microseconds: .max)
        #expect(histogram.quantile(0.5) == 0)
        #expect(histogram.quantile(1) == (1 << 36) - 1)
        #expect(Histogram().quantile(0.99) == 0)
    }
}
