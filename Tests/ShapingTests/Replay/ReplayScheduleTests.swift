import Model
import Shaping
import Testing

struct ReplayScheduleTests {
    private static let wall0: Int64 = 1_800_000_000_000
    private static let source0: Int64 = 1_700_000_000_000
    private static let millisecond: Int64 = 1_000_000

    private static func schedule(speed: Double = 1, clock: Int64 = 0) throws -> ReplaySchedule {
        let plan = try #require(ReplayPlan.beginning(source: source0, wallMilliseconds: wall0, speed: speed))
        return ReplaySchedule(plan, wallNanoseconds: wall0 * millisecond, at: Instant(nanoseconds: clock))
    }

    @Test func `two processes whose clocks began at different times send at the same moment`() throws {
        let left = try Self.schedule(speed: 2, clock: 0)
        // Started 7 s later, by a clock that shows something else.
        let plan = left.plan
        let right = ReplaySchedule(
            plan, wallNanoseconds: (Self.wall0 + 7_000) * Self.millisecond, at: Instant(nanoseconds: 123_456_789))
        for distance in [Int64(-5), 0, 1, 999, 1_000_000] {
            let leftWall = left.wallNanoseconds(at: left.due(of: Self.source0 + distance))
            #expect(right.wallNanoseconds(at: right.due(of: Self.source0 + distance)) == leftWall)
        }
        #expect(right.due(of: Self.source0 + 20_000).nanoseconds == 123_456_789 + 3_000 * Self.millisecond)
    }

    @Test func `a step of the wall clock is followed`() throws {
        var schedule = try Self.schedule()
        schedule.anchor(wallNanoseconds: (Self.wall0 + 500) * Self.millisecond, at: Instant(nanoseconds: 0))
        #expect(schedule.due(of: Self.source0 + 600).nanoseconds == 100 * Self.millisecond)
    }

    @Test func `a window begins with its first time and ends before its last`() throws {
        var definition = ReplayDefinition()
        #expect(ReplayWindow(definition).place(of: 5, at: 0, in: nil) == .inside)
        (definition.from, definition.to) = (100, 200)
        let window = ReplayWindow(definition)
        let places = [99, 100, 199, 200, -1].map { window.place(of: $0, at: 0, in: nil) }
        #expect(places == [.before, .inside, .inside, .after, .inside])
    }

    @Test func `a window of offsets goes by them, and holds nothing of what it does not name`() {
        var definition = ReplayDefinition()
        definition.offsets = ["orders": [10..<20, 5..<5]]
        let window = ReplayWindow(definition)
        let first = window.offsets(of: TopicPartition("orders", 0))
        let places = [9, 10, 19, 20].map { window.place(of: -1, at: $0, in: first) }
        #expect(places == [.before, .inside, .inside, .after])
        for other in [TopicPartition("orders", 1), TopicPartition("orders", 2), TopicPartition("payments", 0)] {
            #expect(window.place(of: 7, at: 5, in: window.offsets(of: other)) == .after, "\(other)")
        }
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
        #expect(schedule.bound(at: before) == before)
        #expect(
            schedule.bound(at: after) == Instant(nanoseconds: 50 * Self.millisecond))
    }
}
