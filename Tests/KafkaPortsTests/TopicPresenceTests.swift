import Engine
import KafkaPorts
import Model
import Testing

@testable import RdKafka

struct TopicPresenceTests {
    private static let orders = TopicPartition("orders", 1)

    private static func topic(_ name: String, partitions: Int32, leader: Int32 = 1, code: Int32 = 0) -> TopicMetadata {
        TopicMetadata(
            name: name,
            partitions: (0..<partitions).map {
                PartitionMetadata(number: $0, leader: leader, replicas: [1], inSyncReplicas: 1, code: 0)
            }, code: code)
    }

    @Test func `absence is believed of the right cluster, and of one that has leaders`() {
        let all = [Self.topic("other", partitions: 2)]
        #expect(TopicPresence.objection(to: all, id: "a", "a") == nil)
        #expect(TopicPresence.objection(to: all, id: nil, "a") == nil)
        #expect(TopicPresence.objection(to: all, id: "b", "") == nil)
        #expect(TopicPresence.objection(to: [], id: "a", "a") == nil, "a cluster may have nothing to show")
        #expect(TopicPresence.objection(to: all, id: "b", "a")?.contains("another cluster") == true)
        let dead = [Self.topic("other", partitions: 2, leader: -1)]
        #expect(TopicPresence.objection(to: dead, id: "a", "a")?.contains("leader") == true)
    }

    @Test func `absence is believed where both answers agree`() {
        let absent = TopicPresence.absent(.topic)
        func confirmed(_ all: [TopicMetadata], _ objection: String? = nil) -> TopicPresence {
            TopicPresence.confirmed(absent, of: Self.orders, by: all, objection)
        }
        #expect(confirmed([Self.topic("other", partitions: 2)]) == absent)
        #expect(confirmed([Self.topic("orders", partitions: 1)]) == absent)
        #expect(confirmed([Self.topic("orders", partitions: 2)]) != absent)
        #expect(confirmed([Self.topic("orders", partitions: 0, code: 5)]) != absent)
        #expect(confirmed([], "not well") == .unclear("not well"))
    }
}
