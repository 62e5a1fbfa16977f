import Model
import Positions
import Records
import Synchronization
import Testing

@testable import Engine

private func start(_ topic: String, _ partition: Int32, slot: Int32, at offset: Int64 = 0) -> LaneStart {
    .ofTest(TopicPartition(topic, partition), slot: Slot(slot), at: offset)
}

private func report(_ index: Int32, next: Int64, bytes: Int32 = 10, at destination: Int64, code: Int32)
    -> DeliveryReport
{
    DeliveryReport(
        of: FakeMemory.read(partition: index, offset: next - 1, bytes: bytes), destinationOffset: destination,
        code: code)
}

@Suite struct LanePartitionsTests {
    @Test func `an index is used again only after its partition was removed`() {
        var table = LanePartitions()
        let first = table.add(start("a", 0, slot: 0))
        let second = table.add(start("a", 1, slot: 1))
        #expect(first != second)
        table.remove(first)
        #expect(table.indexes == [second])
        #expect(table.add(start("b", 0, slot: 2)) == first)
        #expect(table[first].source == TopicPartition("b", 0))
    }

    @Test func `partitions are found by their slots`() {
        var table = LanePartitions()
        for number in 0..<6 as Range<Int32> { _ = table.add(start("a", number, slot: number % 3)) }
        #expect(table.indexes(in: [Slot(1)]).map { table[$0].source.partition } == [1, 4])
        #expect(table.indexes(in: []).isEmpty)
    }

    @Test func `a partition that moves and is far behind is catching up`() {
        var partition = LanePartition(start("a", 0, slot: 0))
        #expect(partition.shownState(end: 50_000) == "starting")
        partition.window.open(nextOffset: 1)
        partition.window.settle(nextOffset: 1)
        partition.noteCommit(1, nil)
        #expect(partition.shownState(end: 50_000) == "catching up")
        #expect(partition.shownState(end: 10_001) == "running")
        #expect(partition.shownState(end: nil) == "running")
        partition.state = .examining(reason: "who knows")
        #expect(partition.shownState(end: 50_000) == "waiting: who knows")
    }

    @Test func `the last read of each run is marked`() {
        var table = LanePartitions()
        let indexes = (0..<2).map { table.add(start("a", $0, slot: 0)) }
        var hand = FakeMemory.hand(capacity: 8)
        for (place, run) in [0, 0, 1, 1, 1, 0].enumerated() {
            hand.append(FakeMemory.read(partition: indexes[run], offset: Int64(place), bytes: 1))
        }
        table.noteReads(hand, from: 0)
        #expect(table.runEnds == [1, 4, 5])
        table.noteReads(FakeMemory.hand(capacity: 1), from: 0)
        #expect(table.runEnds.isEmpty)
    }

    @Test func `reads and bytes are counted in and out`() {
        var table = LanePartitions()
        let index = table.add(start("a", 0, slot: 0, at: 5))
        var hand = FakeMemory.hand(capacity: 4)
        for offset in [5, 8, 9] as [Int64] { hand.append(FakeMemory.read(partition: index, offset: offset, bytes: 10)) }
        table.noteReads(hand, from: 0)
        #expect(table.outstanding == 3)
        #expect(table.outstandingBytes == 30)
        table.note(report(index, next: 6, at: 70, code: 0))
        #expect(table[index].position.offset == 6)
        #expect(table[index].position.reached == 70)
        table.noteDiscard(hand[2])
        table.note(report(index, next: 9, at: -1, code: 1))
        #expect(table.outstanding == 0)
        #expect(table.outstandingBytes == 0)
        #expect(table[index].position.offset == 6)
        #expect(table[index].isDirty)
    }

    @Test func `the offset reached in the destination never goes back`() {
        var table = LanePartitions()
        let index = table.add(start("a", 0, slot: 0))
        var hand = FakeMemory.hand(capacity: 4)
        for offset in 0..<2 as Range<Int64> { hand.append(FakeMemory.read(partition: index, offset: offset, bytes: 1)) }
        table.noteReads(hand, from: 0)
        table.note(report(index, next: 2, bytes: 1, at: 9, code: 0))
        table.note(report(index, next: 1, bytes: 1, at: 8, code: 0))
        #expect(table[index].reached == 9)
    }
}

@Suite struct LaneMailboxTests {
    @Test func `orders come out once, in the order of their arrival`() {
        let mailbox = LaneMailbox {}
        let orders = (0..<10).map { LaneOrder.drop([Slot(Int32($0))]) }
        for order in orders { #expect(mailbox.post(order)) }
        #expect(mailbox.take() == orders)
        #expect(mailbox.take().isEmpty)
    }

    @Test func `a mailbox that nobody empties refuses`() {
        let mailbox = LaneMailbox {}
        for _ in 0..<LaneMailbox.capacity { #expect(mailbox.post(.stop)) }
        #expect(!mailbox.post(.stop))
        #expect(mailbox.take().count == LaneMailbox.capacity)
        #expect(mailbox.post(.stop))
    }

    @Test func `every order wakes the lane, a refused one too`() {
        let wakes = Mutex(0)
        let mailbox = LaneMailbox { wakes.withLock { $0 += 1 } }
        for _ in 0...LaneMailbox.capacity { _ = mailbox.post(.stop) }
        #expect(wakes.withLock { $0 } == LaneMailbox.capacity + 1)
    }

    @Test func `orders of several threads all arrive, each thread's in its order`() async {
        let mailbox = LaneMailbox {}
        let perThread = 500
        let taken = await withTaskGroup(of: [LaneOrder].self) { group in
            for thread in 0..<4 {
                group.addTask {
                    for number in 0..<perThread { _ = mailbox.post(.drop([Slot(Int32(thread * 10_000 + number))])) }
                    return []
                }
            }
            group.addTask {
                var taken: [LaneOrder] = []
                while taken.count < 4 * perThread {
                    taken += mailbox.take()
                    await Task.yield()
                }
                return taken
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        let numbers = taken.compactMap { order -> Int? in
            guard case .drop(let slots) = order else { return nil }
            return slots.first.map { Int($0.number) }
        }
        for thread in 0..<4 {
            #expect(
                numbers.filter { $0 / 10_000 == thread } == (0..<perThread).map { thread * 10_000 + $0 })
        }
    }
}

@Suite struct BudgetTests {
    private let budget = Budget(recordsMax: 100, bytesMax: 1_000, transactionBytesMax: 500)

    @Test func `room is what the records leave`() {
        #expect(budget.room(records: 0, bytes: 0) == 100)
        #expect(budget.room(records: 60, bytes: 999) == 40)
        #expect(budget.room(records: 100, bytes: 0) == 0)
    }

    @Test func `there is never less than no room`() {
        #expect(budget.room(records: 130, bytes: 0) == 0)
    }

    @Test func `bytes over the budget leave no room at all`() {
        #expect(budget.room(records: 0, bytes: 1_000) == 0)
        #expect(budget.room(records: 0, bytes: 5_000) == 0)
    }
}
