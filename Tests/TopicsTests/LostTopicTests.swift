import Testing
import Topics

@Suite struct LostTopicTests {
    private func plan(destination: Int32?, registered: Int32, source: Int32 = 4) -> TopicPlan {
        TopicPlan(
            source: ["orders": source], destination: destination.map { ["orders": $0] } ?? [:],
            registered: ["orders": registered])
    }

    @Test func `what is mirrored and missing is lost, and nothing is made or registered by itself`() {
        for present in [nil, 1, 3] as [Int32?] {
            let plan = plan(destination: present, registered: 4, source: 6)
            #expect(plan.lost == [TopicPlan.Span(topic: "orders", first: present ?? 0, end: 6)])
            #expect(plan.create.isEmpty && plan.grow.isEmpty && plan.register.isEmpty)
        }
    }

    @Test func `what is there, or was never mirrored, is not lost`() {
        #expect(plan(destination: 4, registered: 4).lost.isEmpty)
        #expect(plan(destination: nil, registered: 0).lost.isEmpty)
        #expect(plan(destination: 4, registered: 4, source: 6).lost.isEmpty)
    }
}
