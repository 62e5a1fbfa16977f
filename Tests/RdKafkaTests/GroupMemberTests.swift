import Model
import RdKafka
import Testing

extension MockCluster {
    func member(_ name: String) throws -> GroupMember {
        var configuration = client(name)
        configuration.set("group.id", "martlet.flow")
        configuration.set("partition.assignment.strategy", "cooperative-sticky")
        configuration.set("session.timeout.ms", "6000")
        configuration.set("heartbeat.interval.ms", "100")
        configuration.set("enable.auto.commit", "false")
        configuration.setIfKnown("group.protocol", "classic")
        return try GroupMember(configuration, topic: "positions", log: quiet)
    }
}

@Suite struct GroupMemberTests {
    private static let partitions: Int32 = 6

    private func cluster() throws -> MockCluster {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic("positions", partitions: Self.partitions, replicationFactor: 1)
        return cluster
    }

    /// Answers what each member is asked until every partition is held, and by members as many as expected.
    private func settle(_ members: [GroupMember], _ held: inout [Set<Int32>], sharers: Int) throws {
        try eventually("\(sharers) members share the partitions") {
            for (index, member) in members.enumerated() {
                switch member.poll(waitMilliseconds: 20) {
                case .assigned(let partitions):
                    #expect(held.allSatisfy { $0.isDisjoint(with: partitions) }, "assigned while another holds it")
                    member.confirmAssign(partitions)
                    held[index].formUnion(partitions)
                case .revoked(let partitions, _):
                    held[index].subtract(partitions)
                    member.confirmUnassign(partitions)
                case .fault, nil: break
                }
            }
            return held.reduce(0) { $0 + $1.count } == Int(Self.partitions)
                && held.count(where: { !$0.isEmpty }) == sharers
        }
    }

    @Test func `members share the partitions, and a leaver's go to the others`() throws {
        let cluster = try cluster()
        let first = try cluster.member("a")
        let second = try cluster.member("b")
        var held: [Set<Int32>] = [[], []]
        try first.subscribe()
        try settle([first, second], &held, sharers: 1)
        try second.subscribe()
        try settle([first, second], &held, sharers: 2)
        #expect(held.map(\.count) == [3, 3])

        try first.unsubscribe()
        try settle([first, second], &held, sharers: 1)
        #expect(held.map(\.count) == [0, 6])
        first.close()
        second.close()
    }

    @Test func `a member that the group has thrown out loses what it held, and joins again`() throws {
        let cluster = try cluster()
        let member = try cluster.member("a")
        var held: [Set<Int32>] = [[]]
        try member.subscribe()
        try settle([member], &held, sharers: 1)
        let heartbeat: Int16 = 12
        let unknownMember: Int32 = 25
        cluster.pushErrors(apiKey: heartbeat, codes: [unknownMember])
        var lost: [Int32] = []
        try eventually("the assignment is lost") {
            guard case .revoked(let partitions, isLost: true) = member.poll(waitMilliseconds: 20) else { return false }
            lost = partitions.sorted()
            return true
        }
        #expect(lost == Array(0..<Self.partitions))
        member.confirmUnassign(lost)
        held = [[]]
        try settle([member], &held, sharers: 1)
        member.close()
    }

    @Test func `metadata name the member only while it is one`() throws {
        let cluster = try cluster()
        let member = try cluster.member("a")
        let before = member.metadata()
        let unjoined = (before.generation < 0, before.memberID, before.groupID)
        #expect(unjoined == (true, "", "martlet.flow"))
        var held: [Set<Int32>] = [[]]
        try member.subscribe()
        try settle([member], &held, sharers: 1)
        let after = member.metadata()
        let joined = (after.generation >= 0, after.memberID.isEmpty, after.memberID == member.memberID)
        #expect(joined == (true, false, true))
        member.close()
        let closed = member.metadata()
        let left = (closed.generation < 0, closed.memberID, closed.groupID)
        #expect(left == (true, "", "martlet.flow"))
    }

    @Test func `the membership never reads, and closes without an answer to its last revocation`() throws {
        let cluster = try cluster()
        for partition in 0..<Self.partitions {
            try cluster.load(numbered(0..<50, in: TopicPartition("positions", partition)))
        }
        let member = try cluster.member("a")
        var held: [Set<Int32>] = [[]]
        try member.subscribe()
        try settle([member], &held, sharers: 1)
        try cluster.load(numbered(50..<60, in: TopicPartition("positions", 0)))
        for _ in 0..<20 { #expect(member.poll(waitMilliseconds: 20) == nil) }
        member.close()
    }

    @Test func `a member that owes the group an answer leaves it all the same`() throws {
        let cluster = try cluster()
        let leaver = try cluster.member("a")
        let joiner = try cluster.member("b")
        var held: [Set<Int32>] = [[]]
        try leaver.subscribe()
        try settle([leaver], &held, sharers: 1)
        try joiner.subscribe()
        try eventually("half of the partitions are asked back") {
            if case .assigned(let partitions) = joiner.poll(waitMilliseconds: 20) { joiner.confirmAssign(partitions) }
            guard case .revoked(let asked, isLost: false) = leaver.poll(waitMilliseconds: 20) else { return false }
            return asked.count == 3
        }
        leaver.close()
        #expect(leaver.metadata().memberID == "")
        held = [[]]
        try settle([joiner], &held, sharers: 1)
        joiner.close()
    }

    @Test func `a wake ends a wait`() throws {
        let cluster = try cluster()
        let member = try cluster.member("a")
        member.wake()
        // Without the wake this would last ten minutes.
        #expect(member.poll(waitMilliseconds: 600_000) == nil)
    }

    @Test func `a coordinator that is down does not answer`() throws {
        let cluster = try cluster()
        let member = try cluster.member("a")
        #expect(member.coordinatorAnswers(timeoutMilliseconds: 30_000))
        try cluster.setBroker(1, isUp: false)
        #expect(!member.coordinatorAnswers(timeoutMilliseconds: 300))
    }
}
