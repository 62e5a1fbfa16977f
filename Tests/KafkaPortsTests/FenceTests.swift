import Model
import RdKafka
import Testing

@testable import KafkaPorts

/// Brokers take offsets with generation -1 and no member id on a live group: such metadata would fence nothing.
@Suite struct FenceTests {
    @Test func `the fence is there while this process is a member, and never else`() throws {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic("positions", partitions: 2, replicationFactor: 1)
        var configuration = ClientConfiguration(bootstrap: cluster.bootstrap, properties: [], clientID: "one")
        configuration.set("group.id", "martlet.flow")
        configuration.set("partition.assignment.strategy", "cooperative-sticky")
        configuration.set("enable.auto.commit", "false")
        configuration.setIfKnown("group.protocol", "classic")
        let member = try GroupMember(configuration, topic: "positions") { _ in }
        let fence = Fence(member)
        func isThere() -> Bool { fence.metadata() != nil }

        #expect(!isThere())
        // Remembered too early: what has no member has no fence.
        fence.remember()
        #expect(!isThere())
        try member.subscribe()
        let deadline = ContinuousClock.now + .seconds(120)
        var isAssigned = false
        while !isAssigned {
            try #require(ContinuousClock.now < deadline)
            guard case .assigned(let slots) = member.poll(waitMilliseconds: 20) else { continue }
            member.confirmAssign(slots)
            isAssigned = true
        }
        // A member, but of an id that was not remembered at the assignment.
        #expect(!isThere())
        fence.remember()
        #expect(isThere())
        fence.forget()
        #expect(!isThere())
    }
}
