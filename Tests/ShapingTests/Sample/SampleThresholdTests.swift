import Shaping
import Testing

struct SampleThresholdTests {
    @Test func `a ratio keeps exactly the hashes below its share`() {
        let half = SampleThreshold(ratio: 0.5)
        #expect(half.keeps((1 << 63) - 1) && !half.keeps(1 << 63))
        let least = SampleThreshold(ratio: 0x1p-64)
        #expect(least.keeps(0) && !least.keeps(1))
        // 1.5 / 2^64: hashes 0 and 1 are below it.
        let odd = SampleThreshold(ratio: 0x1.8p-64)
        #expect(odd.keeps(1) && !odd.keeps(2))
        let almost = SampleThreshold(ratio: 1.0.nextDown)
        #expect(almost.keeps(.max - 2_048) && !almost.keeps(.max - 2_047))
    }

    @Test func `one keeps all, and nothing or no number keeps nothing`() {
        #expect(SampleThreshold(ratio: 1).keeps(.max))
        for ratio in [0, -1, .nan] { #expect(!SampleThreshold(ratio: ratio).keeps(0)) }
    }
}
