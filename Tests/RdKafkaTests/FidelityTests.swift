import Model
import RdKafka
import Records
import TestSupport
import Testing

@Suite struct FidelityTests {
    /// Loads records into one topic, forwards them as a lane does, and gives back what both topics hold.
    private func forward(_ records: [LoadRecord]) throws -> (source: [LogRecord], destination: [LogRecord]) {
        let cluster = try MockCluster(brokers: 1)
        let source = TopicPartition("from", 0)
        let destination = TopicPartition("to", 0)
        try cluster.createTopic("from", partitions: 1, replicationFactor: 1)
        try cluster.createTopic("to", partitions: 1, replicationFactor: 1)
        try cluster.load(records.map { $0.moved(to: source) })
        var consumer = try cluster.sourceConsumer()
        try consumer.assign([PartitionStart(index: 3, partition: source, offset: 0)])
        do {
            var producer = try cluster.producer(inFlightMax: 50)
            producer.open(index: 3, destination: destination)
            var batch = SourceConsumer.makeBatch(capacity: 64)
            var reports = ReportBatch(capacity: 64)
            var delivered = 0
            try eventually("every record is forwarded") {
                if batch.isEmpty { consumer.poll(into: &batch, upTo: 64, waitMilliseconds: 20) }
                if case .fault(let fault, _) = producer.send(&batch) { throw fault }
                producer.collectReports(into: &reports, waitMilliseconds: 5)
                for report in reports.reports {
                    #expect(report.isDelivered && report.offset == report.destinationOffset && report.partition == 3)
                    delivered += 1
                }
                reports.removeAll()
                return delivered == records.count
            }
        }
        return (try cluster.contents(of: source), try cluster.contents(of: destination))
    }

    @Test(arguments: 1...3)
    func `forwarded records equal their source in every field`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let records = (0..<400).map { _ in LoadRecord.random(using: &random) }
        let (source, destination) = try forward(records)
        #expect(source.map(Contents.init) == records.map(Contents.init))
        #expect(destination.map(Contents.init) == records.map(Contents.init))
    }

    @Test func `null and empty stay different in key, value and header value`() throws {
        let somewhere = TopicPartition("", 0)
        let fields: [[UInt8]?] = [nil, [], [0], [7, 0, 7]]
        let records = fields.flatMap { key in
            fields.flatMap { value in
                fields.map { header in
                    LoadRecord(
                        somewhere, key: key, value: value, headers: [RecordHeader("h", header)],
                        timestampMilliseconds: 5)
                }
            }
        }
        let destination = try forward(records).destination
        #expect(destination.map(Contents.init) == records.map(Contents.init))
    }

    @Test func `headers keep their order and their repeats`() throws {
        let headers = [
            RecordHeader("b", [1]), RecordHeader("a", [2]), RecordHeader("b", [1]), RecordHeader("", []),
            RecordHeader("b", nil),
        ]
        let records = [
            LoadRecord(TopicPartition("", 0), key: nil, value: [1], headers: headers, timestampMilliseconds: 1)
        ]
        let destination = try forward(records).destination
        #expect(destination.map(\.headers) == [headers])
    }

    @Test func `every timestamp survives, the epoch itself included`() throws {
        // Among them the number that stands in for 0 inside a produce call.
        let timestamps: [Int64] = [
            0, 1, -1, 0, 1_700_000_000_000, -86_400_000, 0, 253_402_300_799_000, -7_348_051_926_450_917_653,
        ]
        let records = timestamps.map {
            LoadRecord(TopicPartition("", 0), key: nil, value: [1], timestampMilliseconds: $0)
        }
        let (source, destination) = try forward(records)
        #expect(source.map(\.timestampMilliseconds) == timestamps)
        #expect(destination.map(\.timestampMilliseconds) == timestamps)
    }

    @Test func `a value larger than librdkafka copies arrives whole`() throws {
        let records = [1, 65_534, 65_535, 65_536, 300_000].map { size in
            LoadRecord(
                TopicPartition("", 0), key: [1], value: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) },
                timestampMilliseconds: 9)
        }
        let destination = try forward(records).destination
        #expect(destination.map(Contents.init) == records.map(Contents.init))
    }
}

/// What must be equal in source and destination.
struct Contents: Hashable {
    let key: [UInt8]?
    let value: [UInt8]?
    let headers: [RecordHeader]
    let timestamp: Int64?

    init(_ record: LoadRecord) {
        (key, value, headers) = (record.key, record.value, record.headers)
        timestamp = record.timestampMilliseconds
    }

    init(_ record: LogRecord) {
        (key, value, headers) = (record.key, record.value, record.headers)
        timestamp = record.timestampMilliseconds
    }
}

extension LoadRecord {
    fileprivate func moved(to partition: TopicPartition) -> LoadRecord {
        LoadRecord(partition, key: key, value: value, headers: headers, timestampMilliseconds: timestampMilliseconds)
    }

    fileprivate static func random(using random: inout SeededGenerator) -> LoadRecord {
        func bytes(_ limit: Int) -> [UInt8]? {
            guard Int.random(in: 0..<5, using: &random) > 0 else { return nil }
            return (0..<Int.random(in: 0...limit, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
            }
        }
        let headers = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            RecordHeader(["a", "b", "naïve", ""].randomElement(using: &random)!, bytes(12))
        }
        return LoadRecord(
            TopicPartition("", 0), key: bytes(30), value: bytes(500), headers: headers,
            timestampMilliseconds: [0, 1, Int64.random(in: 0...2_000_000_000_000, using: &random)]
                .randomElement(using: &random)!)
    }
}
