import Model
import RdKafka
import Records
import TestSupport
import Testing

@Suite struct SourceConsumerTests {
    private static let topic = "source"

    private func filled(_ count: Int, partitions: Int32 = 1) throws -> MockCluster {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic(Self.topic, partitions: partitions, replicationFactor: 1)
        for partition in 0..<partitions {
            try cluster.load(numbered(0..<count, in: TopicPartition(Self.topic, partition)))
        }
        return cluster
    }

    private func start(_ partition: Int32, at offset: Int64) -> PartitionStart {
        PartitionStart(index: partition, partition: TopicPartition(Self.topic, partition), offset: offset)
    }

    /// Polls `count` reads and gives back their offsets, in the order they came.
    private func offsets(
        _ count: Int, from consumer: inout SourceConsumer, sweep: Int = 100
    ) throws -> [Int32: [Int64]] {
        var batch = SourceConsumer.makeBatch(capacity: sweep)
        var offsets: [Int32: [Int64]] = [:]
        var seen = 0
        try eventually("\(count) reads") {
            consumer.poll(into: &batch, upTo: min(sweep, count - seen), waitMilliseconds: 50)
            seen += batch.count
            for index in 0..<batch.count { offsets[batch[index].partition, default: []].append(batch[index].offset) }
            batch.discard { _ in true }
            return seen >= count
        }
        return offsets
    }

    /// Checksums stand in positions, so they must be the same in every version and on every machine.
    @Test func `a record's checksum tells it from others, and never changes`() throws {
        let partition = TopicPartition(Self.topic, 0)
        let fields: [[UInt8]?] = [nil, [], [7], [7, 0], [0, 7]]
        var records = fields.flatMap { key in
            fields.map { LoadRecord(partition, key: key, value: $0, timestampMilliseconds: 5) }
        }
        records.append(LoadRecord(partition, key: [7], value: [7], timestampMilliseconds: 6))
        records.append(
            LoadRecord(
                partition, key: Array("key".utf8), value: Array("a value of 21 letters".utf8), timestampMilliseconds: 5)
        )
        let cluster = try filled(0)
        try cluster.load(records)
        var seen: [[UInt64]] = []
        for _ in 0..<2 {
            var consumer = try cluster.sourceConsumer()
            try consumer.assign([start(0, at: 0)])
            var batch = SourceConsumer.makeBatch(capacity: 100)
            try eventually("every record") {
                consumer.poll(into: &batch, upTo: 100, waitMilliseconds: 50)
                return batch.count == records.count
            }
            seen.append((0..<batch.count).map { SourceConsumer.checksum(of: batch[$0]) })
        }
        #expect(seen[0] == seen[1])
        #expect(Set(seen[0]).count == records.count)
        #expect(seen[0].last == 0xebb89360ad9ee9ef)
    }

    @Test func `after a seek the next reads are exactly those from the target on`() throws {
        let count = 2_000
        let cluster = try filled(count)
        var consumer = try cluster.sourceConsumer()
        try consumer.assign([start(0, at: 0)])
        var random = SeededGenerator(seed: 1)
        var position: Int64 = 0
        for round in 0..<150 {
            let wanted = min(Int.random(in: 1...300, using: &random), count - Int(position))
            let sweep = Int.random(in: 1...120, using: &random)
            let offsets = try offsets(wanted, from: &consumer, sweep: sweep)[0]
            #expect(offsets == Array(position..<position + Int64(wanted)), "round \(round)")
            position = Int64.random(in: 0..<Int64(count), using: &random)
            try consumer.seek([SeekTarget(index: 0, offset: position)])
        }
    }

    @Test func `a seek of some partitions leaves the others where they are`() throws {
        let cluster = try filled(600, partitions: 3)
        var consumer = try cluster.sourceConsumer()
        try consumer.assign((0..<3).map { start($0, at: 0) })
        var position: [Int32: Int64] = [0: 0, 1: 0, 2: 0]
        for round in 0..<30 {
            for (partition, offsets) in try offsets(40, from: &consumer, sweep: 17) {
                let from = position[partition]!
                #expect(offsets == Array(from..<from + Int64(offsets.count)), "round \(round) partition \(partition)")
                position[partition] = from + Int64(offsets.count)
            }
            let target = Int32(round % 3)
            position[target] = Int64(round)
            try consumer.seek([SeekTarget(index: target, offset: Int64(round))])
        }
    }

    @Test func `a seek right after an assignment counts`() throws {
        let cluster = try filled(300)
        for round in 0..<20 {
            var consumer = try cluster.sourceConsumer()
            try consumer.assign([start(0, at: 0)])
            try consumer.seek([SeekTarget(index: 0, offset: 200)])
            let first = try offsets(5, from: &consumer)[0]
            #expect(first == [200, 201, 202, 203, 204], "round \(round)")
        }
    }

    @Test func `an unassigned partition hands out nothing more`() throws {
        let cluster = try filled(500, partitions: 2)
        var consumer = try cluster.sourceConsumer()
        try consumer.assign([start(0, at: 0), start(1, at: 0)])
        _ = try offsets(10, from: &consumer, sweep: 5)
        try consumer.unassign([0])
        let seen = try offsets(400, from: &consumer)
        #expect(Array(seen.keys) == [1])
        try consumer.assign([start(0, at: 7)])
        var again: [Int64] = []
        try eventually("the partition is read again") {
            again += try offsets(1, from: &consumer)[0] ?? []
            return again.count >= 3
        }
        #expect(again == [7, 8, 9])
    }

    @Test func `a batch is never filled beyond what was asked, nor beyond its room`() throws {
        let cluster = try filled(500)
        var consumer = try cluster.sourceConsumer()
        try consumer.assign([start(0, at: 0)])
        var batch = SourceConsumer.makeBatch(capacity: 30)
        try eventually("the batch is full") {
            let before = batch.count
            consumer.poll(into: &batch, upTo: 20, waitMilliseconds: 20)
            let after = batch.count
            #expect(after - before <= 20)
            return after == 30
        }
        consumer.poll(into: &batch, upTo: 20, waitMilliseconds: 20)
        let count = batch.count
        #expect(count == 30)
    }

    @Test func `a read says what it weighs and where it ends`() throws {
        let cluster = try MockCluster(brokers: 1)
        let partition = TopicPartition(Self.topic, 0)
        try cluster.createTopic(Self.topic, partitions: 1, replicationFactor: 1)
        try cluster.load([LoadRecord(partition, key: [1, 2, 3], value: [4, 5])])
        var consumer = try cluster.sourceConsumer()
        try consumer.assign([PartitionStart(index: 9, partition: partition, offset: 0)])
        var batch = SourceConsumer.makeBatch(capacity: 5)
        try eventually("the record") {
            consumer.poll(into: &batch, upTo: 5, waitMilliseconds: 50)
            return !batch.isEmpty
        }
        let read = (batch[0].partition, batch[0].offset, batch[0].nextOffset, batch[0].bytes, batch[0].records)
        #expect(read == (9, 0, 1, 5, 1))
        let end = consumer.highWatermark(9)
        #expect(end == 1)
    }

    @Test func `the end of a partition is told with its offset`() throws {
        let cluster = try filled(20)
        var consumer = try cluster.sourceConsumer()
        try consumer.assign([start(0, at: 0)])
        let unknown = consumer.highWatermark(0)
        #expect(unknown == nil)
        _ = try offsets(20, from: &consumer)
        var ends: [Int64] = []
        var batch = SourceConsumer.makeBatch(capacity: 5)
        try eventually("the end") {
            consumer.poll(into: &batch, upTo: 5, waitMilliseconds: 50)
            for case .endOfPartition(0, let offset) in consumer.takeEvents() { ends.append(offset) }
            return !ends.isEmpty
        }
        #expect(ends == [20])
    }

    @Test func `a position outside the log is a fault of its partition`() throws {
        let cluster = try filled(20)
        var consumer = try cluster.sourceConsumer()
        try consumer.assign([start(0, at: 1_000)])
        var names: [String] = []
        var batch = SourceConsumer.makeBatch(capacity: 5)
        try eventually("the fault") {
            consumer.poll(into: &batch, upTo: 5, waitMilliseconds: 50)
            for case .partitionFault(0, let fault) in consumer.takeEvents() { names.append(fault.name) }
            return !names.isEmpty
        }
        let reads = batch.count
        #expect(names == ["_AUTO_OFFSET_RESET"] && reads == 0)
    }

    @Test func `reads outlive their consumer`() throws {
        let cluster = try filled(100)
        var batch = SourceConsumer.makeBatch(capacity: 100)
        do {
            var consumer = try cluster.sourceConsumer()
            try consumer.assign([start(0, at: 0)])
            try eventually("all reads") {
                consumer.poll(into: &batch, upTo: 100, waitMilliseconds: 50)
                return batch.count == 100
            }
        }
        var producer = try cluster.producer(inFlightMax: 100)
        producer.open(index: 0, destination: TopicPartition("copy", 0))
        if case .fault(let fault, _) = producer.send(&batch) { throw fault }
        try producer.flush(timeoutMilliseconds: 60_000)
        let copied = try cluster.contents(of: TopicPartition("copy", 0)).map(\.value)
        #expect(copied == numbered(0..<100, in: TopicPartition("copy", 0)).map(\.value))
    }

    @Test func `a wake ends a wait, and is harmless when the consumer is gone`() throws {
        let cluster = try filled(0)
        let wake: @Sendable () -> Void
        do {
            var consumer = try cluster.sourceConsumer(["enable.partition.eof": "false"])
            try consumer.assign([start(0, at: 0)])
            wake = consumer.makeWaker()
            var batch = SourceConsumer.makeBatch(capacity: 5)
            wake()
            // Without the wake this would last ten minutes.
            consumer.poll(into: &batch, upTo: 5, waitMilliseconds: 600_000)
            let reads = batch.count
            #expect(reads == 0)
        }
        wake()
    }
}
