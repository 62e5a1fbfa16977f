import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

extension MirrorTests {
    /// Source logs whose offsets are not one after the other.
    @Suite(.serialized)
    struct Sources {
        @Test(arguments: Delivery.allCases)
        func `aborted transactions are never seen, open ones once they are committed`(delivery: Delivery) throws {
            let flow = try MirrorFlow(delivery: delivery)
            try flow.source.create(flow.topic, partitions: 2)
            var producer = try Transactions(topic: flow.topic, on: flow.source)
            for number in 0..<12 {
                try producer.write(records: 20)
                try number.isMultiple(of: 3) ? producer.abort() : producer.commit()
            }
            try producer.write(records: 20)
            try copyOnce(flow)
            let first = try flow.source.records(of: flow.topic).map { $0.map(MirroredFields.init) }
            #expect(first.map(\.count) == [160, 160])
            #expect(try flow.destination.records(of: flow.topic).map { $0.map(MirroredFields.init) } == first)

            try producer.commit()
            try copyOnce(flow)
            let second = try flow.source.records(of: flow.topic).map { $0.map(MirroredFields.init) }
            #expect(second.map(\.count) == [180, 180])
            #expect(try flow.destination.records(of: flow.topic).map { $0.map(MirroredFields.init) } == second)
        }

        @Test(arguments: Delivery.allCases)
        func `a compacted topic keeps its order, tombstones included, also when a position falls into a hole`(
            delivery: Delivery
        ) throws {
            let flow = try MirrorFlow(from: MirrorClusters.third, delivery: delivery)
            try flow.source.create(
                flow.topic, partitions: 1,
                settings: [
                    ("cleanup.policy", "compact"), ("min.cleanable.dirty.ratio", "0.01"), ("segment.ms", "1000"),
                ])
            try produceAndCompact(flow, round: 0)
            try copyOnce(flow)
            let first = try #require(try flow.source.records(of: flow.topic).first)
            #expect(first.contains { $0.value == nil }, "the source has no tombstone")
            let copied = try #require(try flow.destination.records(of: flow.topic).first)
            #expect(copied.map(MirroredFields.init) == first.map(MirroredFields.init))

            let next = try #require(first.last).offset + 1
            try produceAndCompact(flow, round: 1)
            let rest = try #require(try flow.source.records(of: flow.topic).first).filter { $0.offset >= next }
            #expect(try #require(rest.first).offset > next, "the position did not fall into a hole")
            try copyOnce(flow)
            let both = try #require(try flow.destination.records(of: flow.topic).first)
            #expect(both.map(MirroredFields.init) == (first + rest).map(MirroredFields.init))
        }

        /// Writes few keys often, and waits until the broker has compacted most of it away.
        private func produceAndCompact(_ flow: MirrorFlow, round: Int64) throws {
            let place = TopicPartition(flow.topic, 0)
            let begin = Int64(Date.now.timeIntervalSince1970 * 1_000) - 600_000 + round * 60_000
            let before = try flow.source.end(of: place)
            try flow.source.produce(
                (0..<2_000).map { number in
                    LoadRecord(
                        place, key: [UInt8(number % 10)], value: number % 10 == 3 ? nil : Array("\(number)".utf8),
                        timestampMilliseconds: begin)
                })
            // The broker begins a new segment with a batch that is so much younger, and compacts the ones before.
            try flow.source.produce([LoadRecord(place, key: [99], value: [1], timestampMilliseconds: begin + 10_000)])
            try flow.source.produce([LoadRecord(place, key: [98], value: [1], timestampMilliseconds: begin + 20_000)])
            try flow.eventually("the broker compacts") {
                try flow.source.records(of: flow.topic)[0].count { $0.offset >= before } < 100
            }
        }

        private func copyOnce(_ flow: MirrorFlow) throws {
            let process = try flow.startOnce()
            #expect(process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
        }
    }
}

/// Writes transactions over both partitions of a topic.
private struct Transactions: ~Copyable {
    private let topic: String
    private var producer: RecordProducer
    private var written = 0
    private var isOpen = false

    init(topic: String, on cluster: KafkaCluster) throws {
        let configuration = ClientConfiguration.test(cluster, [("transactional.id", Clusters.uniqueName("writer"))])
        let producer = try RecordProducer(configuration, inFlightMax: 1) { _ in }
        try producer.initTransactions(timeoutMilliseconds: 30_000)
        self.topic = topic
        self.producer = producer
    }

    /// Adds records to each partition; they are on the broker when this returns, committed or not.
    mutating func write(records: Int) throws {
        if !isOpen { try producer.beginTransaction() }
        isOpen = true
        for number in 0..<2 * records {
            let text = Array("record \(written)".utf8)
            written += 1
            try producer.produce(
                OwnRecord(topic: topic, partition: Int32(number % 2), key: text, value: text), ticket: 0)
        }
        try producer.flush(timeoutMilliseconds: 30_000)
    }

    mutating func commit() throws {
        try producer.commitTransaction(timeoutMilliseconds: 30_000)
        isOpen = false
    }

    mutating func abort() throws {
        try producer.abortTransaction(timeoutMilliseconds: 30_000)
        isOpen = false
    }
}
