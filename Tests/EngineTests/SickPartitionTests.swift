import Engine
import Model
import Positions
import Records
import Testing

/// Two partitions, of which the destination takes one only, until it is healed.
@Suite struct SickPartitionTests {
    private static let healthy = TopicPartition("orders", 0)
    private static let sick = TopicPartition("orders", 1)

    @Test(arguments: Delivery.allCases)
    func `a partition that the destination does not take is set aside, and the other goes on`(delivery: Delivery) {
        let destination = Deafness()
        let board = LaneBoard()
        var now = Instant(nanoseconds: 0)
        var lane = Self.lane(delivery, destination, board)
        func run(seconds: Int) {
            for _ in 0..<(seconds * 20) {
                _ = lane.turn(at: now)
                now = now.advanced(milliseconds: 50)
            }
        }
        func position(_ source: TopicPartition) -> Int64 {
            board.partitions.first { $0.source == source }?.position ?? -1
        }
        run(seconds: 3)
        destination.deafTo = 1
        run(seconds: 30)
        let stuckAt = position(Self.sick)
        let before = position(Self.healthy)
        run(seconds: 5)
        #expect(position(Self.healthy) > before, "the healthy partition stands still")
        #expect(position(Self.sick) == stuckAt)
        #expect(board.partitions.first { $0.source == Self.sick }?.state.hasPrefix("waiting") == true)
        destination.deafTo = nil
        run(seconds: 60)
        #expect(position(Self.sick) > stuckAt, "the sick partition was not taken back when it healed")
    }

    /// A right that is given while the lane runs heals the partition, without a restart.
    @Test(arguments: Delivery.allCases)
    func `a partition that the destination forbids waits, is told once, and goes on when it is allowed`(
        delivery: Delivery
    ) {
        let destination = Deafness()
        let board = LaneBoard()
        var now = Instant(nanoseconds: 0)
        var news: [LaneNews] = []
        var lane = Self.lane(delivery, destination, board) { news.append($0) }
        func run(seconds: Int) {
            for _ in 0..<(seconds * 20) {
                _ = lane.turn(at: now)
                now = now.advanced(milliseconds: 50)
            }
        }
        func position(_ source: TopicPartition) -> Int64 {
            board.partitions.first { $0.source == source }?.position ?? -1
        }
        run(seconds: 3)
        destination.forbids = 1
        run(seconds: 60)
        let (stuckAt, before) = (position(Self.sick), position(Self.healthy))
        run(seconds: 5)
        #expect(position(Self.healthy) > before, "the healthy partition stands still")
        #expect(position(Self.sick) == stuckAt)
        #expect(board.partitions.first { $0.source == Self.sick }?.state.hasPrefix("waiting: ") == true)
        let told = news.filter { if case .partitionStopped(Self.sick, _) = $0 { true } else { false } }
        #expect(told.count == 1)
        #expect(!news.contains(.partitionGoesOn(Self.sick)))
        destination.forbids = nil
        run(seconds: 120)
        #expect(position(Self.sick) > stuckAt, "it was not tried again")
        #expect(news.contains(.partitionGoesOn(Self.sick)))
    }

    @Test func `a destination that takes nothing at all is waited for, and nobody is set aside`() {
        let destination = Deafness()
        let board = LaneBoard()
        var now = Instant(nanoseconds: 0)
        var lane = Self.lane(.exactlyOnce, destination, board)
        func run(seconds: Int) {
            for _ in 0..<(seconds * 20) {
                _ = lane.turn(at: now)
                now = now.advanced(milliseconds: 50)
            }
        }
        run(seconds: 3)
        destination.isDeaf = true
        run(seconds: 60)
        #expect(board.partitions.allSatisfy { !$0.state.hasPrefix("waiting") })
    }

    private static func lane(
        _ delivery: Delivery, _ destination: Deafness, _ board: LaneBoard,
        post: @escaping (LaneNews) -> Void = { _ in }
    ) -> Lane<PairSource, HalfDeafDestination> {
        let mailbox = LaneMailbox {}
        let lane = Lane(
            LaneSettings(
                number: 0, delivery: delivery, transactionalID: "a.0", commitIntervalMilliseconds: 200,
                budget: Budget(recordsMax: 512, bytesMax: 1 << 30, transactionBytesMax: 1 << 30)),
            source: PairSource(), destination: HalfDeafDestination(destination), hand: FakeMemory.hand(capacity: 64),
            mailbox: mailbox, board: board, post: post)
        let starts = [healthy, sick].map { source in
            LaneStart(
                source: source, slot: Slot(0),
                position: Position(offset: 0, cluster: "source", to: "orders", reached: -1, since: 0))
        }
        _ = mailbox.post(.claim([SlotClaim(slot: Slot(0), mark: 0, starts: starts)]))
        return lane
    }
}
