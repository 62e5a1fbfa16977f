import Engine
import Model
import Testing

/// Eight partitions in one transaction, which fails as a whole for the sake of one of them.
@Suite struct ProbationTests {
    private let destination = Deafness()
    private let stage: LaneStage<SteadySource, HalfDeafDestination>

    init() {
        stage = LaneStage(
            .exactlyOnce, from: SteadySource(), to: HalfDeafDestination(destination), partitions: 8)
    }

    private var positions: [Int64] { (0..<8).map { stage.position($0) } }

    @Test(arguments: 0..<8 as Range<Int32>)
    func `the partition that a destination refuses is found, tried ever more rarely, and the others go on`(
        culprit: Int32
    ) {
        stage.run(seconds: 2)
        destination.failsFor = culprit
        destination.blame = .someRefusedPartition
        stage.run(seconds: 60)
        let (failures, before) = (destination.failures, positions)
        stage.run(seconds: 30)
        #expect(destination.failures - failures <= 2, "the refused partition is tried on and on")
        for (index, position) in positions.enumerated() {
            #expect((position > before[index]) == (index != Int(culprit)), "partition \(index), culprit \(culprit)")
        }
        #expect(stage.state(culprit).hasPrefix("waiting: the destination refuses it"))
        destination.failsFor = nil
        stage.run(seconds: 300)
        #expect(positions[Int(culprit)] > before[Int(culprit)], "it was not tried again")
    }

    @Test(arguments: 0..<8 as Range<Int32>)
    func `a partition that may heal is set aside, and comes back when it has healed`(culprit: Int32) {
        stage.run(seconds: 2)
        destination.failsFor = culprit
        stage.run(seconds: 60)
        let before = positions
        stage.run(seconds: 300)
        for (index, position) in positions.enumerated() {
            #expect((position > before[index]) == (index != Int(culprit)), "partition \(index), culprit \(culprit)")
        }
        #expect(stage.state(culprit).hasPrefix("waiting"))
        destination.failsFor = nil
        let failures = destination.failures
        stage.run(seconds: 360)
        #expect(positions[Int(culprit)] > before[Int(culprit)])
        #expect(destination.failures == failures)
    }

    @Test func `a failure that nobody is to blame for sets nobody aside`() {
        stage.run(seconds: 2)
        destination.failsFor = 3
        destination.blame = .nobody
        stage.run(seconds: 30)
        #expect((0..<8).allSatisfy { !stage.state($0).hasPrefix("waiting") && !stage.state($0).hasPrefix("stopped") })
        destination.failsFor = nil
        let before = positions
        stage.run(seconds: 10)
        #expect(zip(positions, before).allSatisfy { $0 > $1 })
    }
}
