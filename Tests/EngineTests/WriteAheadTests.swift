import Engine
import Model
import Positions
import Records
import Testing

/// Two partitions of a few records; the destination is late with those of one.
@Suite struct WriteAheadTests {
    private static let (prompt, late): (Int32, Int32) = (0, 1)

    private let notes = LedgerNotes()

    private func stage(_ delivery: Delivery) -> LaneStage<SteadySource, LateDestination> {
        LaneStage(delivery, from: SteadySource(end: 8), to: LateDestination(notes), partitions: 2)
    }

    private static func key(_ number: Int32) -> [UInt8] { SlotKey.position(TopicPartition("orders", number)).encoded }

    @Test func `while a lane drains, a final position goes ahead, once, and the commit leaves it out`() throws {
        let stage = stage(.exactlyOnce)
        notes.lateWith = Self.late
        stage.run(turns: 30)
        #expect(notes.ahead.map(\.key) == [Self.key(Self.prompt)])
        #expect(stage.position(Self.prompt) == 0, "nothing is committed while records are on their way")
        notes.lateWith = nil
        stage.run(turns: 3)
        let commit = try #require(notes.transactions.last)
        #expect(commit.records.map(\.key) == [Self.key(Self.late)])
        #expect(commit.fenced == [Slot(0)])
        #expect(stage.position(Self.prompt) > 0 && stage.position(Self.late) > 0)
    }

    /// The same positions come again, so it is not by another value that they are written.
    @Test func `what went ahead in a transaction that was taken back is written again`() throws {
        let stage = stage(.exactlyOnce)
        notes.lateWith = Self.late
        stage.run(turns: 30)
        #expect(notes.ahead.count == 1)
        notes.fails = true
        notes.lateWith = nil
        stage.run(turns: 1)
        stage.run(turns: 2)
        #expect(notes.failures > 0)
        notes.fails = false
        stage.run(seconds: 5)
        #expect(stage.position(Self.prompt) == 8 && stage.position(Self.late) == 8)
        #expect(notes.transactions.flatMap(\.records).map(\.key).contains(Self.key(Self.prompt)))
    }

    @Test func `at least once nothing goes ahead`() {
        let stage = stage(.atLeastOnce)
        notes.lateWith = Self.late
        stage.run(turns: 30)
        #expect(notes.ahead.isEmpty)
        #expect(stage.position(Self.prompt) == 8)
    }
}

private final class LedgerNotes {
    /// Records of this partition are not acknowledged for the moment.
    var lateWith: Int32?
    var fails = false
    var failures = 0
    var ahead: [LedgerRecord] = []
    /// Those that were committed, without claims.
    var transactions: [LedgerTransaction] = []
}

private struct LateDestination: DestinationPort, ~Copyable {
    private let notes: LedgerNotes
    private var pool = FakeMemory.pool(capacity: 1_024)
    private var launched: [(seat: Int32, partition: Int32)] = []
    private var failed: [DeliveryReport] = []

    init(_ notes: LedgerNotes) {
        self.notes = notes
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
        let arrived = launched.filter { $0.partition != notes.lateWith }
        launched.removeAll { flight in arrived.contains { $0.seat == flight.seat } }
        for flight in arrived {
            reports.append(DeliveryReport(of: pool.land(flight.seat), destinationOffset: -1, code: 0))
        }
    }

    var inFlight: Int { pool.inFlight + failed.count }

    mutating func writeAhead(_ records: [LedgerRecord]) throws(DestinationFault) -> Bool {
        notes.ahead += records
        return true
    }

    mutating func transact(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome {
        if notes.fails {
            notes.failures += 1
            throw DestinationFault(.abort, "the transaction failed")
        }
        if transaction.marks.isEmpty { notes.transactions.append(transaction) }
        return .committed
    }

    mutating func abort() throws(DestinationFault) {
        for flight in launched {
            failed.append(DeliveryReport(of: pool.land(flight.seat), destinationOffset: -1, code: 1))
        }
        launched = []
    }

    mutating func tearDown(_ part: DestinationPart) {}
    mutating func setUp() throws(DestinationFault) {}
    static func meaning(ofReport code: Int32) -> ReportMeaning { .again }
}
