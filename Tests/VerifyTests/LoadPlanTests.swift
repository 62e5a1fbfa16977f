import Foundation
import Testing

@testable import Verify

@Suite struct LoadPlanTests {
    @Test func `exponential sizes have their mean, their median and their cap`() {
        var random = SplitMix(5)
        let sizes = ValueSizes.exponential(mean: 1_000, cap: 20_000)
        let drawn = (0..<100_000).map { _ in sizes.draw(&random) }
        let mean = Double(drawn.reduce(0, +)) / 100_000
        #expect((980...1_020).contains(mean))
        #expect((673...713).contains(drawn.sorted()[50_000]), "the median is the mean times ln 2")
        #expect(drawn.allSatisfy { (1...20_000).contains($0) })
        var again = SplitMix(5)
        let capped = (0..<10_000).map { _ in ValueSizes.exponential(mean: 1_000, cap: 1_500).draw(&again) }
        #expect(capped.max() == 1_500)
    }

    @Test func `the logarithm of our own is one`() {
        var random = SplitMix(9)
        for _ in 0..<1_000 {
            let word = random.next()
            let exact = -log(Double(word) / 0x1p64)
            #expect(abs(ValueSizes.negativeLogarithm(ofShare: word) - exact) < 1e-9)
        }
        #expect(ValueSizes.negativeLogarithm(ofShare: 0) > 40)
    }

    @Test func `a plan survives JSON`() throws {
        var plan = LoadPlan.varied(seed: .max)
        plan.sizes = .exponential(mean: 900, cap: 10_000)
        plan.transactions = .init(records: 50, abortedPermille: 100)
        plan.timestamps = .intended
        plan.format = .headers
        #expect(try JSONDecoder().decode(LoadPlan.self, from: JSONEncoder().encode(plan)) == plan)
    }

    @Test func `the aborted share of transactions is the planned one, whole transactions at a time`() {
        var plan = LoadPlan(seed: 4)
        plan.transactions = .init(records: 10, abortedPermille: 250)
        let fates = (0..<Int64(4_000)).map { transaction in
            Set((0..<Int64(10)).map { plan.isAborted(number: transaction * 10 + $0) })
        }
        #expect(fates.allSatisfy { $0.count == 1 })
        #expect((850...1_150).contains(fates.count { $0 == [true] }))
    }

    @Test func `intended timestamps are the pace's, to the millisecond`() throws {
        var plan = LoadPlan(seed: 4, valueBytes: 50...60)
        plan.timestamps = .intended
        let start: Int64 = 1_700_000_000_123_456_789
        let clock = LoadClock(pace: Pace(ratePerSecond: 3_000), streams: 4, startedAtWallNanoseconds: start)
        let maker = RecordMaker(plan: plan, topic: "orders", partitions: 4, clock: clock)
        for number in stride(from: Int64(0), to: 100_000, by: 37) {
            let place = maker.place(ofNumber: number)
            let draw = maker.draw(stream: place.stream, sequence: place.sequence)
            let meant = try #require(clock.pace.intendedNanoseconds(of: number))
            #expect(draw.timestampMilliseconds == (start + meant) / 1_000_000)
        }
        #expect(maker.stampSource.mark & 1 == 1)
    }

    @Test func `what is no plan says so`() {
        var plans = Array(repeating: LoadPlan(seed: 1), count: 7)
        plans[0].sizes = .even(from: 0, to: 4)
        plans[1].sizes = .exponential(mean: 10, cap: 9)
        plans[2].keyedPermille = 1_001
        plans[3].keyCount = 0
        plans[4].transactions = .init(records: 0)
        plans[5].baseTimestampMilliseconds = -1
        plans[6].format = .body
        plans[6].id = "a;b"
        for plan in plans { #expect(plan.fault != nil) }
        #expect(LoadPlan.varied(seed: 1).fault == nil)
    }
}
