import Engine
import Model
import Records
import Testing

/// A sample that leaves everything out: the lane moves on without ever having a record in its hands.
@Suite struct PassedRecordTests {
    @Test(arguments: Delivery.allCases)
    func `a partition of which nothing is wanted runs, and its position moves`(delivery: Delivery) {
        let stage = LaneStage(delivery, from: PassingSource(), to: HalfDeafDestination(Deafness()), partitions: 1)
        stage.run(seconds: 1)
        #expect(stage.state() == "running")
        let before = stage.position()
        #expect(before > 0)
        stage.run(seconds: 2)
        #expect(stage.position() > before)
        #expect(stage.board.counters.recordsRead == 0)
    }
}

/// Reads ten records a poll and wants none of them.
private struct PassingSource: SourcePort {
    private var next: [Int32: Int64] = [:]
    private var events: [SourceEvent] = []

    mutating func assign(_ starts: [PartitionStart]) throws(SourceFault) {
        for start in starts { next[start.index] = start.offset }
    }

    mutating func unassign(_ indexes: [Int32]) throws(SourceFault) {
        for index in indexes { next[index] = nil }
    }

    mutating func seek(_ targets: [PartitionStart]) throws(SourceFault) { try assign(targets) }

    mutating func poll(into hand: inout ReadBatch, upTo: Int, waitMilliseconds: Int32) {
        for (index, offset) in next {
            next[index] = offset + 10
            events.append(.passed(index: index, offset: offset + 10, mark: nil))
        }
    }

    mutating func takeEvents() -> [SourceEvent] {
        defer { events = [] }
        return events
    }

    func highWatermark(of index: Int32) -> Int64? { nil }
}
