import Model
import RdKafka
import Testing

@Suite struct AdminClientTests {
    private let timeout: Int32 = 30_000

    /// - Parameter versions: what the brokers offer of a request, set before the client asks for it: a connection asks
    ///   once, and keeps to the answer.
    private func withCluster(
        versions: (apiKey: Int16, range: ClosedRange<Int16>)? = nil, _ body: (MockCluster, AdminClient) throws -> Void
    ) throws {
        let cluster = try MockCluster(brokers: 3)
        if let versions { try cluster.setVersions(apiKey: versions.apiKey, versions.range) }
        try cluster.createTopic("orders", partitions: 4, replicationFactor: 2)
        let admin = try AdminClient(cluster.client(), log: quiet)
        try withExtendedLifetime(cluster) { try body(cluster, admin) }
    }

    @Test func `topics are described by number, leader and replicas`() throws {
        try withCluster { (cluster, admin) throws in
            try cluster.createTopic("refunds", partitions: 1, replicationFactor: 1)
            let topics = try admin.topics(timeoutMilliseconds: timeout)
            #expect(Set(topics.map(\.name)) == ["orders", "refunds"])
            let orders = try #require(try admin.topic("orders", timeoutMilliseconds: timeout))
            #expect(orders.partitions.map(\.number) == [0, 1, 2, 3] && orders.code == 0)
            #expect(
                orders.partitions.allSatisfy {
                    !$0.replicas.isEmpty && $0.inSyncReplicas == $0.replicas.count && (1...3).contains($0.leader)
                        && $0.code == 0
                })
        }
    }

    @Test func `a topic that does not exist is none, and asking does not create it`() throws {
        // Only from version 4 on can a question say that it does not mean to create.
        let metadata: Int16 = 3
        try withCluster(versions: (metadata, 0...4)) { (_, admin) throws in
            for _ in 0..<3 { #expect(try admin.topic("nothing", timeoutMilliseconds: timeout) == nil) }
            #expect(try admin.topics(timeoutMilliseconds: timeout).map(\.name) == ["orders"])
        }
    }

    @Test func `offsets are found at both ends of each log`() throws {
        try withCluster { (cluster, admin) throws in
            let partitions = (0..<4).map { TopicPartition("orders", $0) }
            try cluster.load(numbered(0..<7, in: partitions[1]) + numbered(0..<3, in: partitions[2]))
            let earliest = try admin.offsets(of: partitions, at: .earliest, timeoutMilliseconds: timeout)
            let latest = try admin.offsets(of: partitions, at: .latest, timeoutMilliseconds: timeout)
            #expect(try partitions.map { try earliest[$0]?.get() } == [0, 0, 0, 0])
            #expect(try partitions.map { try latest[$0]?.get() } == [0, 7, 3, 0])
            #expect(try admin.watermarks(of: partitions[1], timeoutMilliseconds: timeout) == (0, 7))
        }
    }

    @Test func `an unknown partition has a fault, and the others their offsets`() throws {
        try withCluster { (cluster, admin) throws in
            let known = TopicPartition("orders", 0)
            let unknown = TopicPartition("orders", 99)
            try cluster.load(numbered(0..<2, in: known))
            let latest = try admin.offsets(of: [known, unknown], at: .latest, timeoutMilliseconds: 3_000)
            #expect(try latest[known]?.get() == 2)
            #expect(throws: KafkaFault.self) { try latest[unknown]?.get() }
        }
    }

    @Test func `a leader that moved is found by the second question at the latest`() throws {
        try withCluster { (cluster, admin) throws in
            let partition = TopicPartition("orders", 0)
            for broker in [Int32(1), 2, 3, 1] {
                try cluster.setLeader(of: "orders", partition: 0, broker: broker)
                _ = try admin.offsets(of: [partition], at: .latest, timeoutMilliseconds: timeout)
                let second = try admin.offsets(of: [partition], at: .latest, timeoutMilliseconds: timeout)
                #expect(try second[partition]?.get() == 0)
                try cluster.setLeader(of: "orders", partition: 0, broker: broker % 3 + 1)
                _ = try? admin.watermarks(of: partition, timeoutMilliseconds: timeout)
                #expect(throws: Never.self) { try admin.watermarks(of: partition, timeoutMilliseconds: timeout) }
            }
        }
    }

    @Test func `a cluster that is away is a fault, not a wait without end`() throws {
        let configuration = ClientConfiguration(bootstrap: "127.0.0.1:1", properties: [], clientID: "test")
        let admin = try AdminClient(configuration, log: quiet)
        #expect(throws: KafkaFault.self) { try admin.topics(timeoutMilliseconds: 200) }
        #expect(throws: KafkaFault.self) {
            try admin.watermarks(of: TopicPartition("orders", 0), timeoutMilliseconds: 200)
        }
        #expect(throws: KafkaFault.self) { try admin.groupMembers(of: "group", timeoutMilliseconds: 200) }
        #expect(throws: KafkaFault.self) {
            try admin.create(
                [NewTopic(name: "a", partitions: 1, replicationFactor: 1)], timeoutMilliseconds: 200)
        }
        #expect(throws: KafkaFault.self) { try admin.topicSettings(of: "orders", timeoutMilliseconds: 200) }
        #expect(admin.clusterID(timeoutMilliseconds: 200) == nil)
    }

    @Test func `a topic that cannot be asked for is refused before it is sent`() throws {
        try withCluster { (_, admin) throws in
            #expect(throws: KafkaFault.self) {
                try admin.create(
                    [NewTopic(name: "a", partitions: -5, replicationFactor: 1)], timeoutMilliseconds: timeout)
            }
            #expect(throws: KafkaFault.self) {
                try admin.grow([TopicGrowth(name: "orders", partitions: 0)], timeoutMilliseconds: timeout)
            }
        }
    }
}
