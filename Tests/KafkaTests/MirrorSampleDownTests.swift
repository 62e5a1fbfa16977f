import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

extension MirrorTests {
    /// `excess: sample_down`: whole stories are left out while more is offered than the rate allows.
    @Suite(.serialized)
    struct SampledDown {
        private static let partitions = 4
        private static let ids = 800
        private static let rate = 200

        @Test func `two processes lower one share of the ids, keep the rate, and account for every record`() throws {
            let shape =
                "{ sample: { mode: by_key, ratio: 100%, seed: 3 }, guard: { mark-records: true }, "
                + "pace: { mode: rate, records-per-s: \(Self.rate), excess: sample_down } }"
            let flow = try MirrorFlow(delivery: .atLeastOnce, settings: ["shape": shape])
            try flow.source.create(flow.topic, partitions: Int32(Self.partitions))
            try flow.destination.create(
                flow.topic, partitions: Int32(Self.partitions), settings: [("message.timestamp.type", "LogAppendTime")])
            let alone = try flow.start(instance: "one")
            try flow.eventually("the first has all slots") { alone.slotsHeld == 12 }
            // Both must have partitions of the topic then, or only one has an account (docs/decisions/033).
            let processes = [alone, try flow.start(instance: "two")]
            // A move of partitions under load would have records read twice.
            try flow.eventually("each has half of the slots") { processes.allSatisfy { $0.slotsHeld == 6 } }
            let produced = try flow.load(seconds: 30, perSecond: 8 * Self.rate, ids: Self.ids, Self.partitions)
            // What waits is half a second's at most.
            Thread.sleep(forTimeInterval: 5)
            for process in processes { process.terminate() }
            for process in processes { #expect(process.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)") }

            let arrived = try flow.destination.records(of: flow.topic)
            let accounts = try processes.map { try ShapedAccount(of: $0.output) }
            for account in accounts { #expect(account.isExact, "\(account)\n\(flow.logs)") }
            #expect(accounts.reduce(0) { $0 + $1["offered"] } == produced, "\(accounts)\n\(flow.logs)")
            #expect(accounts.reduce(0) { $0 + $1["sent"] } == arrived.joined().count, "\(accounts)\n\(flow.logs)")
            #expect(accounts.allSatisfy { $0["sampled_down"] > 0 && $0["sampled_out"] == 0 })

            let times = arrived.joined().map(\.timestampMilliseconds).sorted()
            var (first, most) = (0, 0)
            for (last, time) in times.enumerated() {
                while times[first] <= time - 10_000 { first += 1 }
                most = max(most, last - first + 1)
            }
            #expect(most <= Int(Double(Self.rate * 10) * MirrorScale.bound(1.02, else: MirrorScale.arrivalJitter)))

            // Eight times the rate: an eighth is too much by a hair, and what was not read in the beginning comes on top.
            let stories = arrived.map { $0.map(SampledStory.init) }
            let lowest = try #require(stories.joined().map(\.ratio).min())
            let last = stories.joined().filter { $0.ratio == lowest }
            report(
                "\(produced) records at 8 times the rate: \(arrived.joined().count) sent, "
                    + "ratio \(lowest), \(Set(last.map(\.id)).count) ids, \(most) in the fullest 10 s")
            #expect((1.0 / 256...1.0 / 8).contains(lowest), "\(flow.logs)")
            #expect(Set(last.map(\.id)).count < Self.ids / 4)
            for partition in stories { expectWhole(partition.filter { $0.ratio == lowest }) }
            // What is taken at a smaller share was taken at the larger ones.
            let more = stories.joined().filter { $0.ratio == 2 * lowest }
            #expect(more.isEmpty || Set(last.map(\.id)).subtracting(more.map(\.id)).count < 5)
        }

        /// While the share was the same, every record of every id that was taken was sent.
        private func expectWhole(_ stories: [SampledStory]) {
            guard let first = stories.first?.number, let last = stories.last?.number else { return }
            let sent = Set(stories.map(\.number))
            for id in Set(stories.map(\.id)) {
                let all = stride(from: id, through: last, by: Self.ids).filter { $0 >= first }
                #expect(all.allSatisfy { sent.contains($0) }, "id \(id)")
            }
        }
    }
}

/// One record of the load: its number is its value, its id its key.
private struct SampledStory {
    let number: Int
    let id: Int
    let ratio: Double

    init(_ record: LogRecord) {
        func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }
        number = Int(text(record.value)) ?? -1
        id = Int(text(record.key)) ?? -1
        ratio =
            record.headers.first { $0.name == Array("x-replay-ratio".utf8) }.flatMap { Double(text($0.value)) } ?? -1
    }
}

/// The last line in which a process tells what became of its records.
private struct ShapedAccount: CustomStringConvertible {
    private var numbers: [String: Int] = [:]
    let description: String

    init(of log: String) throws {
        let line = try #require(log.split(separator: "\n").last { $0.contains(" shaped") })
        description = String(line)
        for field in line.split(separator: " ") {
            let parts = field.split(separator: "=")
            if parts.count == 2, let number = Int(parts[1]) { numbers[String(parts[0])] = number }
        }
    }

    subscript(_ name: String) -> Int { numbers[name] ?? 0 }

    var isExact: Bool {
        let parts = ["sent", "sampled_out", "sampled_down", "dropped_by_rate", "left_out_unsafe", "waiting"]
        return self["offered"] > 0 && self["offered"] == parts.reduce(0) { $0 + self[$1] }
    }
}

extension MirrorFlow {
    /// Writes numbered records at this pace, and answers how many. An id's records are all in one partition.
    fileprivate func load(seconds: Int, perSecond: Int, ids: Int, _ partitions: Int) throws -> Int {
        var producer = try LoadProducer(.test(source, [("enable.idempotence", "true"), ("linger.ms", "5")])) { _ in }
        let begin = Date.now
        var number = 0
        while number < seconds * perSecond {
            let due = min(Int(Date.now.timeIntervalSince(begin) * Double(perSecond)), seconds * perSecond)
            while number < due {
                let id = number % ids
                let record = LoadRecord(
                    TopicPartition(topic, Int32(id % partitions)), key: Array("\(id)".utf8),
                    value: Array("\(number)".utf8))
                if try producer.produce(record, ticket: 0) {
                    number += 1
                } else {
                    _ = producer.poll(waitMilliseconds: 10)
                }
            }
            _ = producer.poll(waitMilliseconds: 10)
        }
        try producer.flush(timeoutMilliseconds: 60_000)
        #expect(producer.poll(waitMilliseconds: 0).allSatisfy { $0.code == 0 })
        return number
    }
}
