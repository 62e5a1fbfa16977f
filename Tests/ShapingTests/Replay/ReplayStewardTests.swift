import Model
import Shaping
import Testing

/// Which plan the steward writes, and when.
struct ReplayStewardTests {
    private static let wall: Int64 = 1_800_000_000_000_000_000
    private static let second: Int64 = 1_000_000_000
    private static let from: Int64 = 1_700_000_000_000

    private static func replay(_ change: (inout ReplayDefinition) -> Void = { _ in }) -> ReplayDefinition {
        var replay = ReplayDefinition()
        replay.from = from
        change(&replay)
        return replay
    }

    private static func front(
        _ instance: String = "a", epoch: Int64 = -1, partitions: Int = 4, isReady: Bool = true, last: Int64? = nil,
        next: Int64? = nil, behind: Int64 = 0
    ) -> ReplayFront {
        var front = ReplayFront(instance: instance)
        (front.epoch, front.partitions, front.isReady) = (epoch, partitions, isReady)
        (front.last, front.next, front.behindMilliseconds) = (last, next, behind)
        return front
    }

    /// A steward whose first plan is written and read back at second 0.
    private static func running(_ replay: ReplayDefinition) throws -> (steward: ReplaySteward, plan: ReplayPlan) {
        var steward = ReplaySteward(replay, origin: replay.from)
        steward.note(front(), at: at(0))
        let next = steward.next(registered: 4, wallNanoseconds: wall, at: at(0))
        let plan = try #require(next)
        steward.note(plan)
        return (steward, plan)
    }

    private static func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

    private func next(_ steward: inout ReplaySteward, _ seconds: Double) -> ReplayPlan? {
        steward.next(
            registered: 4, wallNanoseconds: Self.wall + Int64(seconds * 1e9), at: Self.at(seconds))
    }

    // MARK: The beginning

    @Test func `it begins once every partition has somebody who holds its first records`() throws {
        var steward = ReplaySteward(Self.replay { $0.speed = 2 }, origin: Self.from)
        #expect(next(&steward, 0) == nil)
        steward.note(Self.front(partitions: 2), at: Self.at(0))
        #expect(next(&steward, 1) == nil)
        steward.note(Self.front("b", partitions: 2, isReady: false), at: Self.at(1))
        #expect(next(&steward, 1) == nil)
        steward.note(Self.front("b", partitions: 2), at: Self.at(2))
        let plan = try #require(next(&steward, 2))
        #expect(plan.sourceMilliseconds == Self.from && plan.speedMillionths == 2_000_000)
        #expect(plan.wallNanoseconds == Self.wall + 4 * Self.second)
        // Its own word is to be read back first; where it was lost, it is said again.
        steward.note(Self.front(), at: Self.at(6))
        #expect(next(&steward, 6) == nil)
        steward.note(Self.front(), at: Self.at(9))
        #expect(next(&steward, 9) != nil)
    }

    @Test func `it does not wait for ever for one that is not ready, nor for one that is gone`() {
        var steward = ReplaySteward(Self.replay(), origin: Self.from)
        for second in 0..<30 {
            steward.note(Self.front(isReady: false), at: Self.at(Double(second)))
            #expect(next(&steward, Double(second)) == nil)
        }
        steward.note(Self.front(isReady: false), at: Self.at(30))
        #expect(next(&steward, 30) != nil)
    }

    @Test func `without a beginning of its own it begins with what waits, or now`() throws {
        var waiting = ReplaySteward(ReplayDefinition(), origin: nil)
        waiting.note(Self.front(partitions: 2, next: 70), at: Self.at(0))
        waiting.note(Self.front("b", partitions: 2, next: 50), at: Self.at(0))
        #expect(next(&waiting, 0)?.sourceMilliseconds == 50)
        var steward = ReplaySteward(ReplayDefinition(), origin: nil)
        steward.note(Self.front(), at: Self.at(0))
        let plan = next(&steward, 0)
        #expect(plan?.sourceMilliseconds == Self.wall / 1_000_000)
    }

    // MARK: Afterwards

    @Test func `a pause, its end and another speed are plans that begin where the one before stood`() throws {
        var (steward, first) = try Self.running(Self.replay())
        steward.note(RateSetting(id: 1, limits: RateLimits(recordsPerSecond: nil), paused: true))
        let paused = try #require(next(&steward, 10))
        #expect(paused.epoch == first.epoch + 1 && paused.pausedNanoseconds == Self.wall + 10 * Self.second)
        steward.note(paused)
        #expect(next(&steward, 20) == nil)
        steward.note(RateSetting(id: 2, limits: RateLimits(recordsPerSecond: nil), speed: 4))
        let resumed = try #require(next(&steward, 30))
        #expect(resumed.pausedNanoseconds == nil)
        #expect(resumed.wallNanoseconds == first.wallNanoseconds + 20 * Self.second)
        steward.note(resumed)
        let faster = try #require(next(&steward, 31))
        #expect(faster.speedMillionths == 4_000_000 && faster.epoch == first.epoch + 3)
        steward.note(faster)
        #expect(next(&steward, 32) == nil)
    }

    @Test func `with shift the plan moves by what the slowest is behind, once everybody follows it`() throws {
        var (steward, plan) = try Self.running(Self.replay { $0.catchUp = .shift })
        let epoch = plan.epoch
        steward.note(Self.front(epoch: -1, behind: 5_000), at: Self.at(5))
        #expect(next(&steward, 5) == nil)
        steward.note(Self.front(epoch: epoch, behind: 90), at: Self.at(6))
        #expect(next(&steward, 6) == nil)
        steward.note(Self.front(epoch: epoch, behind: 700), at: Self.at(7))
        steward.note(Self.front("b", epoch: epoch, behind: 1_500), at: Self.at(7))
        let shifted = try #require(next(&steward, 7))
        #expect(shifted.wallNanoseconds == plan.wallNanoseconds + 1_500 * 1_000_000)
    }

    @Test func `a gap is cut only where everybody's next record is known`() throws {
        var (steward, plan) = try Self.running(Self.replay { $0.gapMaxMilliseconds = 10_000 })
        let epoch = plan.epoch
        let (last, next) = (Self.from + 5_000, Self.from + 3_600_000)
        steward.note(Self.front(epoch: epoch, last: last, next: next), at: Self.at(8))
        steward.note(Self.front("b", epoch: epoch, isReady: false, last: last - 50), at: Self.at(8))
        #expect(self.next(&steward, 8) == nil)
        steward.note(Self.front("b", epoch: epoch, last: last - 50, next: next + 7), at: Self.at(9))
        let cut = try #require(self.next(&steward, 9))
        // Plan time: 2 s of lead, 5 s up to the last record, 10 s of the gap.
        #expect(cut.sourceMilliseconds == next && cut.wallNanoseconds == Self.wall + 17 * Self.second)
    }

    @Test func `a window that is long over begins again with what waits of it`() throws {
        var (steward, _) = try Self.running(Self.replay { $0.to = Self.from + 10_000 })
        let waits = Self.front(next: Self.from + 200)
        steward.note(waits, at: Self.at(60))
        #expect(next(&steward, 60) == nil)
        steward.note(waits, at: Self.at(73))
        let again = try #require(next(&steward, 73))
        #expect(again.sourceMilliseconds == Self.from + 200 && again.wallNanoseconds == Self.wall + 75 * Self.second)
    }

    @Test func `the next round begins when all of the window has gone everywhere, and not after the last one`() throws {
        var (steward, plan) = try Self.running(
            Self.replay {
                $0.to = Self.from + 10_000
                $0.loops = 2
            })
        let epoch = plan.epoch
        var (done, half) = (Self.front(epoch: epoch, partitions: 2), Self.front("b", epoch: epoch, partitions: 2))
        done.isDone = true
        steward.note(done, at: Self.at(11))
        steward.note(half, at: Self.at(11))
        #expect(next(&steward, 13) == nil)
        half.isDone = true
        steward.note(half, at: Self.at(13))
        steward.note(done, at: Self.at(13))
        #expect(next(&steward, 11.5) == nil, "the plan is not over")
        let second = try #require(next(&steward, 13))
        #expect((second.loop, second.roundEpoch, second.sourceMilliseconds) == (1, epoch + 1, Self.from))
        #expect(second.wallNanoseconds == Self.wall + 18 * Self.second)
        steward.note(second)
        done.epoch = epoch + 1
        half.epoch = epoch + 1
        steward.note(half, at: Self.at(40))
        steward.note(done, at: Self.at(40))
        #expect(next(&steward, 40) == nil)
    }

    // MARK: What is written

    @Test func `a front is read back, and nothing else is`() throws {
        let front = Self.front(epoch: 3, last: 5, next: 6, behind: 7)
        #expect(try ReplayFront(key: front.key, decoding: front.encoded) == front)
        let other = Self.front("b")
        #expect(throws: LeaseFault.self) { try ReplayFront(key: other.key, decoding: front.encoded) }
        for bad in [Self.front(epoch: -2), Self.front(partitions: -1), Self.front(behind: -1)] {
            #expect(throws: LeaseFault.self) { try ReplayFront(key: bad.key, decoding: bad.encoded) }
        }
    }

    @Test func `lanes are told of as one`() {
        let joined = Self.front(epoch: 2, partitions: 1, last: 9, next: 20, behind: 1).joined(
            with: Self.front(epoch: 1, partitions: 2, isReady: false, last: 8, next: 10))
        #expect(joined == Self.front(epoch: 1, partitions: 3, isReady: false, last: 9, next: 10, behind: 1))
    }
}
