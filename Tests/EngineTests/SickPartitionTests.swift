import Engine
import Model
import Testing

/// Two partitions, of which the destination takes the first one only, until it is healed.
@Suite struct SickPartitionTests {
    private static let (healthy, sick): (Int32, Int32) = (0, 1)

    private let destination = Deafness()

    private func stage(_ delivery: Delivery) -> LaneStage<SteadySource, HalfDeafDestination> {
        LaneStage(delivery, from: SteadySource(), to: HalfDeafDestination(destination), partitions: 2)
    }

    @Test(arguments: Delivery.allCases)
    func `a partition that the destination does not take is set aside, and the other goes on`(delivery: Delivery) {
        let stage = stage(delivery)
        stage.run(seconds: 3)
        destination.deafTo = Self.sick
        stage.run(seconds: 30)
        let (stuckAt, before) = (stage.position(Self.sick), stage.position(Self.healthy))
        stage.run(seconds: 5)
        #expect(stage.position(Self.healthy) > before, "the healthy partition stands still")
        #expect(stage.position(Self.sick) == stuckAt)
        #expect(stage.state(Self.sick).hasPrefix("waiting"))
        destination.deafTo = nil
        stage.run(seconds: 60)
        #expect(stage.position(Self.sick) > stuckAt, "the sick partition was not taken back when it healed")
    }

    /// A right that is given while the lane runs heals the partition, without a restart.
    @Test(arguments: Delivery.allCases)
    func `a partition that the destination forbids waits, is told once, and goes on when it is allowed`(
        delivery: Delivery
    ) {
        let stage = stage(delivery)
        let source = TopicPartition("orders", Self.sick)
        stage.run(seconds: 3)
        destination.forbids = Self.sick
        stage.run(seconds: 60)
        let (stuckAt, before) = (stage.position(Self.sick), stage.position(Self.healthy))
        stage.run(seconds: 5)
        #expect(stage.position(Self.healthy) > before, "the healthy partition stands still")
        #expect(stage.position(Self.sick) == stuckAt)
        #expect(stage.state(Self.sick).hasPrefix("waiting: "))
        let told = stage.news.filter { if case .partitionStopped(source, _) = $0 { true } else { false } }
        #expect(told.count == 1)
        #expect(!stage.news.contains(.partitionGoesOn(source)))
        destination.forbids = nil
        stage.run(seconds: 120)
        #expect(stage.position(Self.sick) > stuckAt, "it was not tried again")
        #expect(stage.news.contains(.partitionGoesOn(source)))
    }

    @Test func `a destination that takes nothing at all is waited for, and nobody is set aside`() {
        let stage = stage(.exactlyOnce)
        stage.run(seconds: 3)
        destination.isDeaf = true
        stage.run(seconds: 60)
        #expect(stage.board.partitions.count == 2)
        #expect(stage.board.partitions.allSatisfy { !$0.state.hasPrefix("waiting") })
    }

    /// Acknowledgements do not all come back in the same moment.
    @Test(arguments: Delivery.allCases)
    func `when a destination comes back, nobody is set aside for the time in which it was down`(delivery: Delivery) {
        let stage = stage(delivery)
        stage.run(seconds: 3)
        destination.isDeaf = true
        stage.run(seconds: 60)
        destination.isDeaf = false
        destination.deafTo = 1
        stage.run(turns: 8)
        #expect(!stage.state(1).hasPrefix("waiting"))
        destination.deafTo = nil
        let before = stage.position(1)
        stage.run(seconds: 5)
        #expect(stage.position(1) > before)
        #expect(!stage.news.contains { if case .trouble = $0 { true } else { false } }, "\(stage.news)")
    }
}
