import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

extension MirrorTests {
    /// Records that go on in the rhythm in which they were written.
    @Suite(.serialized)
    struct Replayed {
        private static let partitions = 4

        @Test(arguments: [(0.5, Delivery.atLeastOnce), (1, .exactlyOnce), (2, .atLeastOnce), (4, .exactlyOnce)])
        func `a window of bursts is replayed in its rhythm, two topics beside each other, and the run ends`(
            speed: Double, delivery: Delivery
        ) throws {
            let topics = ["orders", "payments"].map { Clusters.uniqueName($0) }
            let window = RecordedWindow(milliseconds: MirrorScale.isTimingStrict ? 60_000 : 8_000)
            let pace = "{ mode: original, speed: \(speed), from: \(window.from), to: \(window.to) }"
            let flow = try MirrorFlow(topics: topics, delivery: delivery, settings: ["shape": "{ pace: \(pace) }"])
            for topic in topics { try flow.prepare(topic, window, partitions: Self.partitions) }
            let process = try flow.command(["run", "--config", "{config}", "--log-level", "info"])
            #expect(process.waitForExit(seconds: 180)?.code == 0, "\(flow.logs)")

            let arrivals = try topics.map { try ReplayArrivals(of: $0, at: flow.destination) }
            for arrival in arrivals {
                #expect(arrival.numbers == window.times.indices.map { $0 }, "exactly the window\n\(flow.logs)")
                #expect(arrival.isOrdered)
            }
            let measured = arrivals.map { ReplayMeasure($0, window, speed: speed) }
            let apart = ReplayMeasure.millisecondsApart(arrivals[0], arrivals[1])
            report(
                "replay at \(speed)x, \(delivery.rawValue): duration \(measured[0].duration.formatted) s of "
                    + "\(measured[0].planned.formatted), correlation of 100 ms counts "
                    + "\(measured[0].correlation.formatted), late p99 \(measured[0].lateP99.formatted) ms, two topics "
                    + "apart p99 \(apart.formatted) ms")
            for measure in measured {
                // Never much faster than the plan; a first record that is late makes it seem so. Without one it would all
                // be there at once.
                #expect(measure.duration >= measure.planned * MirrorScale.bound(0.98, else: 0.5))
                guard MirrorScale.isTimingStrict else { continue }
                #expect(abs(measure.duration / measure.planned - 1) <= 0.005)
                #expect(measure.correlation >= 0.98)
            }
            #expect(MirrorScale.isTimingStrict ? apart <= 10 : true)
        }

        @Test func `two processes follow one plan, its speed changes while it runs, and a pause moves it`() throws {
            // Long enough for a command to come in time on any machine.
            let window = RecordedWindow(milliseconds: 120_000)
            let pace = "{ mode: original, from: \(window.from), to: \(window.to) }"
            let flow = try MirrorFlow(settings: ["shape": "{ pace: \(pace) }"])
            try flow.prepare(flow.topic, window, partitions: Self.partitions)
            let processes = try ["one", "two"].map { try flow.start(instance: $0) }
            try flow.eventually("5 s of the window") { try flow.arrived >= window.count(before: 5_000) }
            let stopped = try flow.command(["rate", "--config", "{config}", "--stop"])
            #expect(stopped.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
            Thread.sleep(forTimeInterval: 3)
            let held = try flow.arrived
            Thread.sleep(forTimeInterval: 3)
            #expect(try flow.arrived == held, "\(flow.logs)")
            #expect(held < window.times.count)
            let resumed = try flow.command(["rate", "--config", "{config}", "--resume", "--speed", "20"])
            #expect(resumed.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
            for process in processes { #expect(process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)") }
            let arrival = try ReplayArrivals(of: flow.topic, at: flow.destination)
            #expect(arrival.numbers == window.times.indices.map { $0 } && arrival.isOrdered, "\(flow.logs)")
            // What waited during the pause did not leave at once: the rest of the window took a twentieth of its time.
            let rest = try #require(arrival.seconds(from: held, to: window.times.count - 1))
            report("after a pause: \(window.times.count - held) records in \(rest.formatted) s")
            let planned = Double(window.times.last! - window.times[held]) / 20_000
            #expect(rest >= planned * 0.8)
        }

        @Test(arguments: Delivery.allCases)
        func `a window is replayed several times, each record once in each round and in its order`(
            delivery: Delivery
        ) throws {
            let window = RecordedWindow(milliseconds: 4_000)
            let pace = "{ mode: original, from: \(window.from), to: \(window.to), speed: 2, loop: 3 }"
            let flow = try MirrorFlow(delivery: delivery, settings: ["shape": "{ pace: \(pace) }"])
            try flow.prepare(flow.topic, window, partitions: Self.partitions)
            let processes = try ["one", "two"].map { try flow.start(instance: $0) }
            for process in processes { #expect(process.waitForExit(seconds: 180)?.code == 0, "\(flow.logs)") }
            let round = window.times.indices.map { $0 }
            for (number, records) in try flow.destination.records(of: flow.topic).enumerated() {
                let numbers = records.compactMap {
                    String(decoding: $0.value ?? [], as: UTF8.self).split(separator: " ").first
                }
                let own = round.filter { $0 % Self.partitions == number }.map { "\($0)" }
                #expect(numbers.map(String.init) == own + own + own, "\(flow.logs)")
            }
        }

        @Test func `a window of offsets is replayed, exactly that`() throws {
            let window = RecordedWindow(milliseconds: 2_000)
            let ranges = "{ TOPIC: [1-11, 0-0, 5-6, 3-23] }"
            let topic = Clusters.uniqueName("orders")
            let pace = "{ mode: original, offsets: \(ranges.replacing("TOPIC", with: topic)), speed: 4 }"
            let flow = try MirrorFlow(topics: [topic], settings: ["shape": "{ pace: \(pace) }"])
            try flow.prepare(topic, window, partitions: Self.partitions)
            // Twice: the second time the positions are where the window ends.
            for _ in 0..<2 {
                let process = try flow.command(["run", "--config", "{config}", "--log-level", "info"])
                #expect(process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
                #expect(try flow.destination.records(of: topic).map(\.count) == [10, 0, 1, 20], "\(flow.logs)")
            }
        }

        /// Nine times what the room holds: partitions are halted and read on all the time.
        @Test func `what is far ahead of its time is read no further, and nothing is lost by it`() throws {
            let window = RecordedWindow(milliseconds: 4_000)
            let pace = "{ mode: original, from: \(window.from), to: \(window.to) }"
            let flow = try MirrorFlow(settings: ["shape": "{ pace: \(pace) }", "memory-budget": "17MB"])
            try flow.prepare(flow.topic, window, partitions: Self.partitions, bytes: 80_000)
            let process = try flow.command(["run", "--config", "{config}", "--log-level", "info"])
            #expect(process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            let arrival = try ReplayArrivals(of: flow.topic, at: flow.destination)
            #expect(arrival.numbers == window.times.indices.map { $0 } && arrival.isOrdered, "\(flow.logs)")
        }
    }
}

/// An hour ago: 20 records a second and topic, and bursts of fifty times as many, a tenth of the time.
private struct RecordedWindow {
    let from: Int64
    let to: Int64
    /// Of each record; its number is its place here.
    let times: [Int64]

    init(milliseconds: Int64) {
        let begin = Int64(Date.now.timeIntervalSince1970 * 1_000) - 3_600_000
        var random = SplitMix(seed: 41)
        var times: [Int64] = []
        for slot in 0..<(milliseconds / 100) {
            let count = random.next(below: 10) == 0 ? 100 : 2
            times += (0..<count).map { _ in begin + slot * 100 + Int64(random.next(below: 100)) }.sorted()
        }
        self.times = times
        (from, to) = (begin, begin + milliseconds)
    }

    func count(before milliseconds: Int64) -> Int { times.count { $0 < from + milliseconds } }
}

private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below bound: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return (mixed ^ (mixed >> 31)) % bound
    }
}

/// What arrived of a replayed topic, by the broker's clock.
private struct ReplayArrivals {
    struct Arrival {
        let number: Int
        let written: Int64
        let arrived: Int64
    }

    /// By their numbers.
    let records: [Arrival]
    /// Each partition's numbers grow.
    let isOrdered: Bool

    init(of topic: String, at destination: KafkaCluster) throws {
        let partitions = try destination.records(of: topic).map { partition in
            try partition.map { record in
                let fields = String(decoding: try #require(record.value), as: UTF8.self).split(separator: " ")
                return Arrival(
                    number: try #require(Int(fields[0])), written: try #require(Int64(fields[1])),
                    arrived: record.timestampMilliseconds)
            }
        }
        isOrdered = partitions.allSatisfy { partition in
            zip(partition, partition.dropFirst()).allSatisfy { $0.number < $1.number }
        }
        records = partitions.flatMap { $0 }.sorted { $0.number < $1.number }
    }

    var numbers: [Int] { records.map(\.number) }

    func seconds(from first: Int, to last: Int) -> Double? {
        guard records.indices.contains(first), records.indices.contains(last) else { return nil }
        return Double(records[last].arrived - records[first].arrived) / 1_000
    }
}

private struct ReplayMeasure {
    let planned: Double
    let duration: Double
    let correlation: Double
    let lateP99: Double

    init(_ arrivals: ReplayArrivals, _ window: RecordedWindow, speed: Double) {
        let records = arrivals.records
        guard let first = records.first, let last = records.last else {
            (planned, duration, correlation, lateP99) = (0, 0, 0, 0)
            return
        }
        planned = Double(last.written - first.written) / speed / 1_000
        duration = Double(last.arrived - first.arrived) / 1_000
        // The way to the broker takes its time, and moves all records alike.
        let ways = records.map { Double($0.arrived) - Double($0.written - window.from) / speed }.sorted()
        let origin = ways[ways.count / 2]
        lateP99 = ways[ways.count * 99 / 100] - ways[0]
        let bins = Int(Double(window.to - window.from) / speed / 100) + 50
        var (source, replayed) = ([Double](repeating: 0, count: bins), [Double](repeating: 0, count: bins))
        for record in records {
            source[Int(Double(record.written - window.from) / speed / 100)] += 1
            let place = Int((Double(record.arrived) - origin) / 100)
            replayed[min(max(place, 0), bins - 1)] += 1
        }
        correlation = Self.correlation(source, replayed)
    }

    private static func correlation(_ left: [Double], _ right: [Double]) -> Double {
        let count = Double(left.count)
        let (leftMean, rightMean) = (left.reduce(0, +) / count, right.reduce(0, +) / count)
        var (both, leftSquares, rightSquares) = (0.0, 0.0, 0.0)
        for (x, y) in zip(left, right) {
            both += (x - leftMean) * (y - rightMean)
            leftSquares += (x - leftMean) * (x - leftMean)
            rightSquares += (y - rightMean) * (y - rightMean)
        }
        return both / (leftSquares * rightSquares).squareRoot()
    }

    /// Records of the same number were written in the same millisecond, one in each topic.
    static func millisecondsApart(_ left: ReplayArrivals, _ right: ReplayArrivals) -> Double {
        let apart = zip(left.records, right.records).map { abs($0.arrived - $1.arrived) }.sorted()
        return apart.isEmpty ? 0 : Double(apart[apart.count * 99 / 100])
    }
}

extension MirrorFlow {
    /// A source topic with the window in it, and some before and behind it that must not be replayed.
    fileprivate func prepare(_ topic: String, _ window: RecordedWindow, partitions: Int, bytes: Int = 0) throws {
        try source.create(topic, partitions: Int32(partitions))
        // The broker's clock tells when a record came.
        try destination.create(
            topic, partitions: Int32(partitions), settings: [("message.timestamp.type", "LogAppendTime")])
        let around = (0..<partitions).map { TopicPartition(topic, Int32($0)) }
        var records = around.map { LoadRecord($0, key: nil, value: [0], timestampMilliseconds: window.from - 1) }
        for (number, time) in window.times.enumerated() {
            records.append(
                LoadRecord(
                    TopicPartition(topic, Int32(number % partitions)), key: nil,
                    value: Array("\(number) \(time) ".utf8) + [UInt8](repeating: 120, count: bytes),
                    timestampMilliseconds: time))
        }
        records += around.map { LoadRecord($0, key: nil, value: [0], timestampMilliseconds: window.to) }
        try source.produce(records)
    }

    fileprivate var arrived: Int {
        get throws { try destination.records(of: topic).reduce(0) { $0 + $1.count } }
    }
}
