import Testing

@testable import Verify

@Suite struct PaceTests {
    private static func pace(_ random: inout TestRandom) -> Pace {
        let rate = [1, 7, 999, 1_000, 44_100, 300_000, 999_983].randomElement(using: &random) ?? 1
        guard Bool.random(using: &random) else { return Pace(ratePerSecond: rate) }
        let period = Int64.random(in: 1...5_000, using: &random)
        return Pace(
            ratePerSecond: rate,
            burst: .init(
                factor: .random(in: 1...20, using: &random), milliseconds: .random(in: 1...period, using: &random),
                periodMilliseconds: period))
    }

    @Test(arguments: 1...200)
    func `a record is due from its intended instant on, and not before`(seed: UInt64) throws {
        var random = TestRandom(seed)
        let pace = Self.pace(&random)
        #expect(pace.fault == nil)
        for _ in 0..<50 {
            let most = min(1 << Int64.random(in: 0...34, using: &random), Int64(pace.ratePerSecond) * 90_000_000)
            let number = Int64.random(in: 0...most, using: &random)
            let instant = try #require(pace.intendedNanoseconds(of: number))
            #expect(pace.dueCount(afterNanoseconds: instant) > number)
            #expect(pace.dueCount(afterNanoseconds: instant - 1) <= number)
            #expect(pace.number(intendedAt: instant) == number)
        }
    }

    @Test(arguments: 1...50)
    func `what is due never falls, and over whole periods it is the mean rate`(seed: UInt64) {
        var random = TestRandom(seed)
        let pace = Self.pace(&random)
        var last: Int64 = 0
        for _ in 0..<200 {
            let step = Int64.random(in: 0...50_000_000, using: &random)
            last += step
            #expect(pace.dueCount(afterNanoseconds: last + step) >= pace.dueCount(afterNanoseconds: last))
        }
        let period = pace.burst?.periodMilliseconds ?? 1_000
        let due = pace.dueCount(afterNanoseconds: period * 1_000 * 1_000_000)
        #expect(abs(Double(due) - pace.meanRatePerSecond * Double(period)) <= 2)
    }

    @Test func `a burst is so many times as dense, and at the end of its period`() {
        let pace = Pace(ratePerSecond: 1_000, burst: .init(factor: 5, milliseconds: 100, periodMilliseconds: 1_000))
        let due = stride(from: 0, through: 2_000_000_000, by: 100_000_000).map { pace.dueCount(afterNanoseconds: $0) }
        let steps = zip(due, due.dropFirst()).map { $1 - $0 }
        #expect(steps == Array(repeating: 100, count: 9) + [500] + Array(repeating: 100, count: 9) + [500])
    }

    @Test func `a year at a high rate overflows nothing`() throws {
        let pace = Pace(
            ratePerSecond: 1_000_000, burst: .init(factor: 100, milliseconds: 500, periodMilliseconds: 1_000))
        let number: Int64 = 31_536_000 * 1_000_000 * 50
        let instant = try #require(pace.intendedNanoseconds(of: number))
        #expect(pace.dueCount(afterNanoseconds: instant) > number)
        #expect(pace.dueCount(afterNanoseconds: instant - 1) <= number)
    }

    @Test func `numbers and times beyond all reason are answered, and overflow nothing`() {
        let pace = Pace(
            ratePerSecond: 10_000_000, burst: .init(factor: 100, milliseconds: 5, periodMilliseconds: 5))
        #expect(pace.fault == nil)
        #expect(pace.intendedNanoseconds(of: .max) == nil && pace.intendedNanoseconds(of: -1) == nil)
        #expect(pace.dueCount(afterNanoseconds: .max) > 0)
        #expect(pace.number(intendedAt: .max) != nil && pace.number(intendedAt: -1) == nil)
    }

    @Test func `without a rate everything is due and nothing is meant`() {
        #expect(Pace.unbounded.dueCount(afterNanoseconds: 0) == .max)
        #expect(Pace.unbounded.intendedNanoseconds(of: 5) == nil)
    }

    @Test func `what is no pace says so`() {
        let bursts: [Pace.Burst] = [
            .init(factor: 0, milliseconds: 1, periodMilliseconds: 2),
            .init(factor: 2, milliseconds: 0, periodMilliseconds: 2),
            .init(factor: 2, milliseconds: 3, periodMilliseconds: 2),
            .init(factor: 2, milliseconds: .max, periodMilliseconds: .max),
        ]
        for burst in bursts { #expect(Pace(ratePerSecond: 10, burst: burst).fault != nil) }
        #expect(Pace(ratePerSecond: -1).fault != nil && Pace(ratePerSecond: .max).fault != nil)
    }
}
