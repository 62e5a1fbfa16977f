import Model
import RdKafka
import Records
import Testing

@Suite struct RecordProducerTests {
    private static let source = TopicPartition("source", 0)
    private static let destination = TopicPartition("destination", 0)

    private func cluster(records: Int, valueBytes: Int = 20) throws -> MockCluster {
        let cluster = try MockCluster(brokers: 1)
        for topic in ["source", "destination"] {
            try cluster.createTopic(topic, partitions: 1, replicationFactor: 1)
        }
        try cluster.load(numbered(0..<records, in: Self.source, valueBytes: valueBytes))
        return cluster
    }

    private func poll(_ count: Int, from consumer: inout SourceConsumer, into batch: inout ReadBatch) throws {
        try consumer.assign([PartitionStart(index: 0, partition: Self.source, offset: 0)])
        try eventually("\(count) reads") {
            consumer.poll(into: &batch, upTo: count - batch.count, waitMilliseconds: 50)
            return batch.count == count
        }
    }

    /// Its records stay with it: at its brokers' address nobody listens.
    private func strandedProducer(inFlightMax: Int, _ settings: [String: String] = [:]) throws -> RecordProducer {
        let properties = settings.map { ClientProperty($0.key, $0.value) }
        return try RecordProducer(
            ClientConfiguration(bootstrap: "127.0.0.1:1", properties: properties, clientID: "test"),
            inFlightMax: inFlightMax, log: quiet)
    }

    private func sendAll(_ batch: inout ReadBatch, by producer: inout RecordProducer) throws {
        if case .fault(let fault, _) = producer.send(&batch) { throw fault }
        let left = batch.count
        try #require(left == 0)
    }

    @Test func `what finds no seat stays in the batch, in order`() throws {
        let cluster = try cluster(records: 10)
        var consumer = try cluster.sourceConsumer()
        var batch = SourceConsumer.makeBatch(capacity: 10)
        try poll(10, from: &consumer, into: &batch)
        var producer = try cluster.producer(inFlightMax: 4)
        producer.open(index: 0, destination: Self.destination)
        guard case .full = producer.send(&batch) else {
            Issue.record("four seats took ten reads")
            return
        }
        let left = (batch.count, batch[0].offset, producer.inFlight)
        #expect(left == (6, 4, 4))
        var reported: [Int64] = []
        var reports = ReportBatch(capacity: 4)
        try eventually("all are delivered") {
            _ = producer.send(&batch)
            producer.collectReports(into: &reports, waitMilliseconds: 20)
            reported += reports.reports.map(\.offset)
            reports.removeAll()
            return reported.count == 10
        }
        #expect(reported == Array(0..<10))
    }

    @Test func `a full queue leaves the read whole in the batch`() throws {
        let cluster = try cluster(records: 20)
        var consumer = try cluster.sourceConsumer()
        var batch = SourceConsumer.makeBatch(capacity: 20)
        try poll(20, from: &consumer, into: &batch)
        var producer = try cluster.producer(["queue.buffering.max.messages": "3", "linger.ms": "0"])
        producer.open(index: 0, destination: Self.destination)
        var reports = ReportBatch(capacity: 20)
        var stops = 0
        try eventually("all are delivered") {
            if case .full = producer.send(&batch) { stops += 1 }
            producer.collectReports(into: &reports, waitMilliseconds: 20)
            return reports.reports.count == 20
        }
        #expect(stops > 0)
        let values = try cluster.contents(of: Self.destination).map(\.value)
        #expect(values == numbered(0..<20, in: Self.source).map(\.value))
    }

    @Test func `a purge reports everything as failed and lands every read`() throws {
        let cluster = try cluster(records: 30)
        var consumer = try cluster.sourceConsumer()
        var batch = SourceConsumer.makeBatch(capacity: 30)
        try poll(30, from: &consumer, into: &batch)
        var producer = try strandedProducer(inFlightMax: 30, ["enable.idempotence": "true"])
        producer.open(index: 0, destination: Self.destination)
        let stop = producer.send(&batch)
        let inFlight = producer.inFlight
        #expect(stop == nil && inFlight == 30)
        producer.purge()
        var reports = ReportBatch(capacity: 30)
        try eventually("all are reported") {
            producer.collectReports(into: &reports, waitMilliseconds: 20)
            return reports.reports.count == 30
        }
        let failed = reports.reports.count { !$0.isDelivered && $0.destinationOffset < 0 }
        let left = producer.inFlight
        #expect(failed == 30 && left == 0)
    }

    @Test func `a partition has one batch under way, and the rest waits its turn in order`() throws {
        let cluster = try cluster(records: 500)
        var consumer = try cluster.sourceConsumer()
        var batch = SourceConsumer.makeBatch(capacity: 500)
        try poll(500, from: &consumer, into: &batch)
        var producer = try cluster.producer(["batch.size": "2000"])
        producer.open(index: 0, destination: Self.destination)
        try sendAll(&batch, by: &producer)
        let (waiting, inFlight) = (producer.waiting, producer.inFlight)
        #expect(waiting > 400 && inFlight == 500, "\(waiting) of \(inFlight) wait")
        var reports = ReportBatch(capacity: 500)
        try eventually("all are delivered") {
            producer.collectReports(into: &reports, waitMilliseconds: 20)
            return reports.reports.count == 500
        }
        #expect(reports.reports.map(\.offset) == Array(0..<500))
        let values = try cluster.contents(of: Self.destination).map(\.value)
        #expect(values == numbered(0..<500, in: Self.source).map(\.value))
    }

    @Test func `what waits can be given up, and what is under way is not touched`() throws {
        let cluster = try cluster(records: 500)
        var consumer = try cluster.sourceConsumer()
        var batch = SourceConsumer.makeBatch(capacity: 500)
        try poll(500, from: &consumer, into: &batch)
        var producer = try strandedProducer(inFlightMax: 500, ["enable.idempotence": "true", "batch.size": "2000"])
        producer.open(index: 0, destination: Self.destination)
        try sendAll(&batch, by: &producer)
        let waiting = producer.waiting
        var reports = ReportBatch(capacity: 500)
        producer.giveUpWaiting(of: 0, into: &reports)
        let (left, inFlight) = (producer.waiting, producer.inFlight)
        #expect(waiting > 0 && left == 0 && inFlight == 500 - waiting)
        #expect(reports.reports.map(\.offset) == Array(Int64(500 - waiting)..<500))
        #expect(reports.reports.allSatisfy { !$0.isDelivered })
    }

    @Test func `a producer that is abandoned gives every read back once`() throws {
        let cluster = try cluster(records: 30)
        var consumer = try cluster.sourceConsumer()
        var batch = SourceConsumer.makeBatch(capacity: 30)
        try poll(30, from: &consumer, into: &batch)
        var reports = ReportBatch(capacity: 30)
        do {
            var producer = try strandedProducer(inFlightMax: 30)
            producer.open(index: 0, destination: Self.destination)
            _ = producer.send(&batch)
            producer.abandon(into: &reports, timeoutMilliseconds: 0)
        }
        let offsets = reports.reports.map(\.offset).sorted()
        #expect(offsets == Array(0..<30))
    }

    @Test func `records of our own are reported by their ticket`() throws {
        let cluster = try cluster(records: 0)
        var producer = try cluster.producer()
        let tickets: [Int32] = [0, 1, 7, .max, .min, -1]
        for ticket in tickets {
            let record = OwnRecord(
                topic: "destination", partition: 0, key: Array("k\(ticket)".utf8), value: ticket == 7 ? nil : [1])
            try producer.produce(record, ticket: ticket)
        }
        var reported: [LedgerReport] = []
        var reports = ReportBatch(capacity: 1)
        try eventually("all are reported") {
            producer.collectReports(into: &reports, waitMilliseconds: 20)
            reported += producer.takeLedgerReports()
            return reported.count == tickets.count
        }
        #expect(reported.map(\.ticket) == tickets && reported.map(\.offset) == Array(0..<6))
        let ofReads = reports.reports.count
        #expect(reported.allSatisfy { $0.code == 0 } && ofReads == 0)
        let stored = try cluster.contents(of: Self.destination)
        #expect(stored.map(\.key) == tickets.map { Array("k\($0)".utf8) })
        #expect(stored.map { $0.value == nil } == tickets.map { $0 == 7 })
    }

    @Test func `a partition that the topic does not have is refused with its name`() throws {
        let cluster = try cluster(records: 1)
        var consumer = try cluster.sourceConsumer()
        var batch = SourceConsumer.makeBatch(capacity: 1)
        try poll(1, from: &consumer, into: &batch)
        var producer = try cluster.producer(["message.timeout.ms": "3000"])
        producer.open(index: 0, destination: TopicPartition("destination", 77))
        var refusal: String?
        var reports = ReportBatch(capacity: 1)
        // At once where the topic's metadata are known, else in the report.
        if case .fault(let fault, _) = producer.send(&batch) { refusal = fault.name }
        try eventually("it is refused") {
            producer.collectReports(into: &reports, waitMilliseconds: 20)
            refusal = refusal ?? reports.reports.first.map { KafkaFault.name(ofCode: $0.code) }
            return refusal != nil
        }
        #expect(refusal == "_UNKNOWN_PARTITION")
    }

    @Test func `a partition can be closed and opened to another topic`() throws {
        let cluster = try cluster(records: 6)
        try cluster.createTopic("other", partitions: 2, replicationFactor: 1)
        var consumer = try cluster.sourceConsumer()
        var batch = SourceConsumer.makeBatch(capacity: 6)
        var producer = try cluster.producer()
        try poll(3, from: &consumer, into: &batch)
        producer.open(index: 0, destination: Self.destination)
        try sendAll(&batch, by: &producer)
        producer.open(index: 0, destination: TopicPartition("other", 1))
        try eventually("three more") {
            consumer.poll(into: &batch, upTo: 3 - batch.count, waitMilliseconds: 50)
            return batch.count == 3
        }
        try sendAll(&batch, by: &producer)
        try producer.flush(timeoutMilliseconds: 60_000)
        producer.close(index: 0)
        let keys = { (partition: TopicPartition) in try cluster.contents(of: partition).map(\.key) }
        #expect(try keys(Self.destination) == numbered(0..<3, in: Self.source).map(\.key))
        #expect(try keys(TopicPartition("other", 1)) == numbered(3..<6, in: Self.source).map(\.key))
    }
}
