import Engine
import Model
import Positions
import Testing

/// Eight partitions in one transaction, which fails as a whole for the sake of one of them.
@Suite struct ProbationTests {
    private static let partitions: [TopicPartition] = (0..<8).map { TopicPartition("orders", $0) }

    /// A lane, its clock, and what can be seen of it.
    private struct World: ~Copyable {
        let destination = Deafness()
        let board = LaneBoard()
        var now = Instant(nanoseconds: 0)
        var lane: Lane<PairSource, HalfDeafDestination>

        init() {
            let mailbox = LaneMailbox {}
            lane = Lane(
                LaneSettings(
                    number: 0, delivery: .exactlyOnce, transactionalID: "a.0", commitIntervalMilliseconds: 200,
                    budget: Budget(recordsMax: 512, bytesMax: 1 << 30, transactionBytesMax: 1 << 30)),
                source: PairSource(), destination: HalfDeafDestination(destination),
                hand: FakeMemory.hand(capacity: 64), mailbox: mailbox, board: board, post: { _ in })
            let starts = ProbationTests.partitions.map { source in
                LaneStart(
                    source: source, slot: Slot(0),
                    position: Position(offset: 0, cluster: "source", to: "orders", reached: -1, since: 0))
            }
            _ = mailbox.post(.claim([SlotClaim(slot: Slot(0), mark: 0, starts: starts)]))
        }

        mutating func run(seconds: Int) {
            for _ in 0..<(seconds * 20) {
                _ = lane.turn(at: now)
                now = now.advanced(milliseconds: 50)
            }
        }

        func positions() -> [Int64] {
            ProbationTests.partitions.map { source in
                board.partitions.first { $0.source == source }?.position ?? -1
            }
        }

        func state(_ index: Int) -> String {
            board.partitions.first { $0.source == ProbationTests.partitions[index] }?.state ?? ""
        }
    }

    @Test(arguments: 0..<8)
    func `the partition that a destination refuses is found, tried ever more rarely, and the others go on`(culprit: Int)
    {
        var world = World()
        world.run(seconds: 2)
        world.destination.failsFor = Int32(culprit)
        world.destination.blame = .someRefusedPartition
        world.run(seconds: 60)
        let (failures, before) = (world.destination.failures, world.positions())
        world.run(seconds: 30)
        #expect(world.destination.failures - failures <= 2, "the refused partition is tried on and on")
        for (index, position) in world.positions().enumerated() {
            #expect((position > before[index]) == (index != culprit), "partition \(index), culprit \(culprit)")
        }
        #expect(world.state(culprit).hasPrefix("waiting: the destination refuses it"))
        world.destination.failsFor = nil
        world.run(seconds: 300)
        #expect(world.positions()[culprit] > before[culprit], "it was not tried again")
    }

    @Test(arguments: 0..<8)
    func `a partition that may heal is set aside, and comes back when it has healed`(culprit: Int) {
        var world = World()
        world.run(seconds: 2)
        world.destination.failsFor = Int32(culprit)
        world.run(seconds: 60)
        let before = world.positions()
        world.run(seconds: 300)
        for (index, position) in world.positions().enumerated() {
            #expect((position > before[index]) == (index != culprit), "partition \(index), culprit \(culprit)")
        }
        #expect(world.state(culprit).hasPrefix("waiting"))
        world.destination.failsFor = nil
        let failures = world.destination.failures
        world.run(seconds: 360)
        #expect(world.positions()[culprit] > before[culprit])
        #expect(world.destination.failures == failures)
    }

    @Test func `a failure that nobody is to blame for sets nobody aside`() {
        var world = World()
        world.run(seconds: 2)
        world.destination.failsFor = 3
        world.destination.blame = .nobody
        world.run(seconds: 30)
        #expect((0..<8).allSatisfy { !world.state($0).hasPrefix("waiting") && !world.state($0).hasPrefix("stopped") })
        world.destination.failsFor = nil
        let before = world.positions()
        world.run(seconds: 10)
        #expect(zip(world.positions(), before).allSatisfy { $0 > $1 })
    }
}
