import CAllocationCounter
import Engine
import Model
import Positions
import Testing

/// What moving records costs in heap allocations, which is the same on every machine.
@Suite struct AllocationTests {
    private struct Cost {
        var records = 0
        var commits = 0
        var allocations = 0
    }

    private static let turnsPerCommit = 10

    /// Moves records through a lane in a warmed-up state: ten turns a commit, `commits` times.
    private func move(_ delivery: Delivery, readsPerTurn: Int, commits: Int) -> Cost {
        let recordsMax = 8_192
        let board = LaneBoard()
        let mailbox = LaneMailbox {}
        var lane = Lane(
            .ofTest(delivery, recordsMax: recordsMax, commitIntervalMilliseconds: 100),
            source: EndlessSource(readsPerPoll: readsPerTurn), destination: InstantDestination(capacity: recordsMax),
            hand: FakeMemory.hand(capacity: recordsMax), mailbox: mailbox, board: board, post: { _ in })
        // The number of digits of an offset stays the same, and with it the size of an encoded position.
        let start = LaneStart.ofTest(TopicPartition("orders", 0), at: 10_000_000_000)
        _ = mailbox.post(.claim([SlotClaim(slot: Slot(0), mark: 0, starts: [start])]))
        var now = Instant(nanoseconds: 0)
        func turn(_ times: Int) {
            for _ in 0..<times {
                _ = lane.turn(at: now)
                now = now.advanced(milliseconds: 100 / Int64(Self.turnsPerCommit))
            }
        }
        turn(3 * Self.turnsPerCommit)
        let before = board.counters
        let (recordsBefore, commitsBefore) = (before.recordsDelivered, before.transactionsCommitted)
        allocation_counter_start()
        turn(commits * (Self.turnsPerCommit + 1))
        let allocations = allocation_counter_stop()
        return Cost(
            records: board.counters.recordsDelivered - recordsBefore,
            commits: board.counters.transactionsCommitted - commitsBefore, allocations: allocations)
    }

    @Test(.enabled(if: allocation_counter_is_available(), "a sanitizer has an allocator of its own"))
    func `the counter counts`() {
        allocation_counter_start()
        let nothing = allocation_counter_stop()
        allocation_counter_start()
        let numbers = [Int](repeating: 1, count: Int.random(in: 10...20))
        let something = allocation_counter_stop()
        #expect(nothing == 0)
        #expect(something > 0, "\(numbers.count)")
    }

    @Test(
        .enabled(if: allocation_counter_is_available(), "a sanitizer has an allocator of its own"),
        arguments: Delivery.allCases)
    func `a moved record allocates nothing: only commits do, however many records they hold`(delivery: Delivery) {
        let single = move(delivery, readsPerTurn: 2_500, commits: 8)
        let double = move(delivery, readsPerTurn: 5_000, commits: 8)
        #expect(single.commits == double.commits)
        #expect(single.records >= 190_000)
        #expect(double.records == 2 * single.records)
        #expect(double.allocations == single.allocations)
        let perRecord = Double(single.allocations) / Double(single.records)
        #expect(perRecord < 0.001, "\(single.allocations) allocations in \(single.commits) commits")
    }
}
