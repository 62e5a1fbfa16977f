import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

/// What the door to librdkafka does with real brokers, where the mock cluster is only a likeness.
@Suite(.serialized, .needsKafka)
struct RdKafkaOnKafkaTests {
    @Test func `every kind of record comes back as it went`() throws {
        let cluster = try Clusters.source()
        let partition = TopicPartition(try createTopic(on: cluster, partitions: 1), 0)
        let sent = Self.records(partition)
        var producer = try LoadProducer(.test(cluster, [("enable.idempotence", "true")])) { _ in }
        for (ticket, record) in sent.enumerated() { #expect(try producer.produce(record, ticket: Int32(ticket))) }
        try producer.flush(timeoutMilliseconds: 30_000)
        let reports = producer.poll(waitMilliseconds: 0)
        #expect(reports.map(\.code) == sent.map { _ in 0 })
        #expect(reports.map(\.offset) == sent.indices.map { Int64($0) })

        let read = try readAll(partition, on: cluster)
        #expect(read.count == sent.count)
        for (came, went) in zip(read, sent) {
            #expect(came.key == went.key)
            #expect(came.value == went.value)
            #expect(came.headers == went.headers)
            #expect(came.timestampMilliseconds == went.timestampMilliseconds)
            #expect(came.timestampType == .createTime)
        }
    }

    @Test func `topics are created once, grown, and described`() throws {
        let cluster = try Clusters.source()
        let admin = try AdminClient(.test(cluster)) { _ in }
        let name = Clusters.uniqueName("made")
        #expect(try admin.topic(name, timeoutMilliseconds: 10_000) == nil)
        let topic = NewTopic(
            name: name, partitions: 2, replicationFactor: -1, settings: [ClientProperty("cleanup.policy", "compact")])
        #expect(try admin.create([topic], timeoutMilliseconds: 10_000).map(\.name) == [name])
        let again = try admin.create([topic], timeoutMilliseconds: 10_000)
        #expect(again.first?.fault?.name == "TOPIC_ALREADY_EXISTS")
        // Made is not yet known by the broker that describes.
        try waitUntil("the topic has two partitions") {
            try admin.topic(name, timeoutMilliseconds: 10_000)?.partitions.count == 2
        }
        #expect(try admin.topicSettings(of: name, timeoutMilliseconds: 10_000)["cleanup.policy"] == "compact")

        let growth = TopicGrowth(name: name, partitions: 5)
        #expect(try admin.grow([growth], timeoutMilliseconds: 10_000).allSatisfy { $0.fault == nil })
        try waitUntil("the topic has five partitions") {
            try admin.topic(name, timeoutMilliseconds: 10_000)?.partitions.map(\.number) == [0, 1, 2, 3, 4]
        }
        #expect(try admin.topics(timeoutMilliseconds: 10_000).contains { $0.name == name })
        #expect(admin.clusterID(timeoutMilliseconds: 10_000)?.isEmpty == false)
    }

    @Test func `offsets are found at the beginning, at the end, and by timestamp`() throws {
        let cluster = try Clusters.source()
        let partition = TopicPartition(try createTopic(on: cluster, partitions: 2), 0)
        let empty = TopicPartition(partition.topic, 1)
        try produce((0..<10).map { Self.record(partition, timestamp: 1_000 * Int64($0)) }, on: cluster)
        let admin = try AdminClient(.test(cluster)) { _ in }
        func offsets(_ query: OffsetQuery) throws -> [Int64?] {
            let found = try admin.offsets(of: [partition, empty], at: query, timeoutMilliseconds: 10_000)
            return try [found[partition]?.get(), found[empty]?.get()]
        }
        #expect(try offsets(.earliest) == [0, 0])
        #expect(try offsets(.latest) == [10, 0])
        #expect(try offsets(.timestamp(milliseconds: 3_500)) == [4, 0])
        #expect(try offsets(.timestamp(milliseconds: 0)) == [0, 0])
        #expect(try offsets(.timestamp(milliseconds: 99_000)) == [10, 0])
        #expect(try admin.watermarks(of: partition, timeoutMilliseconds: 10_000) == (0, 10))
    }

    @Test func `the members of a group are listed by their client ids`() throws {
        let cluster = try Clusters.source()
        let topic = try createTopic(on: cluster, partitions: 2)
        let group = Clusters.uniqueName("group")
        let admin = try AdminClient(.test(cluster)) { _ in }
        #expect(try admin.groupMembers(of: group, timeoutMilliseconds: 10_000).isEmpty)
        let member = try GroupMember(
            .test(cluster, [("group.id", group), ("partition.assignment.strategy", "cooperative-sticky")]),
            topic: topic
        ) { _ in }
        try member.subscribe()
        var held: [Int32] = []
        try waitUntil("the member has its partitions") {
            if case .assigned(let partitions) = member.poll(waitMilliseconds: 100) {
                member.confirmAssign(partitions)
                held += partitions
            }
            return held.sorted() == [0, 1]
        }
        let members = try admin.groupMembers(of: group, timeoutMilliseconds: 10_000)
        #expect(members.map(\.clientID) == ["martlet-test"])
        #expect(members.map(\.memberID) == [member.memberID])
        member.close()
    }

    @Test(
        .enabled(if: !KafkaHome.older.isEmpty, "no Kafka 3.9.2 or 2.8.2 on this machine"), arguments: KafkaHome.older)
    func `records keep their fields on older brokers`(home: KafkaHome) throws {
        let cluster = try Clusters.source(home)
        let partition = TopicPartition(try createTopic(on: cluster, partitions: 1), 0)
        let sent = Self.records(partition)
        try produce(sent, on: cluster)
        let read = try readAll(partition, on: cluster)
        #expect(read.map(\.key) == sent.map(\.key))
        #expect(read.map(\.value) == sent.map(\.value))
        #expect(read.map(\.headers) == sent.map(\.headers))
        #expect(read.map(\.timestampMilliseconds) == sent.map(\.timestampMilliseconds))
        let admin = try AdminClient(.test(cluster)) { _ in }
        let end = try admin.offsets(of: [partition], at: .latest, timeoutMilliseconds: 10_000)[partition]
        #expect(try end?.get() == Int64(sent.count))
    }

    // MARK: Means

    /// Every combination of null, empty and filled key and value; header lists; timestamps.
    private static func records(_ partition: TopicPartition) -> [LoadRecord] {
        let fields: [[UInt8]?] = [nil, [], [0], Array(repeating: 0xff, count: 3_000)]
        let headers: [[RecordHeader]] = [
            [], [RecordHeader("one", [1])], [RecordHeader("null", nil), RecordHeader("empty", [])],
            [RecordHeader("again", [2]), RecordHeader("again", [1]), RecordHeader("again", [2])],
            [RecordHeader("", [9])],
        ]
        let now = Int64(Date.now.timeIntervalSince1970 * 1_000)
        var records = fields.flatMap { key in
            fields.map { LoadRecord(partition, key: key, value: $0, timestampMilliseconds: now) }
        }
        records += headers.map {
            LoadRecord(partition, key: [1], value: [2], headers: $0, timestampMilliseconds: now)
        }
        records += [0, 1, 86_400_000, now - 1, now + 600_000].map { record(partition, timestamp: $0) }
        return records
    }

    private static func record(_ partition: TopicPartition, timestamp: Int64) -> LoadRecord {
        LoadRecord(partition, key: [1], value: [2], timestampMilliseconds: timestamp)
    }

    private func createTopic(on cluster: KafkaCluster, partitions: Int32) throws -> String {
        let name = Clusters.uniqueName("records")
        let admin = try AdminClient(.test(cluster)) { _ in }
        let outcomes = try admin.create(
            [NewTopic(name: name, partitions: partitions, replicationFactor: 1)], timeoutMilliseconds: 30_000)
        for outcome in outcomes { #expect(outcome.fault == nil) }
        return name
    }

    private func produce(_ records: [LoadRecord], on cluster: KafkaCluster) throws {
        var producer = try LoadProducer(.test(cluster, [("enable.idempotence", "true")])) { _ in }
        for record in records { #expect(try producer.produce(record, ticket: 0)) }
        try producer.flush(timeoutMilliseconds: 30_000)
        #expect(producer.poll(waitMilliseconds: 0).allSatisfy { $0.code == 0 })
    }

    private func readAll(_ partition: TopicPartition, on cluster: KafkaCluster) throws -> [LogRecord] {
        var reader = try LogReader(.test(cluster)) { _ in }
        try reader.assign([partition: 0])
        var records: [LogRecord] = []
        var isAtEnd = false
        try waitUntil("the partition is read") {
            for event in reader.poll(waitMilliseconds: 100, upTo: 100) {
                switch event {
                case .record(let record): records.append(record)
                case .endOfPartition: isAtEnd = true
                case .fault(_, let fault): Issue.record("\(fault)")
                }
            }
            return isAtEnd
        }
        return records
    }

    private func waitUntil(_ what: Comment, _ condition: () throws -> Bool) throws {
        let deadline = Date.now.addingTimeInterval(60)
        while Date.now < deadline {
            if try condition() { return }
        }
        Issue.record("not within a minute: \(what)")
    }
}
