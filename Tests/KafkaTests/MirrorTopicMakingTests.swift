import Foundation
import KafkaHarness
import Mirror
import RdKafka
import Rig
import Testing
import Trials
import Topics

extension MirrorTests {
    /// The destination has changed since the steward looked at it.
    @Suite(.serialized)
    struct TopicMaking {
        @Test func `what somebody else has made or grown meanwhile is taken as it is, or grown`() throws {
            let cluster = try Clusters.pair().destination
            let stem = Clusters.uniqueName("room")
            let names = ["missing", "made", "made-small", "small", "grown", "outgrown"].map { "\(stem)-\($0)" }
            let there: [Int32?] = [nil, 3, 1, 1, 3, 5]
            for (name, partitions) in zip(names, there) {
                if let partitions { try cluster.create(name, partitions: partitions) }
            }
            let seen: [Int32?] = [nil, nil, nil, 1, 1, 1]
            let plan = TopicPlan(
                source: Dictionary(uniqueKeysWithValues: names.map { ($0, 3) }),
                destination: Dictionary(uniqueKeysWithValues: zip(names, seen)).compactMapValues(\.self),
                registered: [:])

            let room = try DestinationRoom(cluster.admin())
            let outcome = try room.make(plan)
            #expect(outcome.refused == [:])
            #expect(Set(outcome.made) == [names[0], names[2], names[3]])
            #expect(outcome.found == [names[1]: 3, names[2]: 1, names[4]: 3, names[5]: 5])
            #expect(try room.awaitAnswers(of: names.map { TopicPlan.Span(topic: $0, first: 0, end: 3) }) == [])
            for (name, partitions) in zip(names, [3, 3, 3, 3, 3, 5] as [Int]) {
                #expect(cluster.ends(of: name, partitions: partitions).allSatisfy { $0 == 0 }, "\(name)")
            }
        }
    }
}
