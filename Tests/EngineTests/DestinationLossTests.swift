import Engine
import Model
import Positions
import Records
import Testing

/// A destination whose offsets begin anew, since its topic was made anew.
@Suite struct DestinationLossTests {
    private struct Outcome {
        var state = ""
        var position: Int64 = 0
        var losses = 0
        var committed: [Position] = []
    }

    /// A partition that had reached offset 1,000 goes on in a topic that begins at 0.
    private static func run(_ delivery: Delivery, _ policy: DestinationLossPolicy) -> Outcome {
        let ledger = Ledger()
        var policies = Policies()
        policies.onDestinationLoss = policy
        let stage = LaneStage(
            delivery, from: EndlessSource(readsPerPoll: 2), to: FreshDestination(ledger), partitions: 1, at: 500,
            reached: 1_000, policies: policies)
        stage.run(seconds: 5)
        return Outcome(
            state: stage.state(), position: stage.position(), losses: stage.board.counters.destinationLosses,
            committed: ledger.committed)
    }

    @Test func `exactly once nothing of it is committed, and the partition stops`() {
        let outcome = Self.run(.exactlyOnce, .stop)
        #expect(outcome.state.hasPrefix("stopped") && outcome.state.contains("`on-destination-loss: recreate`"))
        #expect(outcome.position == 500)
        #expect(outcome.committed.isEmpty)
        #expect(outcome.losses == 1)
    }

    @Test func `at least once the partition stops, and is told again when it is started again`() {
        let outcome = Self.run(.atLeastOnce, .stop)
        #expect(outcome.state.hasPrefix("stopped"), "\(outcome.state)")
        #expect(outcome.position < 520)
        #expect(outcome.committed.allSatisfy { $0.reached == 1_000 })
        #expect(outcome.losses == 1)
    }

    @Test(arguments: Delivery.allCases)
    func `with recreate it goes on, and the new topic's offsets count from there`(delivery: Delivery) {
        let outcome = Self.run(delivery, .recreate)
        #expect(outcome.state == "running")
        #expect(outcome.position > 600)
        #expect(outcome.losses == 1)
        #expect(outcome.committed.last.map { $0.reached < 1_000 } == true)
    }
}

private final class Ledger {
    var committed: [Position] = []
}

private struct FreshDestination: DestinationPort, ~Copyable {
    private let ledger: Ledger
    private var inner = InstantDestination(capacity: 64)

    init(_ ledger: Ledger) {
        self.ledger = ledger
    }

    mutating func open(_ index: Int32, to destination: TopicPartition) {}
    mutating func close(_ index: Int32) {}
    mutating func send(_ hand: inout ReadBatch) throws(DestinationFault) { try inner.send(&hand) }

    mutating func collectReports(into reports: inout ReportBatch, waitMilliseconds: Int32) {
        inner.collectReports(into: &reports, waitMilliseconds: waitMilliseconds)
    }

    var inFlight: Int { inner.inFlight }

    mutating func transact(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome {
        ledger.committed += transaction.records.compactMap { $0.value.flatMap { try? Position(decoding: $0) } }
        return .committed
    }

    mutating func abort() throws(DestinationFault) {}
    mutating func tearDown(_ part: DestinationPart) {}
    mutating func setUp() throws(DestinationFault) {}
    static func meaning(ofReport code: Int32) -> ReportMeaning { .again }
}
