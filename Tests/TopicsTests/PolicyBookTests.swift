import Model
import Patterns
import Testing
import Topics

@Suite struct PolicyBookTests {
    private static func book() throws -> PolicyBook {
        var flow = Policies()
        flow.onLoss = .restart
        var audit = PolicyOverride(topics: [.pattern("audit.*")])
        audit.onLoss = .skip
        var all = PolicyOverride(topics: [.pattern(".*")])
        all.onLoss = .stop
        all.onDestinationLoss = .recreate
        all.onPoison = .quarantine
        return try PolicyBook(flow, overrides: [audit, PolicyOverride(topics: [.literal("audit")]), all])
    }

    @Test func `the first override that names a topic and a policy counts`() throws {
        let book = try Self.book()
        #expect(book.policies(of: "audit-1").onLoss == .skip)
        #expect(book.policies(of: "audit-1").onDestinationLoss == .recreate)
        #expect(book.policies(of: "audit-1").onPoison == .quarantine)
        #expect(book.policies(of: "orders").onLoss == .stop)
    }

    @Test func `a topic that no override names has the policies of the flow`() throws {
        var flow = Policies()
        flow.onLoss = .restart
        var other = PolicyOverride(topics: [.literal("audit")])
        other.onLoss = .skip
        let policies = try PolicyBook(flow, overrides: [other]).policies(of: "orders")
        #expect((policies.onLoss, policies.onDestinationLoss) == (.restart, .stop))
    }
}
