import Model
import Records
import Testing

@testable import RdKafka

/// A record producer with a client for each group of replicas.
@Suite struct ReplicaPlacementTests {
    private static let partitions: Int32 = 12
    private static let records = 600
    private static let source = TopicPartition("source", 0)

    private func cluster() throws -> MockCluster {
        let cluster = try MockCluster(brokers: 3)
        try cluster.createTopic("source", partitions: Self.partitions, replicationFactor: 1)
        try cluster.createTopic("destination", partitions: Self.partitions, replicationFactor: 1)
        for partition in 0..<Self.partitions {
            try cluster.load(numbered(0..<Self.records / Int(Self.partitions), in: TopicPartition("source", partition)))
        }
        return cluster
    }

    /// As of five brokers with three replicas: the mock cluster gives every partition the same ones.
    private func open(_ producer: inout RecordProducer) {
        var replicas: [TopicPartition: [Int32]] = [:]
        for index in 0..<Self.partitions {
            producer.open(index: index, destination: TopicPartition("destination", index))
            replicas[TopicPartition("destination", index)] = (0..<3).map { 1 + (index + $0 * (1 + index / 5)) % 5 }
        }
        producer.place(by: replicas)
    }

    private func pollAll(_ cluster: MockCluster, into batch: inout ReadBatch) throws -> SourceConsumer {
        var consumer = try cluster.sourceConsumer()
        try consumer.assign(
            (0..<Self.partitions).map {
                PartitionStart(index: $0, partition: TopicPartition("source", $0), offset: 0)
            })
        try eventually("all reads") {
            consumer.poll(into: &batch, upTo: Self.records - batch.count, waitMilliseconds: 50)
            return batch.count == Self.records
        }
        return consumer
    }

    @Test func `every partition keeps its order, whichever client it has`() throws {
        let cluster = try cluster()
        var batch = SourceConsumer.makeBatch(capacity: Self.records)
        let consumer = try pollAll(cluster, into: &batch)
        var producer = try cluster.producer(["batch.size": "300"], clientsMax: 8)
        open(&producer)
        var reports = ReportBatch(capacity: Self.records)
        try eventually("all are delivered") {
            if case .fault(let fault, _) = producer.send(&batch) { throw fault }
            producer.collectReports(into: &reports, waitMilliseconds: 20)
            return reports.reports.count == Self.records
        }
        let clients = producer.clients.count
        #expect(clients > 1)
        let undelivered = reports.reports.count { !$0.isDelivered }
        #expect(undelivered == 0)
        for partition in 0..<Self.partitions {
            let sent = try cluster.contents(of: TopicPartition("source", partition)).map(\.value)
            let arrived = try cluster.contents(of: TopicPartition("destination", partition)).map(\.value)
            #expect(arrived == sent)
        }
        withExtendedLifetime(consumer) {}
    }

    /// The wait ends with the first report, whichever client brings it.
    @Test(.timeLimit(.minutes(2))) func `a wait for reports hears every client`() throws {
        let cluster = try cluster()
        var batch = SourceConsumer.makeBatch(capacity: Self.records)
        let consumer = try pollAll(cluster, into: &batch)
        var producer = try cluster.producer(clientsMax: 8)
        open(&producer)
        if case .fault(let fault, _) = producer.send(&batch) { throw fault }
        var (reported, waits) = (0, 0)
        while reported < Self.records {
            var reports = ReportBatch(capacity: Self.records)
            // Longer than the test may take: a client that is not heard would never be waited for in vain.
            producer.collectReports(into: &reports, waitMilliseconds: 600_000)
            reported += reports.reports.count
            waits += 1
        }
        let left = producer.inFlight
        #expect(left == 0 && waits <= Self.records)
        withExtendedLifetime(consumer) {}
    }

    @Test func `what is abandoned comes back from every client`() throws {
        let cluster = try cluster()
        var batch = SourceConsumer.makeBatch(capacity: Self.records)
        let consumer = try pollAll(cluster, into: &batch)
        // Nothing leaves the clients before they are abandoned.
        var producer = try cluster.producer(["linger.ms": "60000", "batch.size": "1000000"], clientsMax: 8)
        open(&producer)
        if case .fault(let fault, _) = producer.send(&batch) { throw fault }
        let clients = producer.clients.count
        #expect(clients > 1)
        var reports = ReportBatch(capacity: Self.records)
        producer.abandon(into: &reports, timeoutMilliseconds: 2_000)
        #expect(reports.reports.count == Self.records)
        let undelivered = reports.reports.count { !$0.isDelivered }
        #expect(undelivered == Self.records)
        withExtendedLifetime(consumer) {}
    }

    @Test func `a partition that is closed and opened again finds its client again`() throws {
        let cluster = try cluster()
        var producer = try cluster.producer(clientsMax: 8)
        open(&producer)
        let before = producer.placement
        for index in 0..<Self.partitions { producer.close(index: index) }
        open(&producer)
        let after = producer.placement
        #expect(after == before && Set(after).count > 1)
    }

    /// Nobody answers the question: everything goes by the first client.
    @Test func `partitions whose replicas are unknown stay with the first client`() throws {
        var producer = try RecordProducer(
            ClientConfiguration(bootstrap: "127.0.0.1:1", properties: [], clientID: "test"), inFlightMax: 10,
            clientsMax: 8, log: quiet)
        producer.open(index: 0, destination: TopicPartition("destination", 0))
        producer.settle(0)
        let placement = producer.placement
        #expect(placement == [0])
    }
}

extension RecordProducer {
    fileprivate var placement: [Int] { unsafe destinations.map { unsafe $0?.client ?? -1 } }
}
