import Model
import Shaping
import Testing

struct ReplayTests {
    private static let source0: Int64 = 1_700_000_000_000
    private static let millisecond: Int64 = 1_000_000

    private static func plan(_ speed: Double) throws -> ReplayPlan {
        try #require(ReplayPlan.beginning(source: source0, wallMilliseconds: ReplaySimulation.wall0, speed: speed))
    }

    /// A record every so many milliseconds of source time.
    private static func steady(every distance: Int64, for length: Int64, from first: Int64 = 0) -> [Int64] {
        stride(from: first, to: length, by: Int64.Stride(distance)).map { source0 + $0 }
    }

    private static func correlation(_ left: [Double], _ right: [Double]) -> Double {
        let count = Double(left.count)
        let (leftMean, rightMean) = (left.reduce(0, +) / count, right.reduce(0, +) / count)
        var (product, leftSquare, rightSquare) = (0.0, 0.0, 0.0)
        for (a, b) in zip(left, right) {
            product += (a - leftMean) * (b - rightMean)
            leftSquare += (a - leftMean) * (a - leftMean)
            rightSquare += (b - rightMean) * (b - rightMean)
        }
        return product / (leftSquare * rightSquare).squareRoot()
    }

    @Test(arguments: [0.1, 0.5, 1, 2, 4, 20])
    func `a window takes its length divided by the speed`(speed: Double) throws {
        let length = Int64(20_000 * speed)
        var simulation = ReplaySimulation(
            try Self.plan(speed), partitions: [Self.steady(every: max(length / 2_000, 1), for: length + 1)])
        let departures = simulation.run(milliseconds: 20_100)
        #expect(departures.count == simulation.partitions[0].count)
        let (first, last) = (try #require(departures.first), try #require(departures.last))
        let duration = Double(last.nanoseconds - first.nanoseconds)
        let wanted = Double(last.timestamp - first.timestamp) * 1e6 / speed
        #expect(abs(duration - wanted) <= wanted * 0.005, "\(duration / wanted)")
        #expect(departures.allSatisfy { $0.lateness >= 0 && $0.lateness < 2 * Self.millisecond })
    }

    /// 50 records a millisecond or one, for as long as chance says.
    @Test(arguments: [0.5, 2, 4])
    func `bursts stay bursts`(speed: Double) throws {
        var random = SampleRandom(seed: 3)
        var times: [Int64] = []
        var (time, isOn) = (Int64(0), false)
        while time < 20_000 {
            let end = time + Int64.random(in: 30...700, using: &random)
            while time < end {
                for _ in 0..<(isOn ? 50 : 1) { times.append(Self.source0 + time) }
                time += 1
            }
            isOn.toggle()
        }
        var simulation = ReplaySimulation(try Self.plan(speed), partitions: [times])
        let departures = simulation.run(milliseconds: Int64(Double(time) / speed) + 10)
        #expect(departures.count == times.count)
        // 100 ms of the replay, and the same in the source.
        let slices = Int(Double(time) / speed / 100) + 1
        var (source, replay) = ([Double](repeating: 0, count: slices), [Double](repeating: 0, count: slices))
        for timestamp in times { source[Int(Double(timestamp - Self.source0) / speed / 100)] += 1 }
        for departure in departures { replay[min(Int(departure.nanoseconds / 100_000_000), slices - 1)] += 1 }
        let correlation = Self.correlation(source, replay)
        #expect(correlation >= 0.98, "\(correlation)")
    }

    @Test func `records of two topics that are 5 ms apart in the source stay as far apart, in different processes`()
        throws
    {
        let plan = try Self.plan(2)
        // Two lanes; partitions 0 and 2 are one topic's, 1 and 3 the other's.
        var simulation = ReplaySimulation(
            plan,
            partitions: [
                Self.steady(every: 20, for: 20_000), Self.steady(every: 20, for: 20_000, from: 5),
                Self.steady(every: 30, for: 20_000), Self.steady(every: 30, for: 20_000, from: 5),
            ])
        simulation.lanes = 2
        let departures = simulation.run(milliseconds: 10_100)
        #expect(departures.count == simulation.partitions.joined().count)
        for (left, right) in [(0, 1), (2, 3)] {
            let orders = departures.filter { $0.partition == left }
            let payments = departures.filter { $0.partition == right }
            for (order, payment) in zip(orders, payments) {
                let error = payment.nanoseconds - order.nanoseconds - 2_500_000
                #expect(abs(error) <= 2 * Self.millisecond)
            }
        }
    }

    @Test func `a partition whose times go back keeps its order, and waits no longer than its latest time`() throws {
        var random = SampleRandom(seed: 4)
        let times = Self.steady(every: 10, for: 5_000).map { $0 + Int64.random(in: -500...500, using: &random) }
        var simulation = ReplaySimulation(try Self.plan(1), partitions: [times])
        let departures = simulation.run(milliseconds: 6_000)
        #expect(departures.map(\.timestamp) == times)
        var latest = Int64.min
        for departure in departures {
            latest = max(latest, (departure.timestamp - Self.source0) * Self.millisecond)
            #expect(departure.nanoseconds - max(latest, 0) < 2 * Self.millisecond)
        }
    }

    private static func departures(
        _ policy: ReplayDefinition.CatchUp, isBackPressure: Bool, milliseconds: Int64 = 60_000
    ) throws -> [ReplaySimulation.Departure] {
        var simulation = ReplaySimulation(
            try plan(1), policy: policy,
            partitions: [steady(every: 10, for: milliseconds), steady(every: 10, for: milliseconds, from: 5)])
        simulation.stall = (0, 10_000, 15_000)
        simulation.isBackPressure = isBackPressure
        return simulation.run(milliseconds: milliseconds + 10_000)
    }

    /// How many left in each second.
    private static func perSecond(_ departures: [ReplaySimulation.Departure]) -> [Int] {
        var counts = [Int](repeating: 0, count: 80)
        for departure in departures { counts[Int(departure.nanoseconds / 1_000_000_000)] += 1 }
        return counts
    }

    private static func isOnTime(_ departure: ReplaySimulation.Departure) -> Bool {
        departure.lateness < 30 * millisecond
    }

    @Test(arguments: [true, false])
    func `a stall of 5 s shows as 5 s, and a burst makes up for it at once`(isBackPressure: Bool) throws {
        let departures = try Self.departures(.burst, isBackPressure: isBackPressure)
        var histogram = LatenessHistogram()
        for departure in departures { histogram.add(nanoseconds: departure.lateness) }
        #expect(abs(histogram.maxNanoseconds - 5_000 * Self.millisecond) < 20 * Self.millisecond)
        #expect(histogram.nanoseconds(atQuantile: 0.5) < 2 * Self.millisecond)
        #expect(histogram.nanoseconds(atQuantile: 0.99) > 4_000 * Self.millisecond)
        let counts = Self.perSecond(departures)
        #expect(counts[12] == 0 && counts[15] >= 1_190 && counts[16...50].allSatisfy { abs($0 - 200) <= 2 })
    }

    @Test(arguments: [true, false])
    func `capped, the stall is made up for at the factor, and then the plan is met again`(isBackPressure: Bool) throws {
        let departures = try Self.departures(.capped(1.25), isBackPressure: isBackPressure)
        let counts = Self.perSecond(departures)
        // 5 s at a quarter more: 20 s.
        #expect(counts[16...33].allSatisfy { abs($0 - 250) <= 3 }, "\(counts)")
        #expect(counts[36...58].allSatisfy { abs($0 - 200) <= 2 }, "\(counts)")
        #expect(counts.max() ?? 0 <= 260, "\(counts)")
        let behind = departures.filter { !Self.isOnTime($0) }
        #expect(behind.allSatisfy { $0.nanoseconds < 35_200 * Self.millisecond })
        #expect(departures.count == 12_000)
    }

    @Test(arguments: [true, false])
    func `with a shift the rhythm goes on where it stopped, 5 s later`(isBackPressure: Bool) throws {
        let departures = try Self.departures(.shift, isBackPressure: isBackPressure)
        let counts = Self.perSecond(departures)
        #expect(counts[16...58].allSatisfy { abs($0 - 200) <= 2 }, "\(counts)")
        let behind = departures.filter { $0.nanoseconds > 16_000 * Self.millisecond }
        #expect(behind.allSatisfy { abs($0.lateness - 5_000 * Self.millisecond) < 150 * Self.millisecond })
    }

    @Test func `partitions of one lane stay together while it makes up for a stall`() throws {
        let departures = try Self.departures(.capped(1.25), isBackPressure: false)
        let left = departures.filter { $0.partition == 0 }
        let right = departures.filter { $0.partition == 1 }
        // 5 ms apart in the source.
        for (a, b) in zip(left, right) { #expect(b.nanoseconds - a.nanoseconds < 8 * Self.millisecond) }
    }

    @Test func `a partition that comes late is brought back at the factor, and the others stay on time`() throws {
        var simulation = ReplaySimulation(
            try Self.plan(1), policy: .capped(2),
            partitions: [Self.steady(every: 10, for: 30_000), Self.steady(every: 10, for: 30_000)])
        simulation.arrivals = [1: 8_000]
        let departures = simulation.run(milliseconds: 31_000)
        #expect(departures.filter { $0.partition == 0 }.allSatisfy(Self.isOnTime))
        let late = departures.filter { $0.partition == 1 }
        #expect(late.count == 3_000)
        let counts = Self.perSecond(late)
        #expect(
            counts[9...14].allSatisfy { abs($0 - 200) <= 2 } && counts[17...28].allSatisfy { abs($0 - 100) <= 1 },
            "\(counts)")
    }

    @Test func `what is behind is told, and a new plan begins on time`() {
        var catchUp = CatchUp(.shift)
        let due = Instant(nanoseconds: 1_000_000_000)
        _ = catchUp.horizon(at: due, earliestDue: due)
        let later = Instant(nanoseconds: 6_000_000_000)
        _ = catchUp.horizon(at: later, earliestDue: due)
        #expect(abs(catchUp.behindNanoseconds(at: later) - 5_000_000_000) <= 100_000_000)
        catchUp.planChanged()
        #expect(catchUp.behindNanoseconds(at: later) == 0)
        let horizon = catchUp.horizon(at: later, earliestDue: due)
        #expect(horizon == later)
    }
}
