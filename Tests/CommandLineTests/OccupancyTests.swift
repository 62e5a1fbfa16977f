import Mirror
import Model
import RdKafka
import Testing

/// A flow without a `start` begins in empty partitions only.
struct OccupancyTests {
    private static let (first, second) = (TopicPartition("orders", 0), TopicPartition("orders", 1))

    /// What a cluster says of a partition that it does not know.
    private static func unanswered() throws -> Result<Int64, KafkaFault> {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic(second.topic, partitions: 1, replicationFactor: 1)
        let admin = try AdminClient(
            ClientConfiguration(bootstrap: cluster.bootstrap, properties: [], clientID: "test")
        ) { _ in }
        return try #require(try admin.offsets(of: [second], at: .latest, timeoutMilliseconds: 10_000)[second])
    }

    @Test func `partitions that all end at 0 are empty`() {
        #expect(Occupancy.objection([Self.first: .success(0), Self.second: .success(0)]) == nil)
        #expect(Occupancy.objection([:]) == nil)
    }

    @Test func `one that holds records is named, with what to set`() {
        let objection = Occupancy.objection([Self.first: .success(0), Self.second: .success(7)])
        #expect(objection?.contains("already holds data (orders[1] ends at offset 7)") == true)
        #expect(objection?.contains("`start: earliest`") == true)
    }

    @Test func `one that does not answer is not taken for empty`() throws {
        let objection = Occupancy.objection([Self.first: .success(0), Self.second: try Self.unanswered()])
        #expect(objection?.contains("does not say yet whether orders[1] holds data") == true)
        let both = Occupancy.objection([Self.first: .success(3), Self.second: try Self.unanswered()])
        #expect(both?.contains("orders[0] ends at offset 3") == true)
    }
}
