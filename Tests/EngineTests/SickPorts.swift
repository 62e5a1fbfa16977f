import Engine
import Model
import Records

/// What is wrong with a destination at the moment.
final class Deafness {
    /// Records of this partition are never acknowledged.
    var deafTo: Int32?
    var isDeaf = false
    /// Records of this partition come back with a refusal.
    var forbids: Int32?
    /// A transaction with a record of this partition fails as a whole, without saying for whose sake.
    var failsFor: Int32?
    var blame = DestinationFault.Blame.somePartition
    var failures = 0
}

struct HalfDeafDestination: DestinationPort, ~Copyable {
    private let deafness: Deafness
    private var pool = FakeMemory.pool(capacity: 1_024)
    private var launched: [(seat: Int32, partition: Int32)] = []
    private var failed: [DeliveryReport] = []
    private var inTransaction: Set<Int32> = []

    init(_ deafness: Deafness) {
        self.deafness = deafness
    }

    mutating func open(_ index: Int32, to destination: TopicPartition) {}
    mutating func close(_ index: Int32) {}

    mutating func send(_ hand: inout ReadBatch) throws(DestinationFault) {
        while !hand.isEmpty, !pool.isFull {
            let read = hand.takeFirst()
            launched.append((pool.launch(read), read.partition))
            inTransaction.insert(read.partition)
        }
    }

    mutating func collectReports(into reports: inout ReportBatch, waitMilliseconds: Int32) {
        for report in failed { reports.append(report) }
        failed = []
        let refused = launched.filter { $0.partition == deafness.forbids }
        launched.removeAll { $0.partition == deafness.forbids }
        for flight in refused {
            reports.append(DeliveryReport(of: pool.land(flight.seat), destinationOffset: -1, code: 2))
        }
        let heard = launched.filter { !deafness.isDeaf && $0.partition != deafness.deafTo }
        launched.removeAll { flight in heard.contains { $0.seat == flight.seat } }
        for flight in heard {
            reports.append(DeliveryReport(of: pool.land(flight.seat), destinationOffset: -1, code: 0))
        }
    }

    var inFlight: Int { pool.inFlight + failed.count }

    mutating func transact(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome {
        if let culprit = deafness.failsFor, inTransaction.contains(culprit) {
            deafness.failures += 1
            throw DestinationFault(.abort, "the transaction failed", blame: deafness.blame)
        }
        inTransaction = []
        return .committed
    }

    mutating func abort() throws(DestinationFault) { failEverything() }
    mutating func tearDown(_ part: DestinationPart) { failEverything() }
    mutating func setUp() throws(DestinationFault) {}
    static func meaning(ofReport code: Int32) -> ReportMeaning {
        code == 2 ? .forbidden(reason: "a right is missing") : .again
    }

    private mutating func failEverything() {
        inTransaction = []
        for flight in launched {
            failed.append(DeliveryReport(of: pool.land(flight.seat), destinationOffset: -1, code: 1))
        }
        launched = []
    }
}
