import CAllocationCounter
import Model
import Shaping
import Testing

struct RateLimiterTests {
    private static let second: Int64 = 1_000_000_000

    /// What left: when, and how many bytes. Several of one instant are told one by one.
    private struct Departures {
        var times: [Int64] = []
        var sizes: [Int] = []

        /// The largest and the smallest sum of any window of so many nanoseconds that begins with a departure or behind
        /// one: no other window holds more or less. Windows end before the last departure.
        func extremes(window: Int64, inBytes: Bool) -> (most: Double, least: Double) {
            var sums = [0.0]
            for size in sizes { sums.append(sums[sums.count - 1] + (inBytes ? Double(size) : 1)) }
            var (most, least) = (0.0, Double.infinity)
            var (endOfFirst, endOfSecond) = (0, 0)
            for begin in times.indices where times[begin] + window < times[times.count - 1] {
                while endOfFirst < times.count, times[endOfFirst] < times[begin] + window { endOfFirst += 1 }
                while endOfSecond < times.count, times[endOfSecond] <= times[begin] + window { endOfSecond += 1 }
                most = max(most, sums[endOfFirst] - sums[begin])
                if begin + 1 == times.count || times[begin + 1] > times[begin] {
                    least = min(least, sums[endOfSecond] - sums[begin + 1])
                }
            }
            return (most, least)
        }
    }

    /// A caller that wakes up every 1 to 10 ms, and sometimes much later, and lets leave what may.
    private struct Caller {
        var random: SampleRandom
        var now: Int64 = 0
        var nextStall = 10_500 * 1_000_000 as Int64
        var stallMilliseconds: Int64 = 0
        var stallEveryMilliseconds: Int64 = 10_500

        mutating func sleep() {
            now += Int64.random(in: 1_000_000...10_000_000, using: &random)
            guard stallMilliseconds > 0, now >= nextStall else { return }
            now += stallMilliseconds * 1_000_000
            nextStall = now + stallEveryMilliseconds * 1_000_000
        }
    }

    private static func run(
        _ limiter: inout RateLimiter, seconds: Int64, caller: inout Caller,
        size: (inout SampleRandom) -> Int = { _ in 100 },
        waiting: (Int64) -> Int = { _ in .max }, onWake: (inout RateLimiter, Instant) -> Void = { _, _ in }
    ) -> Departures {
        var departures = Departures()
        let end = caller.now + seconds * second
        var next = size(&caller.random)
        while caller.now < end {
            let now = Instant(nanoseconds: caller.now)
            onWake(&limiter, now)
            while departures.times.count < waiting(caller.now), limiter.takeIfAllowed(bytes: next, at: now) {
                departures.times.append(caller.now)
                departures.sizes.append(next)
                next = size(&caller.random)
            }
            caller.sleep()
        }
        return departures
    }

    private static func limiter(_ records: Double?, bytes: Double? = nil, burst: Int64 = 50) -> RateLimiter {
        RateLimiter(
            recordsPerSecond: records, bytesPerSecond: bytes, burstMilliseconds: burst, at: Instant(nanoseconds: 0))
    }

    @Test(arguments: [37.5, 800, 12_345], [UInt64(1), 2])
    func `while records wait, every 10 s hold the rate within 1 per cent and every 100 ms at most twice their share`(
        rate: Double, seed: UInt64
    ) {
        var limiter = Self.limiter(rate)
        var caller = Caller(random: SampleRandom(seed: seed))
        let departures = Self.run(&limiter, seconds: rate > 10_000 ? 25 : 60, caller: &caller)
        let long = departures.extremes(window: 10 * Self.second, inBytes: false)
        #expect(long.most <= rate * 10 * 1.01 + 1, "\(long)")
        #expect(long.least >= rate * 10 * 0.99 - 1, "\(long)")
        let short = departures.extremes(window: Self.second / 10, inBytes: false)
        #expect(short.most <= max(rate * 0.2, 1), "\(short)")
    }

    @Test(arguments: [Int64(40), 80], [UInt64(3), 4])
    func `a caller that sleeps too long is made up for, within the same bounds`(stall: Int64, seed: UInt64) {
        var limiter = Self.limiter(800)
        var caller = Caller(random: SampleRandom(seed: seed), stallMilliseconds: stall)
        let departures = Self.run(&limiter, seconds: 120, caller: &caller)
        let long = departures.extremes(window: 10 * Self.second, inBytes: false)
        #expect(long.most <= 8_080 && long.least >= 7_920, "\(long)")
        let short = departures.extremes(window: Self.second / 10, inBytes: false)
        #expect(short.most <= 160, "\(short)")
        // Nothing is lost for good.
        #expect(departures.times.count >= 120 * 800 - 80, "\(departures.times.count)")
    }

    /// 100 ms are made up for, or 10 s would hold more than 1 % too much; a window that ends with the sleep lacks it all.
    @Test(arguments: [Int64(180), 200], [UInt64(5), 6])
    func `of a longer sleep all but 100 ms is lost, and no more`(stall: Int64, seed: UInt64) {
        var limiter = Self.limiter(800)
        var caller = Caller(random: SampleRandom(seed: seed), stallMilliseconds: stall)
        let departures = Self.run(&limiter, seconds: 120, caller: &caller)
        let long = departures.extremes(window: 10 * Self.second, inBytes: false)
        #expect(long.most <= 8_080 && long.least >= 8_000 - 0.8 * Double(stall + 11), "\(long)")
        let short = departures.extremes(window: Self.second / 10, inBytes: false)
        #expect(short.most <= 160, "\(short)")
        let lost = 11 * 0.8 * Double(stall + 10 - 100)
        #expect(Double(departures.times.count) >= 120 * 800 - 80 - lost, "\(departures.times.count)")
    }

    @Test(arguments: 1...8)
    func `whatever pattern records arrive in, no window holds more than its bound`(seed: Int) {
        var random = SampleRandom(seed: UInt64(seed))
        let rate = Double.random(in: 20...3_000, using: &random)
        let burst = Int64.random(in: 0...100, using: &random)
        // Arrivals: bursts and silences of random lengths and heights.
        var arrivals: [(until: Int64, total: Int)] = []
        var (time, total) = (Int64(0), 0)
        while time < 60 * Self.second {
            time += Int64.random(in: 1_000_000...2 * Self.second, using: &random)
            total += Bool.random(using: &random) ? 0 : Int.random(in: 0...Int(rate * 5), using: &random)
            arrivals.append((time, total))
        }
        var place = 0
        var limiter = Self.limiter(rate, burst: burst)
        var caller = Caller(random: random, stallMilliseconds: 200, stallEveryMilliseconds: 1_700)
        let departures = Self.run(
            &limiter, seconds: 60, caller: &caller,
            waiting: { now in
                while place + 1 < arrivals.count, arrivals[place].until < now { place += 1 }
                return arrivals[place].total
            })
        let long = departures.extremes(window: 10 * Self.second, inBytes: false)
        #expect(long.most <= rate * 10 * 1.01 + 1, "seed \(seed): \(long), rate \(rate), burst \(burst)")
        let short = departures.extremes(window: Self.second / 10, inBytes: false)
        #expect(short.most <= rate * 0.2 + 1, "seed \(seed): \(short), rate \(rate), burst \(burst)")
        #expect(departures.times.count > 100)
    }

    @Test func `bytes are limited as well, and a record larger than the burst passes and is paid for`() {
        var limiter = Self.limiter(nil, bytes: 1_000_000)
        var caller = Caller(random: SampleRandom(seed: 6))
        let departures = Self.run(
            &limiter, seconds: 40, caller: &caller,
            size: { Int.random(in: 0..<50, using: &$0) == 0 ? 200_000 : Int.random(in: 1...2_000, using: &$0) })
        let long = departures.extremes(window: 10 * Self.second, inBytes: true)
        // The last record of a window may be larger than the burst of 50,000, and the first one's debt be paid in it.
        #expect(long.most <= 10_100_000 + 150_000 && long.least >= 9_900_000 - 150_000, "\(long)")
        #expect(departures.sizes.contains(200_000))
    }

    @Test func `of records and bytes the stricter one counts, at every moment`() {
        var limiter = Self.limiter(800, bytes: 100_000)
        var caller = Caller(random: SampleRandom(seed: 7))
        var size = 10
        let few = Self.run(&limiter, seconds: 20, caller: &caller, size: { _ in size })
        #expect(abs(Double(few.times.count) - 16_000) < 160)
        size = 1_000
        let large = Self.run(&limiter, seconds: 20, caller: &caller, size: { _ in size })
        #expect(abs(Double(large.times.count) - 2_000) < 20)
    }

    @Test func `a share that moves every second lets leave what it adds up to`() {
        var limiter = Self.limiter(800)
        var caller = Caller(random: SampleRandom(seed: 8))
        var random = SampleRandom(seed: 9)
        var (changed, rate, owed, last) = (Int64(0), 800.0, 0.0, Int64(0))
        let departures = Self.run(
            &limiter, seconds: 120, caller: &caller,
            onWake: { limiter, now in
                owed += rate * Double(now.nanoseconds - last) / 1e9
                last = now.nanoseconds
                guard now.nanoseconds >= changed else { return }
                changed = now.nanoseconds + Self.second
                rate = Double.random(in: 100...800, using: &random)
                limiter.change(recordsPerSecond: rate, bytesPerSecond: nil, at: now)
            })
        #expect(abs(Double(departures.times.count) - owed) <= 2, "\(departures.times.count) of \(owed)")
        let short = departures.extremes(window: Self.second / 10, inBytes: false)
        #expect(short.most <= 160)
    }

    @Test func `two that share a rate, and pass shares to and fro, keep it together`() {
        var (left, right) = (Self.limiter(400), Self.limiter(400))
        var random = SampleRandom(seed: 10)
        var departures = Departures()
        var share = 400.0
        for millisecond in 0..<Int64(60_000) {
            let now = Instant(nanoseconds: millisecond * 1_000_000)
            if millisecond % 1_000 == 0 {
                share = Double.random(in: 0...800, using: &random)
                left.change(recordsPerSecond: share, bytesPerSecond: nil, at: now)
                right.change(recordsPerSecond: 800 - share, bytesPerSecond: nil, at: now)
            }
            while left.takeIfAllowed(bytes: 1, at: now) || right.takeIfAllowed(bytes: 1, at: now) {
                departures.times.append(now.nanoseconds)
                departures.sizes.append(1)
            }
        }
        let long = departures.extremes(window: 10 * Self.second, inBytes: false)
        #expect(long.most <= 8_080 && long.least >= 7_920, "\(long)")
    }

    @Test func `at a rate of nothing, nothing leaves, and what was owed is owed afterwards`() {
        var limiter = Self.limiter(nil, bytes: 1_000)
        limiter.take(bytes: 5_000, at: Instant(nanoseconds: 0))
        limiter.change(recordsPerSecond: nil, bytesPerSecond: 0, at: Instant(nanoseconds: Self.second))
        let never = limiter.earliest(bytes: 1, at: Instant(nanoseconds: 90 * Self.second))
        limiter.change(recordsPerSecond: nil, bytesPerSecond: 1_000, at: Instant(nanoseconds: 100 * Self.second))
        let paid = limiter.earliest(bytes: 0, at: Instant(nanoseconds: 100 * Self.second))
        #expect(never == nil && paid == Instant(nanoseconds: 104 * Self.second))
    }

    @Test func `without rates everything may leave at once`() {
        var limiter = Self.limiter(nil)
        let now = Instant(nanoseconds: 5)
        let earliest = limiter.earliest(bytes: .max, at: now)
        #expect(earliest == now)
    }

    @Test(arguments: 1...5)
    func `at the earliest instant a record may leave, and not microseconds before`(seed: Int) {
        var random = SampleRandom(seed: UInt64(seed))
        var limiter = Self.limiter(Double.random(in: 0.5...5_000, using: &random), bytes: 50_000)
        var now = Instant(nanoseconds: 0)
        for _ in 0..<2_000 {
            let size = Int.random(in: 1...500, using: &random)
            guard let earliest = limiter.earliest(bytes: size, at: now) else {
                Issue.record("never")
                return
            }
            if earliest.nanoseconds > now.nanoseconds + 10_000 {
                var copy = limiter
                let isEarly = copy.takeIfAllowed(bytes: size, at: Instant(nanoseconds: earliest.nanoseconds - 5_000))
                #expect(!isEarly)
            }
            let isAllowed = limiter.takeIfAllowed(bytes: size, at: earliest)
            #expect(isAllowed, "seed \(seed)")
            now = Instant(nanoseconds: earliest.nanoseconds + Int64.random(in: 0...3_000_000, using: &random))
        }
    }

    @Test func `a clock that stands, goes back or leaps neither traps nor gives more than was saved`() {
        var limiter = Self.limiter(800)
        for nanoseconds in [Int64(0), -5, .min, .max, 0, .max] {
            var count = 0
            while count < 1_000, limiter.takeIfAllowed(bytes: 1, at: Instant(nanoseconds: nanoseconds)) { count += 1 }
            #expect(count <= 40)
        }
    }

    @Test(.enabled(if: allocation_counter_is_available(), "a sanitizer has an allocator of its own"))
    func `asking and taking allocate nothing`() {
        var limiter = Self.limiter(800, bytes: 1_000_000)
        allocation_counter_start()
        for tick in 0..<1_000 {
            let now = Instant(nanoseconds: Int64(tick) * 1_000_000)
            _ = limiter.takeIfAllowed(bytes: 100, at: now)
            if tick % 100 == 0 { limiter.change(recordsPerSecond: 700, bytesPerSecond: 1_000_000, at: now) }
        }
        #expect(allocation_counter_stop() == 0)
    }
}
