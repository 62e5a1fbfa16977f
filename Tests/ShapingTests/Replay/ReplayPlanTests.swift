import Shaping
import Testing

struct ReplayPlanTests {
    private static let wall0: Int64 = 1_800_000_000_000
    private static let source0: Int64 = 1_700_000_000_000
    private static let second: Int64 = 1_000_000_000

    private static func plan(_ speed: Double) throws -> ReplayPlan {
        try #require(ReplayPlan.beginning(source: source0, wallMilliseconds: wall0, speed: speed))
    }

    /// The wall clock, so many nanoseconds behind the beginning.
    private static func wall(_ nanoseconds: Int64) -> Int64 { wall0 * 1_000_000 + nanoseconds }

    @Test(arguments: [0.1, 0.5, 1, 1.3, 2, 4, 7.7, 20])
    func `a day takes a day divided by the speed, to the nanosecond`(speed: Double) throws {
        let plan = try Self.plan(speed)
        let millionths = Int128((speed * 1e6).rounded())
        var random = SampleRandom(seed: 1)
        for _ in 0..<1_000 {
            let distance = Int64.random(in: 0...86_400_000, using: &random)
            let exact = Int64(Int128(distance) * 1_000_000 * 1_000_000 / millionths)
            #expect(plan.dueNanoseconds(of: Self.source0 + distance) == Self.wall(exact))
        }
    }

    @Test func `what is later is never due earlier, and hostile times trap nobody`() throws {
        let times = [
            Int64.min, -1, 0, 1, Self.source0 - 1, Self.source0, Self.source0 + 1, .max / 2_000_000, .max / 1_000_000,
            .max,
        ]
        for speed in [0.001, 0.1, 1, 3, 1_000] {
            let plan = try Self.plan(speed)
            let due = times.map { plan.dueNanoseconds(of: $0) }
            #expect(due == due.sorted() && due.last == .max)
        }
    }

    @Test(arguments: 1...10)
    func `a plan that follows another one begins where that one stood`(seed: Int) throws {
        var random = SampleRandom(seed: UInt64(seed))
        var plan = try Self.plan(1)
        var now = Self.wall(0)
        // In nanoseconds of source time, measured beside the plan.
        var position = Double(Self.source0) * 1e6
        let begin = position
        for step in 0..<200 {
            let length = Int64.random(in: 0...3 * Self.second, using: &random)
            if plan.pausedNanoseconds == nil { position += Double(length) * Double(plan.speedMillionths) / 1e6 }
            now += length
            let next: ReplayPlan? =
                switch Int.random(in: 0..<3, using: &random) {
                case 0:
                    plan.changing(speedMillionths: Int64.random(in: 100_000...20_000_000, using: &random), atWall: now)
                case 1: plan.pausing(atWall: now)
                default: plan.resuming(atWall: now)
                }
            guard let next else { continue }
            #expect(next.epoch == plan.epoch + 1)
            #expect(
                next.sourceMilliseconds(atWall: now) == plan.sourceMilliseconds(atWall: now), "seed \(seed), \(step)")
            plan = next
            let found = plan.sourceMilliseconds(atWall: now)
            // A millisecond in which the position lies, and what doubles lose of 1.7e18 nanoseconds.
            #expect(abs(Double(found) * 1e6 + 5e5 - position) <= 5e5 + 5e4, "seed \(seed), \(step)")
        }
        #expect(position - begin > 1e9 && plan.epoch > 50)
    }

    @Test func `twice the speed from a moment on halves what was left`() throws {
        let plan = try #require(
            try Self.plan(1).changing(speedMillionths: 2_000_000, atWall: Self.wall(10 * Self.second)))
        #expect(plan.dueNanoseconds(of: Self.source0 + 20_000) == Self.wall(15 * Self.second))
    }

    /// 10 ms after the beginning, at a tenth of the speed, the source is one millisecond further; 4 ns later nothing is due.
    @Test func `half a millisecond is not lost with the speed`() throws {
        let plan = try Self.plan(0.1)
        let faster = try #require(plan.changing(speedMillionths: 1_000_000, atWall: Self.wall(15_000_000)))
        // 1.5 ms of source time have gone by; the second millisecond is half a millisecond away.
        #expect(faster.dueNanoseconds(of: Self.source0 + 2) == Self.wall(15_500_000))
    }

    @Test func `a pause makes everything later by its length`() throws {
        let plan = try Self.plan(2)
        let paused = try #require(plan.pausing(atWall: Self.wall(Self.second)))
        #expect(paused.pausing(atWall: Self.wall(Self.second)) == nil && plan.resuming(atWall: Self.wall(0)) == nil)
        let resumed = try #require(paused.resuming(atWall: Self.wall(61 * Self.second)))
        let time = Self.source0 + 10_000
        #expect(resumed.dueNanoseconds(of: time) == plan.dueNanoseconds(of: time) + 60 * Self.second)
    }

    @Test func `a paused plan changes its speed without going on`() throws {
        let paused = try #require(try Self.plan(1).pausing(atWall: Self.wall(Self.second)))
        let faster = try #require(paused.changing(speedMillionths: 4_000_000, atWall: Self.wall(30 * Self.second)))
        #expect(faster.sourceMilliseconds(atWall: Self.wall(40 * Self.second)) == Self.source0 + 1_000)
        let resumed = try #require(faster.resuming(atWall: Self.wall(50 * Self.second)))
        #expect(resumed.dueNanoseconds(of: Self.source0 + 5_000) == Self.wall(51 * Self.second))
    }

    @Test func `a shift moves everything`() throws {
        let plan = try Self.plan(2)
        let shifted = try #require(plan.shifted(byNanoseconds: 5))
        #expect(shifted.dueNanoseconds(of: Self.source0 + 7) == plan.dueNanoseconds(of: Self.source0 + 7) + 5)
        #expect(plan.shifted(byNanoseconds: 0) == nil)
    }

    @Test func `a gap is cut to the longest one, for all, and not before everyone can know`() throws {
        let plan = try Self.plan(2)
        let (last, next) = (Self.source0 + 1_000, Self.source0 + 601_000)
        let cut = try #require(plan.cutting(from: last, to: next, gapMax: 60_000, earliestWall: Self.wall(0)))
        #expect(cut.dueNanoseconds(of: next) == plan.dueNanoseconds(of: last) + 30 * Self.second)
        #expect(cut.dueNanoseconds(of: next + 100) == cut.dueNanoseconds(of: next) + 50_000_000)
        let late = try #require(
            plan.cutting(from: last, to: next, gapMax: 60_000, earliestWall: Self.wall(100 * Self.second)))
        #expect(late.dueNanoseconds(of: next) == Self.wall(100 * Self.second))
    }

    @Test func `nothing is cut where no gap is too long, or where it is over before the cut is known`() throws {
        let plan = try Self.plan(1)
        func cut(_ next: Int64, _ earliest: Int64) -> ReplayPlan? {
            plan.cutting(from: Self.source0, to: Self.source0 + next, gapMax: 60_000, earliestWall: Self.wall(earliest))
        }
        #expect(cut(60_000, 0) == nil && cut(-5, 0) == nil && cut(60_001, 0) != nil)
        #expect(cut(70_000, 71 * Self.second) == nil)
    }

    @Test func `a plan is read as it was written`() throws {
        let plans = [
            try Self.plan(1.3),
            try #require(try Self.plan(2).pausing(atWall: Self.wall(12_345_678_901))),
            try #require(
                ReplayPlan(epoch: 9, sourceMilliseconds: 0, wallNanoseconds: .max, speedMillionths: 1_000, loop: 3)),
        ]
        for plan in plans { #expect(ReplayPlan(decoding: plan.encoded) == plan) }
        #expect(
            String(decoding: plans[2].encoded, as: UTF8.self)
                == #"{"epoch":9,"loop":3,"round":0,"source":0,"speed":1000,"v":1,"wall":9223372036854775807}"#)
    }

    @Test(arguments: [
        "", "{}", "null", #"{"epoch":0,"loop":0,"round":0,"source":0,"speed":1000000,"v":2,"wall":0}"#,
        #"{"epoch":0,"loop":0,"round":0,"source":0,"speed":0,"v":1,"wall":0}"#,
        #"{"epoch":-1,"loop":0,"round":0,"source":0,"speed":1000,"v":1,"wall":0}"#,
        #"{"epoch":0,"loop":0,"round":0,"source":-1,"speed":1000,"v":1,"wall":0}"#,
        #"{"epoch":0,"loop":0,"round":0,"source":0,"speed":1000,"v":1,"wall":1e40}"#,
        #"{"epoch":0,"loop":0,"round":0,"source":0,"speed":1000,"v":1,"wall":0,"paused":-1}"#,
    ])
    func `what is no plan is none`(text: String) {
        #expect(ReplayPlan(decoding: Array(text.utf8)) == nil)
    }

    @Test func `speeds outside of what can be computed are none`() {
        for speed in [0, -1, 0.000_9, 1_001, .nan, .infinity] { #expect(ReplayPlan.millionths(of: speed) == nil) }
    }

    @Test(arguments: [0.001, 1, 1_000])
    func `a plan is asked and changed at any time without a trap or a hang`(speed: Double) throws {
        let plan = try Self.plan(speed)
        for now in [Int64.min, -1, 0, 1, Self.wall(0), .max - 1, .max] {
            #expect(plan.sourceMilliseconds(atWall: now) >= 0)
            for other in [Int64(1_000), 1_000_000_000] {
                _ = plan.changing(speedMillionths: other, atWall: now)?.pausing(atWall: now)?.resuming(atWall: .max)
            }
        }
    }
}
