import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

extension MirrorTests {
    /// A rate that holds for each topic, or for each partition.
    @Suite(.serialized)
    struct Scoped {
        /// Three busy partitions, in all cases at three hundred records a second together.
        @Test(arguments: [("topic", 300), ("partition", 100)])
        func `a rate of its own holds nobody else up, and is kept while partitions move`(
            scope: String, rate: Int
        ) throws {
            let topics = ["busy", "calm"].map { Clusters.uniqueName($0) }
            let flow = try MirrorFlow(
                topics: topics, delivery: .atLeastOnce,
                settings: ["shape": "{ pace: { mode: rate, records-per-s: \(rate), scope: \(scope) } }"])
            for topic in topics {
                try flow.source.create(topic, partitions: 4)
                try flow.destination.create(
                    topic, partitions: 4, settings: [("message.timestamp.type", "LogAppendTime")])
            }
            // What comes now and then has a limit of its own: another topic's, or another partition's.
            let calm = scope == "topic" ? TopicPartition(topics[1], 0) : TopicPartition(topics[0], 3)
            try flow.source.produce(
                (0..<60_000).map { number in
                    LoadRecord(TopicPartition(topics[0], Int32(number % 3)), key: nil, value: Array("\(number)".utf8))
                })
            _ = try flow.start(instance: "one")
            try flow.eventually("the first seconds' records arrive") {
                flow.destination.ends(of: topics[0], partitions: 4).reduce(0, +) > 900
            }
            let second = try flow.start(instance: "two")
            try flow.trickle(to: calm, seconds: 20)
            second.kill()
            try flow.trickle(to: calm, seconds: 20)

            let arrived = try topics.map { try flow.destination.records(of: $0) }
            let busy = arrived[0][0..<3].map { $0.map(\.timestampMilliseconds) }
            let late = arrived[Int(topics.firstIndex(of: calm.topic) ?? 0)][Int(calm.partition)].compactMap { record in
                Int64(String(decoding: record.value ?? [], as: UTF8.self)).map { record.timestampMilliseconds - $0 }
            }.sorted()
            let all = Self.most(of: busy.joined().sorted(), within: 10_000)
            let each = busy.map { Self.most(of: $0, within: 10_000) }
            let median = late.isEmpty ? -1 : late[late.count / 2]
            report(
                "scope \(scope): at most \(all) records in 10 s, \(each) by partition; \(late.count) others \(median) ms late "
                    + "in the median, \(late.last ?? -1) at most")
            // The limit is a promise at every moment; what the broker's clock adds on a busy machine is its own.
            let bound = MirrorScale.bound(1.02, else: MirrorScale.arrivalJitter)
            #expect(
                all <= Int(3_000 * bound) && all >= 3_000 * 95 / 100,
                "\(Self.perSecond(busy.joined()))\n\(flow.logs)")
            if scope == "partition" { #expect(each.allSatisfy { $0 <= Int(1_000 * bound) }, "\(each)") }
            // Partitions that move are late by the move.
            #expect(late.count > 300 && (0...1_000).contains(median), "\(median)\n\(flow.logs)")
        }

        @Test func `excess is dropped by partition, and only where there is some`() throws {
            let flow = try MirrorFlow(
                delivery: .atLeastOnce,
                settings: ["shape": "{ pace: { mode: rate, records-per-s: 50, scope: partition, excess: drop } }"])
            try flow.source.create(flow.topic, partitions: 2)
            let process = try flow.start()
            try flow.eventually("the process has its first lease") { process.output.contains("rate in force") }
            Thread.sleep(forTimeInterval: 8)
            try flow.trickle(to: TopicPartition(flow.topic, 1), seconds: 4) {
                (0..<50).map { LoadRecord(TopicPartition(flow.topic, 0), key: nil, value: Array("\($0)".utf8)) }
            }
            Thread.sleep(forTimeInterval: 3)
            process.terminate()
            #expect(process.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
            let arrived = try flow.destination.records(of: flow.topic).map(\.count)
            let trickled = try flow.source.records(of: flow.topic).map(\.count)
            report("dropped by partition: \(arrived) of \(trickled)")
            #expect(
                arrived[1] == trickled[1] && arrived[0] > 50 && arrived[0] < trickled[0] / 2, "\(arrived)\n\(flow.logs)"
            )
        }

        /// Far more than the room of a partition holds.
        @Test(arguments: Delivery.allCases)
        func `a partition of which enough waits is read no further, and later read on where it was`(
            delivery: Delivery
        ) throws {
            let flow = try MirrorFlow(
                delivery: delivery,
                settings: ["shape": "{ pace: { mode: rate, records-per-s: 6000, scope: partition } }"])
            try flow.source.create(flow.topic, partitions: 2)
            let count = 50_000
            try flow.source.produceMany(
                (0..<2 * count).lazy.map { number in
                    LoadRecord(
                        TopicPartition(flow.topic, Int32(number % 2)), key: nil, value: Array("\(number / 2)".utf8))
                })
            let process = try flow.startOnce()
            #expect(process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            for records in try flow.destination.records(of: flow.topic) {
                let numbers = records.compactMap { Int(String(decoding: $0.value ?? [], as: UTF8.self)) }
                #expect(numbers == Array(0..<count), "\(numbers.count)\n\(flow.logs)")
            }
        }

        /// For the message of a failing test.
        private static func perSecond(_ times: some Sequence<Int64>) -> String {
            Dictionary(grouping: times) { $0 / 1_000 }.sorted { $0.key < $1.key }
                .map { "\($0.key % 1_000):\($0.value.count)" }.joined(separator: " ")
        }

        private static func most(of times: [Int64], within span: Int64) -> Int {
            var (first, most) = (0, 0)
            for (last, time) in times.enumerated() {
                while times[first] <= time - span { first += 1 }
                most = max(most, last - first + 1)
            }
            return most
        }
    }
}

extension KafkaCluster {
    /// As many as its queue takes at once, and then the others.
    fileprivate func produceMany(_ records: some Sequence<LoadRecord>) throws {
        var producer = try LoadProducer(.test(self, [("enable.idempotence", "true"), ("linger.ms", "5")])) { _ in }
        for record in records {
            while try !producer.produce(record, ticket: 0) { _ = producer.poll(waitMilliseconds: 10) }
        }
        try producer.flush(timeoutMilliseconds: 60_000)
        #expect(producer.poll(waitMilliseconds: 0).allSatisfy { $0.code == 0 })
    }
}

extension MirrorFlow {
    /// Ten records a second, each with the time at which it was written; and others beside each.
    fileprivate func trickle(
        to partition: TopicPartition, seconds: Int, beside: () -> [LoadRecord] = { [] }
    ) throws {
        var producer = try LoadProducer(.test(source, [("enable.idempotence", "true"), ("linger.ms", "0")])) { _ in }
        for _ in 0..<(10 * seconds) {
            let now = Int64(Date.now.timeIntervalSince1970 * 1_000)
            for record in [LoadRecord(partition, key: nil, value: Array("\(now)".utf8))] + beside() {
                #expect(try producer.produce(record, ticket: 0))
            }
            _ = producer.poll(waitMilliseconds: 0)
            Thread.sleep(forTimeInterval: 0.1)
        }
        try producer.flush(timeoutMilliseconds: 60_000)
    }
}
