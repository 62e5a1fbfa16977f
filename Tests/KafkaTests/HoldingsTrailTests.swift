import KafkaHarness
import Rig
import Testing
import TestSupport

@Suite struct HoldingsTrailTests {
    /// An uneasy run of half an hour, sampled every 10 s, in which something grows by so much a minute.
    private func trail(mebibytes: Double = 0, descriptors: Double = 0, threads: Double = 0) -> HoldingsTrail {
        var random = SeededGenerator(seed: 7)
        var trail = HoldingsTrail()
        for sample in 0..<180 {
            let minutes = Double(sample) / 6
            trail.note(
                ProcessHoldings(
                    residentMebibytes: 90 + Int.random(in: 0...20, using: &random) + Int(mebibytes * minutes),
                    descriptors: 60 + Int.random(in: 0...15, using: &random) + Int(descriptors * minutes),
                    threads: 40 + Int.random(in: 0...12, using: &random) + Int(threads * minutes)))
        }
        return trail
    }

    @Test func `unrest is no growth`() {
        #expect(trail().isLongEnough && trail().grown == [])
    }

    @Test func `a megabyte and a half, or a descriptor or a thread and a half a minute are growth`() {
        #expect(trail(mebibytes: 1.5).grown == [.mebibytes])
        #expect(trail(descriptors: 1.5).grown == [.descriptors])
        #expect(trail(threads: 1.5).grown == [.threads])
    }

    @Test func `a short run says nothing`() {
        #expect(!HoldingsTrail().isLongEnough)
    }
}
