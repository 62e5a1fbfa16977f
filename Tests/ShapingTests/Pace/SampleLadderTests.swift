import Model
import Testing

@testable import Shaping

struct SampleLadderTests {
    private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: 7_000_000_000 + milliseconds * 1_000_000) }

    @Test func `steps halve the share, down to a 1,024th`() {
        #expect(
            (0...11).map { 1 / SampleLadder.factor(step: $0) } == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_024])
    }

    @Test func `it is lowered while somebody is behind and the rate is used, with time between for the effect`() {
        var ladder = SampleLadder()
        func note(_ used: Double, _ milliseconds: Int64) -> Bool {
            ladder.note(offered: 1, used: used, isBehind: true, at: at(milliseconds))
        }
        #expect(!note(0.5, 0) && note(0.9, 100) && !note(1, 2_000) && note(1, 2_100) && ladder.step == 2)
        for round in Int64(1)...20 { _ = note(1, 2_100 + round * 2_000) }
        #expect(ladder.step == 10)
    }

    @Test func `it is raised when twice as much would fit with room to spare, for ten seconds without a break`() {
        var ladder = SampleLadder()
        ladder.adopt(3)
        func note(_ offered: Double, _ second: Int64) -> Bool {
            ladder.note(offered: offered, used: offered, isBehind: false, at: at(second * 1_000))
        }
        #expect(!note(0.46, 0) && !note(0.46, 20))
        #expect(!note(0.44, 21) && !note(0.44, 30) && !note(0.46, 30) && !note(0.44, 31) && !note(0.44, 40))
        #expect(note(0.44, 41) && ladder.step == 2)
        #expect(!note(0.44, 42) && !note(0.44, 51) && note(0.44, 52) && ladder.step == 1)
        #expect(!note(0, 53) && note(0, 63) && ladder.step == 0 && !note(0, 100) && !note(0, 200))
    }

    @Test func `a queue that was full for a second is behind, and one that was filled again is full all the while`() {
        var watch = BacklogWatch()
        func note(_ isFull: Bool, _ milliseconds: Int64) -> Bool { watch.note(isFull: isFull, at: at(milliseconds)) }
        #expect(!note(true, 0) && !note(true, 999))
        #expect(note(true, 1_000))
        #expect(!note(false, 1_100) && note(true, 1_150))
        #expect(!note(false, 1_351) && !note(true, 1_352))
        #expect(note(true, 2_352))
        // What was taken at the old share says nothing of the new one.
        watch.restart()
        #expect(!note(true, 5_000) && !note(false, 5_001))
        #expect(!note(true, 5_300) && note(true, 6_300))
    }
}
