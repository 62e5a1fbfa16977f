import Engine
import Mirror
import Model
import Testing

struct PartitionStatesTests {
    private static let orders = TopicPartition("orders", 3)

    private func partition(
        _ source: TopicPartition = orders, position: Int64, end: Int64? = nil, state: String = "running"
    ) -> LaneBoard.Partition {
        LaneBoard.Partition(
            source: source, slot: Slot(0), position: position, end: end, state: state, isJudged: true)
    }

    private func look(end: Int64? = nil, obstacle: String? = nil) -> SourceLook {
        var look = SourceLook()
        look.ends[Self.orders] = end
        look.obstacles[Self.orders] = obstacle
        return look
    }

    private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: 0).advanced(milliseconds: seconds * 1_000) }

    @Test func `a partition without a leader waits, and goes on when it has one`() {
        var states = PartitionStates(commitIntervalMilliseconds: 2_000)
        let running = partition(position: 5, end: 5)
        let begun = states.note([running], look(obstacle: "no leader"), at: at(0))
        #expect(begun == [.init(partition: Self.orders, reason: "no leader")])
        #expect(states.shown(running).state == "waiting: no leader")
        #expect(states.note([running], look(obstacle: "no leader"), at: at(5)).isEmpty)
        #expect(states.note([running], look(end: 5), at: at(10)) == [.init(partition: Self.orders, reason: nil)])
        #expect(states.shown(running).state == "running")
    }

    @Test func `a partition with nothing to do does not wait, however long`() {
        var states = PartitionStates(commitIntervalMilliseconds: 2_000)
        let idle = partition(position: 5, end: 5)
        for second in Int64(0)...300 { #expect(states.note([idle], look(end: 5), at: at(second)).isEmpty) }
        #expect(states.shown(idle).state == "running")
    }

    /// The end that the lane has seen is as old as the last fetch that was answered.
    @Test func `a partition that is behind and does not move waits after a while, and not before`() {
        var states = PartitionStates(commitIntervalMilliseconds: 2_000)
        let stuck = partition(position: 5, end: 5)
        #expect(states.note([stuck], look(end: 5), at: at(0)).isEmpty)
        for second in Int64(1)..<32 { #expect(states.note([stuck], look(end: 9), at: at(second)).isEmpty) }
        #expect(states.note([stuck], look(end: 9), at: at(32)).map(\.partition) == [Self.orders])
        #expect(states.shown(stuck).state.hasPrefix("waiting: its position has not moved for 32 s"))
        #expect(states.shown(stuck).end == 9)
        let moved = partition(position: 6, end: 5)
        #expect(states.note([moved], look(end: 9), at: at(33)) == [.init(partition: Self.orders, reason: nil)])
    }

    @Test func `a partition that moves is never said to stand still`() {
        var states = PartitionStates(commitIntervalMilliseconds: 2_000)
        for second in Int64(0)...300 {
            let moving = partition(position: second / 20, end: 1_000)
            #expect(states.note([moving], look(end: 1_000), at: at(second)).isEmpty)
        }
    }

    @Test func `a partition that is gone is behind nothing and waits for nothing`() {
        var states = PartitionStates(commitIntervalMilliseconds: 2_000)
        let gone = partition(position: 5, end: 9, state: "gone: the source topic was deleted")
        for second in Int64(0)...300 { #expect(states.note([gone], look(end: 9), at: at(second)).isEmpty) }
        #expect(states.shown(gone).state == gone.state)
        #expect(states.shown(gone).end == nil)
    }

    @Test func `lanes are told what the source does not show, where that ended, and what it shows again`() {
        let (kept, lost) = (partition(position: 5), partition(TopicPartition("lost", 0), position: 5))
        let (gone, back) = (
            partition(TopicPartition("gone", 0), position: 5, state: "gone: deleted"),
            partition(TopicPartition("back", 0), position: 5, state: "gone: deleted")
        )
        let odd = partition(TopicPartition("odd", 0), position: 5)
        let all = [kept, lost, gone, back, odd]
        var before = SourceLook()
        before.ends[lost.source] = 7
        var now = SourceLook()
        #expect(now.orders(for: all, before: before).isEmpty, "no answer says nothing")
        now.shown = [kept.source, back.source]
        now.unclear = ["odd"]
        #expect(
            now.orders(for: all, before: before)
                == [.missed([MissedPartition(lost.source, end: 7)]), .returned([back.source])])
        now.shown?.insert(lost.source)
        now.shown?.remove(back.source)
        #expect(now.orders(for: all, before: before).isEmpty)
    }

    @Test(arguments: ["waiting: the destination does not take its records", "stopped: it was lost"])
    func `what the lane itself says stands`(state: String) {
        var states = PartitionStates(commitIntervalMilliseconds: 2_000)
        let sick = partition(position: 5, end: 9, state: state)
        for second in [Int64(0), 60] {
            #expect(states.note([sick], look(end: 9, obstacle: "no leader"), at: at(second)).isEmpty)
        }
        #expect(states.shown(sick).state == state)
    }

    @Test func `a flow with nothing to do is idle, one that moves works, one in which nothing moves is stuck`() {
        func health(_ partitions: [(position: Int64, state: String)], stopped: [String: String] = [:]) -> FlowHealth {
            var snapshot = FlowSnapshot()
            snapshot.topicsStopped = stopped
            snapshot.lanes = [
                LaneSnapshot(
                    number: 0,
                    partitions: partitions.map {
                        PartitionSnapshot(
                            partition: Self.orders, position: $0.position,
                            end: $0.state.hasPrefix("gone") ? nil : 9, state: $0.state)
                    })
            ]
            return snapshot.health
        }
        #expect(health([]) == .idle)
        #expect(health([(9, "running"), (9, "running")]) == .idle)
        #expect(health([(9, "running"), (5, "catching up")]) == .working)
        #expect(health([(5, "running"), (5, "waiting: no leader")]) == .working)
        #expect(health([(9, "running"), (5, "waiting: no leader")]) == .stuck)
        #expect(health([(9, "running"), (9, "waiting: no leader")]) == .stuck)
        #expect(health([(9, "running"), (5, "stopped: it was lost")]) == .stuck)
        #expect(health([(9, "running"), (5, "gone: deleted")]) == .idle)
        #expect(health([(5, "running"), (5, "gone: deleted")]) == .working)
        #expect(health([(5, "gone: deleted"), (9, "stopped: it was lost")]) == .stuck)
        #expect(health([(9, "running")], stopped: ["orders": "no right"]) == .stuck)
    }
}
