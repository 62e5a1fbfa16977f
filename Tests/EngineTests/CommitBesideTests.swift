import Engine
import Model
import Positions
import Records
import Testing

/// At least once positions are committed beside the lane's own work: a ledger that does not answer holds up nobody.
@Suite struct CommitBesideTests {
    private let ledger = SlowLedger()

    private func stage(partitions: Int32 = 1) -> LaneStage<SteadySource, SlowLedgerDestination> {
        LaneStage(
            .atLeastOnce, from: SteadySource(), to: SlowLedgerDestination(ledger), partitions: partitions)
    }

    @Test func `records move on while positions are being committed, and are committed when the ledger answers`() {
        let stage = stage()
        stage.run(seconds: 3)
        ledger.isSilent = true
        stage.run(seconds: 1)
        let (committed, delivered) = (stage.position(), stage.board.counters.recordsDelivered)
        stage.run(seconds: 10)
        #expect(stage.board.counters.recordsDelivered >= delivered + 150)
        #expect(stage.position() == committed, "a position is shown as committed whose commit is under way")
        ledger.isSilent = false
        stage.run(seconds: 1)
        #expect(stage.position() >= committed + 150)
        #expect(ledger.isHonoured, "a transaction while another was under way")
    }

    @Test func `a commit that fails beside the lane is made again`() {
        let stage = stage()
        stage.run(seconds: 3)
        ledger.isSilent = true
        stage.run(seconds: 1)
        let committed = stage.position()
        ledger.failures = 1
        ledger.isSilent = false
        stage.run(seconds: 3)
        #expect(ledger.failures == 0)
        #expect(stage.position() > committed)
        #expect(stage.news.contains { if case .trouble = $0 { true } else { false } })
    }

    @Test func `slots are given back after the commit under way, with everything committed`() {
        let stage = stage()
        stage.run(seconds: 3)
        ledger.isSilent = true
        stage.run(seconds: 1)
        stage.post(.release([Slot(0)], deadline: stage.instant(afterSeconds: 60)))
        stage.run(seconds: 5)
        #expect(!stage.news.contains(.released([Slot(0)])))
        ledger.isSilent = false
        stage.run(seconds: 2)
        #expect(stage.news.contains(.released([Slot(0)])))
        #expect(ledger.committed == Int64(stage.board.counters.recordsDelivered))
        #expect(ledger.isHonoured)
    }

    @Test func `slots are given back at their deadline, and an outcome that comes later is about nobody`() {
        let stage = stage(partitions: 2)
        stage.run(seconds: 3)
        ledger.isSilent = true
        stage.run(seconds: 1)
        stage.post(.release([Slot(0)], deadline: stage.instant(afterSeconds: 2)))
        stage.run(seconds: 4)
        #expect(stage.news.contains(.released([Slot(0)])))
        ledger.isSilent = false
        stage.run(seconds: 1)
        #expect(stage.board.partitions.isEmpty)
    }

    @Test(arguments: [1, 4]) func `what stands still takes no room from the others`(healthy: Int32) {
        let deafness = Deafness()
        // The deaf partition alone would fill the budget in a second.
        let stage = LaneStage(
            .atLeastOnce, from: SteadySource(), to: HalfDeafDestination(deafness), partitions: healthy + 1,
            recordsMax: 20 * Int(healthy + 1))
        stage.run(seconds: 3)
        let start = stage.position(1)
        stage.run(seconds: 60)
        let usual = stage.position(1) - start
        deafness.deafTo = 0
        stage.run(seconds: 60)
        let then = stage.position(1) - start - usual
        #expect(then >= usual * 9 / 10, "\(then) in place of \(usual)")
        #expect(stage.state(0).hasPrefix("waiting"))
    }
}

/// How a ledger does at the moment.
private final class SlowLedger {
    var isSilent = false
    /// Transactions that fail before one succeeds.
    var failures = 0
    /// The offset committed last.
    var committed: Int64 = 0
    /// No transaction was asked for while another was under way.
    var isHonoured = true
}

/// Takes records at once; begun transactions are answered as the ledger likes.
private struct SlowLedgerDestination: DestinationPort, ~Copyable {
    private let ledger: SlowLedger
    private var records = InstantDestination(capacity: 1_024)
    private var begun: LedgerTransaction?

    init(_ ledger: SlowLedger) {
        self.ledger = ledger
    }

    mutating func open(_ index: Int32, to destination: TopicPartition) {}
    mutating func close(_ index: Int32) {}
    mutating func send(_ hand: inout ReadBatch) throws(DestinationFault) { try records.send(&hand) }

    mutating func collectReports(into reports: inout ReportBatch, waitMilliseconds: Int32) {
        records.collectReports(into: &reports, waitMilliseconds: waitMilliseconds)
    }

    var inFlight: Int { records.inFlight }

    mutating func transact(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome {
        if begun != nil { ledger.isHonoured = false }
        return .committed
    }

    mutating func begin(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome? {
        if begun != nil { ledger.isHonoured = false }
        begun = transaction
        return nil
    }

    mutating func outcome() throws(DestinationFault) -> TransactionOutcome? {
        guard let transaction = begun, !ledger.isSilent else { return nil }
        begun = nil
        guard ledger.failures == 0 else {
            ledger.failures -= 1
            throw DestinationFault(.abort, "the ledger did not take it")
        }
        for record in transaction.records {
            if let value = record.value, let position = try? Position(decoding: value) {
                ledger.committed = position.offset
            }
        }
        return .committed
    }

    mutating func abort() throws(DestinationFault) {}
    mutating func tearDown(_ part: DestinationPart) {}
    mutating func setUp() throws(DestinationFault) {}
    static func meaning(ofReport code: Int32) -> ReportMeaning { .again }
}
