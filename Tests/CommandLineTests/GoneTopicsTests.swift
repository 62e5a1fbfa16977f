import Engine
import Log
import Model
import Positions
import Testing

@testable import Mirror

struct GoneTopicsTests {
    private static func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: 0).advanced(milliseconds: milliseconds)
    }

    private static func noting(_ gone: inout GoneTopics, _ numbers: ClosedRange<Int32>, at milliseconds: Int64) {
        for number in numbers {
            gone.note(
                TopicPartition("orders", number), position: Int64(number) * 10, reason: "deleted",
                at: at(milliseconds))
        }
    }

    @Test func `a topic is told once, with all its partitions, when no more of them come`() {
        var gone = GoneTopics()
        Self.noting(&gone, 0...1, at: 0)
        Self.noting(&gone, 2...2, at: 900)
        #expect(gone.take(at: Self.at(1_800)).isEmpty)
        let told = gone.take(at: Self.at(1_900))
        #expect(
            told == [
                [
                    LogField("topic", "orders"), LogField("partitions", 3), LogField("positions", "0: 0, 1: 10, 2: 20"),
                    LogField("reason", "deleted"),
                ]
            ])
        Self.noting(&gone, 0...2, at: 5_000)
        #expect(gone.take(at: Self.at(50_000)).isEmpty, "they have changed hands only")
        gone.forget(TopicPartition("orders", 1))
        Self.noting(&gone, 1...1, at: 60_000)
        #expect(gone.take(at: Self.at(60_000), isEnd: true).count == 1, "it was back meanwhile")
    }

    @Test func `a long list of positions is cut`() {
        var gone = GoneTopics()
        Self.noting(&gone, 0...99, at: 0)
        let positions = gone.take(at: Self.at(1_000))[0][2]
        #expect("\(positions)".contains("19: 190 and 80 more"))
    }
}

struct OnceGoalTests {
    private static let orders = TopicPartition("orders", 0)

    private static func catalogue() throws -> Catalogue {
        var catalogue = Catalogue()
        let flow = FlowRecord(slots: 1, cluster: "source", began: 0)
        let topic = TopicRecord(base: 0, initialPartitions: 1, starts: [0], since: 0)
        try catalogue.apply(key: Array(FlowRecord.key.utf8), value: flow.encoded)
        try catalogue.apply(key: Array(TopicRecord.key("orders").utf8), value: topic.encoded)
        return catalogue
    }

    private static func view(_ state: String?, isJudged: Bool = true) throws -> OnceGoal.View {
        let partitions = state.map { state in
            [
                LaneBoard.Partition(
                    source: orders, slot: Slot(0), position: 5, end: nil, state: state, isJudged: isJudged)
            ]
        }
        return OnceGoal.View(
            catalogue: try catalogue(), lanePartitions: partitions ?? [], heldSlots: [Slot(0)], isSettled: true,
            refusedTopics: [:], stoppedPartitions: [:])
    }

    @Test func `a topic that was gone before is waited for until that is known`() throws {
        var goal = OnceGoal(ends: [:], registered: [Self.orders])
        goal.judge(try Self.view(nil))
        #expect(!goal.isReached)
        goal.judge(try Self.view("waiting: the source has no topic", isJudged: false))
        #expect(!goal.isReached)
        goal.judge(try Self.view("gone: deleted"))
        #expect(goal.isReached && goal.failures.isEmpty)
    }

    @Test func `a topic that is deleted under way ends the run, and fails it where something was missing`() throws {
        var copied = OnceGoal(ends: [Self.orders: 5], registered: [Self.orders])
        copied.judge(try Self.view("gone: deleted"))
        #expect(copied.isReached && copied.failures.isEmpty)
        var cut = OnceGoal(ends: [Self.orders: 6])
        cut.judge(try Self.view("gone: deleted"))
        #expect(cut.isReached)
        #expect(cut.failures == ["orders[0]": "gone: deleted"])
    }
}
