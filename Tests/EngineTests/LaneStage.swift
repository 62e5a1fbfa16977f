import Engine
import Model
import Positions

/// A lane between two ports, on a clock that the test turns, and what can be seen of it: partitions 0, 1, ... of the
/// topic `orders`, all of one slot, which the lane claims in its first turns.
final class LaneStage<Source: SourcePort, Destination: DestinationPort & ~Copyable> {
    private static var turnsPerSecond: Int { 20 }

    let board = LaneBoard()
    let mailbox = LaneMailbox {}
    private let mail = News()
    private var lane: Lane<Source, Destination>
    private var now = Instant(nanoseconds: 0)

    /// - Parameters:
    ///   - offset: where every partition goes on.
    ///   - reached: what it had come to in the destination; -1: nothing is there yet.
    init(
        _ delivery: Delivery, from source: Source, to destination: consuming Destination, partitions: Int32,
        at offset: Int64 = 0, reached: Int64 = -1, policies: Policies = Policies(), recordsMax: Int = 512
    ) {
        lane = Lane(
            .ofTest(delivery, recordsMax: recordsMax, policies: policies), source: source, destination: destination,
            hand: FakeMemory.hand(capacity: 128), mailbox: mailbox, board: board,
            post: { [mail] in mail.all.append($0) })
        let starts = (0..<partitions).map { number in
            LaneStart.ofTest(TopicPartition("orders", number), at: offset, reached: reached)
        }
        _ = mailbox.post(.claim([SlotClaim(slot: Slot(0), mark: 0, starts: starts)]))
    }

    func run(turns: Int) {
        for _ in 0..<turns {
            _ = lane.turn(at: now)
            now = now.advanced(milliseconds: 1_000 / Int64(Self.turnsPerSecond))
        }
    }

    func run(seconds: Int) { run(turns: seconds * Self.turnsPerSecond) }

    /// Tells the lane something, which it reads in its next turn.
    func post(_ order: LaneOrder) { _ = mailbox.post(order) }

    func instant(afterSeconds seconds: Int) -> Instant { now.advanced(milliseconds: Int64(seconds) * 1_000) }

    /// What the lane has told so far.
    var news: [LaneNews] { mail.all }

    /// The last committed position of a partition; -1 while the lane does not show it.
    func position(_ number: Int32 = 0) -> Int64 { partition(number)?.position ?? -1 }
    func state(_ number: Int32 = 0) -> String { partition(number)?.state ?? "" }

    private func partition(_ number: Int32) -> LaneBoard.Partition? {
        board.partitions.first { $0.source.partition == number }
    }

    private final class News {
        var all: [LaneNews] = []
    }
}

extension LaneSettings {
    static func ofTest(
        _ delivery: Delivery, recordsMax: Int = 512, commitIntervalMilliseconds: Int64 = 200,
        policies: Policies = Policies()
    ) -> LaneSettings {
        LaneSettings(
            number: 0, delivery: delivery, transactionalID: "a.0",
            commitIntervalMilliseconds: commitIntervalMilliseconds,
            budget: Budget(recordsMax: recordsMax, bytesMax: 1 << 30, transactionBytesMax: 1 << 30),
            policies: { _ in policies })
    }
}

extension LaneStart {
    /// A partition of a topic that keeps its name in the destination.
    static func ofTest(
        _ source: TopicPartition, slot: Slot = Slot(0), at offset: Int64 = 0, reached: Int64 = -1
    ) -> LaneStart {
        LaneStart(
            source: source, slot: slot,
            position: Position(offset: offset, cluster: "source", to: source.topic, reached: reached, since: 0))
    }
}
