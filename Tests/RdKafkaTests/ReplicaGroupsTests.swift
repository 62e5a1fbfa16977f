import TestSupport
import Testing

@testable import RdKafka

@Suite struct ReplicaGroupsTests {
    /// Every set of replicas of so many brokers, with every one of its brokers as the leader.
    private func placements(brokers: Int32, replicas: Int) -> [[Int32]] {
        var found: [[Int32]] = [[]]
        for _ in 0..<replicas {
            found = found.flatMap { begun in (1...brokers).filter { !begun.contains($0) }.map { begun + [$0] } }
        }
        return found
    }

    /// What a dead broker holds up: the connections to other leaders that carry a partition of which it is a follower.
    @Test(arguments: [(3, 1, 1), (3, 2, 2), (3, 3, 1), (5, 2, 4), (5, 3, 6), (9, 2, 8)])
    func `partitions of one leader share a client only where their followers are the same`(
        brokers: Int32, replicas: Int, clients: Int
    ) {
        var random = SeededGenerator(seed: 1)
        var groups = ReplicaGroups(groupsMax: 8)
        var onConnection: [[Int32]: Set<Set<Int32>>] = [:]
        var used: Set<Int> = []
        for placement in placements(brokers: brokers, replicas: replicas).shuffled(using: &random) {
            let group = groups.group(of: placement)
            used.insert(group)
            onConnection[[placement[0], Int32(group)], default: []].insert(Set(placement.dropFirst()))
        }
        #expect(onConnection.values.allSatisfy { $0.count == 1 })
        #expect(used == Set(0..<clients))
    }

    @Test func `there are never more groups than allowed, and the same replicas are always in the same one`() {
        var groups = ReplicaGroups(groupsMax: 4)
        let placements = placements(brokers: 7, replicas: 3)
        let first = placements.map { groups.group(of: $0) }
        #expect(Set(first) == [0, 1, 2, 3])
        #expect(placements.map { groups.group(of: $0) } == first)
        #expect(groups.group(of: []) == 0)
    }
}
