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
        _ delivery: Delivery, _ destination: Deafness, _ board: LaneBoard
    ) -> Lane<PairSource, HalfDeafDestination> {
        let mailbox = LaneMailbox {}
        let lane = Lane(
            LaneSettings(
                number: 0, delivery: delivery, transactionalID: "a.0", commitIntervalMilliseconds: 200,
                budget: Budget(recordsMax: 512, bytesMax: 1 << 30, transactionBytesMax: 1 << 30)),
            source: PairSource(), destination: HalfDeafDestination(destination), hand: FakeMemory.hand(capacity: 64),
            mailbox: mailbox, board: board, post: { _ in })
        let starts = [healthy, sick].map { source in
            LaneStart(
                source: source, slot: Slot(0),
                position: Position(offset: 0, cluster: "source", to: "orders", reached: -1, since: 0))
        }
        _ = mailbox.post(.claim([SlotClaim(slot: Slot(0), mark: 0, starts: starts)]))
        return lane
    }
}

private final class Deafness {
    var deafTo: Int32?
    var isDeaf = false
}

/// Endless partitions, one read of each a poll.
private struct PairSource: SourcePort {
    private var next: [Int32: Int64] = [:]

    mutating func assign(_ starts: [PartitionStart]) throws(SourceFault) {
        for start in starts { next[start.index] = start.offset }
    }

    mutating func unassign(_ indexes: [Int32]) throws(SourceFault) {
        for index in indexes { next[index] = nil }
    }

    mutating func seek(_ targets: [PartitionStart]) throws(SourceFault) { try assign(targets) }

    mutating func poll(into hand: inout ReadBatch, upTo: Int, waitMilliseconds: Int32) {
        for (index, offset) in next.sorted(by: { $0.key < $1.key }).prefix(min(upTo, hand.room)) {
            hand.append(FakeMemory.read(partition: index, offset: offset, bytes: 100))
            next[index] = offset + 1
        }
    }

    mutating func takeEvents() -> [SourceEvent] { [] }
    func highWatermark(of index: Int32) -> Int64? { nil }
}

private struct HalfDeafDestination: DestinationPort, ~Copyable {
    private let deafness: Deafness
    private var pool = FakeMemory.pool(capacity: 1_024)
    private var launched: [(seat: Int32, partition: Int32)] = []
    private var failed: [DeliveryReport] = []

    init(_ deafness: Deafness) {
        self.deafness = deafness
    }

    mutating func open(_ index: Int32, to destination: TopicPartition) {}
    mutating func close(_ index: Int32) {}

    mutating func send(_ hand: inout ReadBatch) throws(DestinationFault) {
        while !hand.isEmpty, !pool.isFull {
            let read = hand.takeFirst()
            launched.append((pool.launch(read), read.partition))
        }
    }

    mutating func collectReports(into reports: inout ReportBatch, waitMilliseconds: Int32) {
        for report in failed { reports.append(report) }
        failed = []
        let heard = launched.filter { !deafness.isDeaf && $0.partition != deafness.deafTo }
        launched.removeAll { flight in heard.contains { $0.seat == flight.seat } }
        for flight in heard {
            reports.append(DeliveryReport(of: pool.land(flight.seat), destinationOffset: 0, code: 0))
        }
    }

    var inFlight: Int { pool.inFlight + failed.count }

    mutating func transact(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome {
        .committed
    }

    mutating func abort() throws(DestinationFault) { failEverything() }
    mutating func tearDown(_ part: DestinationPart) { failEverything() }
    mutating func setUp() throws(DestinationFault) {}
    static func meaning(ofReport code: Int32) -> ReportMeaning { .again }

    private mutating func failEverything() {
        for flight in launched {
            failed.append(DeliveryReport(of: pool.land(flight.seat), destinationOffset: -1, code: 1))
        }
        launched = []
    }
}
