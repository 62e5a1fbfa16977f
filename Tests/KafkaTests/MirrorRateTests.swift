import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Synchronization
import Testing
import Trials

extension MirrorTests {
    /// One rate over all processes of a flow, whatever the source does and whoever comes and goes.
    @Suite(.serialized)
    struct Rated {
        private static let rate = 800
        private static let sessionMilliseconds: Int64 = 6_000

        /// Of each phase; `make rates` has longer ones.
        private static let phaseSeconds =
            ProcessInfo.processInfo.environment["MARTLET_RATE_SECONDS"].flatMap(Double.init) ?? 5

        /// The source brings half of the rate, then as much, twice, ten times, a hundred times; one process becomes four,
        /// one goes in good order, one is killed.
        @Test func `800 records a second with one to four processes`() throws {
            let flow = try MirrorFlow(
                delivery: .atLeastOnce, settings: ["shape": "{ pace: { mode: rate, records-per-s: \(Self.rate) } }"])
            try flow.source.create(flow.topic, partitions: 8)
            // The broker's clock tells when a record came.
            try flow.destination.create(
                flow.topic, partitions: 8, settings: [("message.timestamp.type", "LogAppendTime")])
            var processes = ["one": try flow.start(instance: "one")]
            let load = SteadyLoad(flow.topic, at: flow.source, perSecond: Self.rate / 2)
            defer { load.end() }
            try flow.eventually("records arrive") { try !RateLog(flow).arrivals.isEmpty }
            Self.rest(1)
            for (factor, name) in [(1, "two"), (2, "three"), (10, "four")] {
                load.perSecond = factor * Self.rate
                Self.rest(0.5)
                processes[name] = try flow.start(instance: name)
                Self.rest(0.5)
            }
            processes["two"]?.terminate()
            #expect(processes["two"]?.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
            Self.rest(1)
            load.perSecond = 100 * Self.rate
            Self.rest(0.5)
            let killedAt = Int64(Date.now.timeIntervalSince1970 * 1_000)
            processes["three"]?.kill()
            // The lower bound holds again when its share has been given away.
            Thread.sleep(forTimeInterval: Double(Self.sessionMilliseconds) / 1_000 + 5)
            load.perSecond = Self.rate
            Self.rest(2)
            load.end()
            for name in ["one", "four"] { processes[name]?.terminate() }
            for name in ["one", "four"] { _ = processes[name]?.waitForExit(seconds: 60) }

            let log = try RateLog(flow)
            let most = log.mostInTenSeconds
            let slice = log.mostInTenthOfSecond
            let lean = log.leanestTenSeconds(sparing: killedAt..<(killedAt + Self.sessionMilliseconds + 5_000))
            report(
                "at \(Self.rate) records/s with one to four processes, \(log.arrivals.count) records: fullest 10 s \(most), "
                    + "fullest 100 ms \(slice), leanest 10 s while records waited \(lean.map(String.init) ?? "none")")
            // The limit is a promise at every moment, on a busy machine as well; what the broker's clock adds is its own.
            #expect(
                Double(most) <= Double(Self.rate * 10) * MirrorScale.bound(1.01, else: MirrorScale.arrivalJitter),
                "\(flow.logs)")
            guard MirrorScale.isTimingStrict else { return }
            #expect(slice <= 2 * Self.rate / 10, "\(flow.logs)")
            #expect(try #require(lean) >= Self.rate * 10 * 99 / 100, "\(flow.logs)")
        }

        private static func rest(_ phases: Double) { Thread.sleep(forTimeInterval: phases * phaseSeconds) }
    }
}

/// Writes to every partition in turn, so many records a second, until it is ended.
private final class SteadyLoad: Sendable {
    private let rate: Atomic<Int>
    private let isOver = Atomic<Bool>(false)
    private let done = DispatchSemaphore(value: 0)

    init(_ topic: String, at source: KafkaCluster, perSecond: Int) {
        rate = Atomic(perSecond)
        let thread = Thread { [self] in
            run(topic, source)
            done.signal()
        }
        thread.start()
    }

    var perSecond: Int {
        get { rate.load(ordering: .relaxed) }
        set { rate.store(newValue, ordering: .relaxed) }
    }

    func end() {
        guard !isOver.exchange(true, ordering: .relaxed) else { return }
        done.wait()
    }

    private func run(_ topic: String, _ source: KafkaCluster) {
        guard var producer = try? LoadProducer(.test(source, [("linger.ms", "5")]), log: { _ in }) else { return }
        var (sent, owed) = (0, 0.0)
        var last = Date.now
        while !isOver.load(ordering: .relaxed) {
            let now = Date.now
            owed += now.timeIntervalSince(last) * Double(perSecond)
            last = now
            while owed >= 1 {
                let record = LoadRecord(TopicPartition(topic, Int32(sent % 8)), key: nil, value: Array("\(sent)".utf8))
                if (try? producer.produce(record, ticket: 0)) != true { break }
                (sent, owed) = (sent + 1, owed - 1)
            }
            // What the queue does not take is not made up for.
            owed = min(owed, Double(perSecond) / 10)
            _ = producer.poll(waitMilliseconds: 5)
        }
        try? producer.flush(timeoutMilliseconds: 30_000)
    }
}

/// When records were written, and when they arrived, by the brokers' clock.
private struct RateLog {
    let arrivals: [Int64]
    private let written: [Int64]

    init(_ flow: MirrorFlow) throws {
        arrivals = try flow.destination.records(of: flow.topic).flatMap { $0.map(\.timestampMilliseconds) }.sorted()
        written = try flow.source.records(of: flow.topic).flatMap { $0.map(\.timestampMilliseconds) }.sorted()
    }

    var mostInTenSeconds: Int { most(within: 10_000) }
    var mostInTenthOfSecond: Int { most(within: 100) }

    private func most(within span: Int64) -> Int {
        var (first, most) = (0, 0)
        for (last, time) in arrivals.enumerated() {
            while arrivals[first] <= time - span { first += 1 }
            most = max(most, last - first + 1)
        }
        return most
    }

    /// Of the windows in which half a second of records waited all the time; those that touch `spared` do not count.
    func leanestTenSeconds(sparing spared: Range<Int64>) -> Int? {
        guard let begin = arrivals.first, let end = arrivals.last else { return nil }
        let step: Int64 = 100
        let steps = Int((end - begin) / step)
        // By steps: how many had arrived, and whether enough waited.
        var arrived: [Int] = []
        var waits: [Bool] = []
        var (come, made) = (0, 0)
        for place in 0...steps {
            let time = begin + Int64(place) * step
            while come < arrivals.count, arrivals[come] <= time { come += 1 }
            while made < written.count, written[made] <= time { made += 1 }
            arrived.append(come)
            waits.append(made - come >= 400)
        }
        var leanest: Int?
        for first in stride(from: 50, to: steps - 100, by: 1) where waits[first...(first + 100)].allSatisfy({ $0 }) {
            let time = begin + Int64(first) * step
            guard !(time..<(time + 10_000)).overlaps(spared) else { continue }
            let count = arrived[first + 100] - arrived[first]
            leanest = min(leanest ?? count, count)
        }
        return leanest
    }
}
