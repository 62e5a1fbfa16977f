import Model
import Records
import Testing

@testable import RdKafka

/// A client of a record producer knows the topics of its own records, and no others.
@Suite struct TopicOpeningTests {
    private static let topics = (0..<4).map { "destination-\($0)" }

    private func cluster() throws -> MockCluster {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic("source", partitions: 4, replicationFactor: 1)
        for topic in Self.topics { try cluster.createTopic(topic, partitions: 3, replicationFactor: 1) }
        for partition in Int32(0)..<4 { try cluster.load(numbered(0..<5, in: TopicPartition("source", partition))) }
        return cluster
    }

    private func known(to producer: borrowing RecordProducer) throws -> [[String]] {
        try producer.clients.map { client in
            unsafe try MetadataQuestion.openTopics.ask(client.pointer, 10_000).map(\.name).sorted()
        }
    }

    /// Reads source partition `index`, and sends it to its destination.
    private func send(_ index: Int32, _ cluster: MockCluster, _ producer: inout RecordProducer) throws {
        var consumer = try cluster.sourceConsumer()
        var batch = SourceConsumer.makeBatch(capacity: 5)
        try consumer.assign([PartitionStart(index: index, partition: TopicPartition("source", index), offset: 0)])
        try eventually("five reads") {
            consumer.poll(into: &batch, upTo: 5 - batch.count, waitMilliseconds: 50)
            return batch.count == 5
        }
        if case .fault(let fault, _) = producer.send(&batch) { throw fault }
        try producer.flush(timeoutMilliseconds: 60_000)
        let sent = try cluster.contents(of: TopicPartition(Self.topics[Int(index)], 2)).map(\.value)
        #expect(sent == numbered(0..<5, in: TopicPartition("source", index)).map(\.value))
    }

    @Test(arguments: [1, 8]) func `a topic is heard of with its first record`(clientsMax: Int) throws {
        let cluster = try cluster()
        var producer = try cluster.producer(clientsMax: clientsMax)
        for (index, topic) in Self.topics.enumerated() {
            producer.open(index: Int32(index), destination: TopicPartition(topic, 2))
        }
        try send(1, cluster, &producer)
        let first = try known(to: producer)
        try send(3, cluster, &producer)
        let then = try known(to: producer)
        #expect(first == [[Self.topics[1]]] && then == [[Self.topics[1], Self.topics[3]]])
    }

    @Test func `and by the client of its replicas alone`() throws {
        let cluster = try cluster()
        var producer = try cluster.producer(clientsMax: 2)
        var replicas: [TopicPartition: [Int32]] = [:]
        for (index, topic) in Self.topics.enumerated() {
            producer.open(index: Int32(index), destination: TopicPartition(topic, 2))
            replicas[TopicPartition(topic, 2)] = [1, 2 + Int32(index % 2)]
        }
        producer.place(by: replicas)
        for index in Int32(0)..<4 { try send(index, cluster, &producer) }
        let known = try known(to: producer)
        #expect(known == [[Self.topics[0], Self.topics[2]], [Self.topics[1], Self.topics[3]]])
    }
}
