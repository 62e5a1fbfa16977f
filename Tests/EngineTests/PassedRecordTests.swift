import Engine
import Model
import Testing

/// A sample that leaves everything out: the lane moves on without ever having a record in its hands.
@Suite struct PassedRecordTests {
    @Test(arguments: Delivery.allCases)
    func `a partition of which nothing is wanted runs, and its position moves`(delivery: Delivery) {
        let stage = LaneStage(
            delivery, from: SteadySource(readsPerPoll: 10, isWanted: false), to: HalfDeafDestination(Deafness()),
            partitions: 1)
        stage.run(seconds: 1)
        #expect(stage.state() == "running")
        let before = stage.position()
        #expect(before > 0)
        stage.run(seconds: 2)
        #expect(stage.position() > before)
        #expect(stage.board.counters.recordsRead == 0)
    }
}
