import Model
import Shaping
import Testing

struct ReplayScheduleTests {
    private static let wall0: Int64 = 1_800_000_000_000
    private static let source0: Int64 = 1_700_000_000_000
    private static let millisecond: Int64 = 1_000_000

    private static func definition(from: Int64? = nil, to: Int64? = nil, loops: Int = 1) -> ReplayDefinition {
        var definition = ReplayDefinition()
        definition.from = from
        definition.to = to
        definition.loops = loops
        return definition
    }

    private static func schedule(
        _ definition: ReplayDefinition = ReplayDefinition(), speed: Double = 1, clock: Int64 = 0
    ) throws -> ReplaySchedule {
        let plan = try #require(ReplayPlan.beginning(source: source0, wallMilliseconds: wall0, speed: speed))
        return ReplaySchedule(definition, plan: plan, wallMilliseconds: wall0, at: Instant(nanoseconds: clock))
    }

    @Test func `two processes whose clocks began at different times send at the same moment`() throws {
        let left = try Self.schedule(speed: 2, clock: 0)
        // Started 7 s later, by a clock that shows something else.
        let plan = left.plan
        let right = ReplaySchedule(
            ReplayDefinition(), plan: plan, wallMilliseconds: Self.wall0 + 7_000, at: Instant(nanoseconds: 123_456_789))
        for distance in [Int64(-5), 0, 1, 999, 1_000_000] {
            let leftWall = left.wallNanoseconds(at: left.due(of: Self.source0 + distance))
            #expect(right.wallNanoseconds(at: right.due(of: Self.source0 + distance)) == leftWall)
        }
        #expect(right.due(of: Self.source0 + 20_000).nanoseconds == 123_456_789 + 3_000 * Self.millisecond)
    }

    @Test func `a step of the wall clock is followed`() throws {
        var schedule = try Self.schedule()
        schedule.anchor(wallMilliseconds: Self.wall0 + 500, at: Instant(nanoseconds: 0))
        #expect(schedule.due(of: Self.source0 + 600).nanoseconds == 100 * Self.millisecond)
    }

    @Test func `a window begins with its first time and ends before its last`() throws {
        let schedule = try Self.schedule(Self.definition(from: 100, to: 200))
        #expect([99, 100, 199, 200].map(schedule.place) == [.before, .inside, .inside, .after])
        #expect(try Self.schedule().place(of: 5) == .inside)
    }

    @Test func `each round follows the one before it, by the window's length`() throws {
        let schedule = try Self.schedule(
            Self.definition(from: Self.source0, to: Self.source0 + 10_000, loops: 3), speed: 2)
        for loop in Int64(0)..<3 {
            #expect(
                schedule.due(of: Self.source0 + 4_000, loop: loop).nanoseconds == (2_000 + 5_000 * loop)
                    * Self.millisecond)
        }
        #expect(schedule.repeats(afterRounds: 2) && !schedule.repeats(afterRounds: 3))
        #expect(try !Self.schedule(Self.definition(from: Self.source0, loops: 3)).repeats(afterRounds: 1))
    }

    @Test func `a record without time is due at once`() throws {
        #expect(try Self.schedule().due(of: -1) == Instant(nanoseconds: .min))
    }

    @Test func `only a newer plan is followed`() throws {
        var schedule = try Self.schedule()
        let (old, wall) = (schedule.plan, Self.wall0 * Self.millisecond)
        let paused = try #require(old.pausing(atWall: wall + 50 * Self.millisecond))
        #expect(schedule.follow(paused) && schedule.plan == paused)
        #expect(!schedule.follow(old) && !schedule.follow(paused) && schedule.plan == paused)
    }

    @Test func `behind a pause nothing goes`() throws {
        var schedule = try Self.schedule()
        let paused = try #require(schedule.plan.pausing(atWall: (Self.wall0 + 50) * Self.millisecond))
        _ = schedule.follow(paused)
        let (before, after) = (Instant(nanoseconds: 49 * Self.millisecond), Instant(nanoseconds: 90 * Self.millisecond))
        #expect(schedule.bound(at: before) == before && !schedule.isPaused(at: before))
        #expect(
            schedule.bound(at: after) == Instant(nanoseconds: 50 * Self.millisecond) && schedule.isPaused(at: after))
    }
}
