import TestSupport
import Testing

@testable import Records

/// A queue is right when every seat comes out once, in the order of its partition, and never while an earlier batch of
/// the partition is under way.
@Suite struct SendQueuesTests {
    @Test func readsLeaveInOrderOneBatchAtATime() {
        var queues = SendQueues(capacity: 8)
        for seat: Int32 in 0..<3 { queues.enqueue(seat, of: 5) }
        #expect(queues.nextReady == 5)
        for seat: Int32 in 0..<2 {
            #expect(queues.first(of: 5) == seat)
            queues.advance(5)
        }
        queues.close(5)
        #expect(queues.nextReady == nil, "the third read goes only when the first two are reported")
        queues.noteReported(5)
        #expect(queues.nextReady == nil)
        queues.noteReported(5)
        #expect(queues.nextReady == 5)
        #expect(queues.first(of: 5) == 2)
        #expect(queues.waiting == 1)
    }

    @Test func aReportKnowsHowManyWentTogether() {
        var queues = SendQueues(capacity: 8)
        for seat: Int32 in 0..<3 { queues.enqueue(seat, of: 5) }
        queues.advance(5, bytes: 10)
        queues.advance(5, bytes: 20)
        queues.close(5)
        queues.noteReported(5)
        queues.noteReported(5)
        #expect(queues.batch(of: 5) == BatchSize(reads: 2, bytes: 30))
        queues.advance(5, bytes: 40)
        queues.close(5)
        #expect(queues.batch(of: 5) == BatchSize(reads: 1, bytes: 40))
    }

    @Test func aPartitionUnderWayHoldsUpNoOther() {
        var queues = SendQueues(capacity: 8)
        queues.enqueue(0, of: 0)
        queues.advance(0)
        queues.close(0)
        queues.enqueue(1, of: 0)
        queues.enqueue(2, of: 1)
        #expect(queues.nextReady == 1)
    }

    @Test func whatIsTakenOutIsSentByNobody() {
        var queues = SendQueues(capacity: 8)
        queues.enqueue(0, of: 0)
        queues.enqueue(1, of: 0)
        #expect(queues.removeFirst(of: 0) == 0)
        #expect(queues.removeFirst(of: 0) == 1)
        #expect(queues.removeFirst(of: 0) == nil)
        queues.noteEmptied(0)
        #expect(queues.nextReady == nil)
        queues.enqueue(2, of: 0)
        #expect(queues.nextReady == 0)
    }

    @Test(arguments: 0..<50 as Range<UInt64>) func everySeatLeavesOnceInItsPartitionsOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queues = SendQueues(capacity: 64)
        var free = Array((0 as Int32)..<64)
        var expected: [[Int32]] = Array(repeating: [], count: 6)
        var underWay: [[Int32]] = Array(repeating: [], count: 6)
        for _ in 0..<3_000 {
            let partition = Int32(random.next() % 6)
            switch random.next() % 3 {
            case 0:
                guard let seat = free.popLast() else { continue }
                queues.enqueue(seat, of: partition)
                expected[Int(partition)].append(seat)
            case 1:
                guard let ready = queues.nextReady else { continue }
                #expect(underWay[Int(ready)].isEmpty, "two batches of partition \(ready) at a time")
                for _ in 0...(random.next() % 4) {
                    guard let seat = queues.first(of: ready) else { break }
                    #expect(seat == expected[Int(ready)].removeFirst())
                    queues.advance(ready)
                    underWay[Int(ready)].append(seat)
                }
                queues.close(ready)
            default:
                guard let seat = underWay[Int(partition)].popLast() else { continue }
                queues.noteReported(partition)
                free.append(seat)
            }
            #expect(queues.waiting == expected.reduce(0) { $0 + $1.count })
            let mayGo = expected.indices.contains { !expected[$0].isEmpty && underWay[$0].isEmpty }
            #expect((queues.nextReady != nil) == mayGo)
        }
    }
}
