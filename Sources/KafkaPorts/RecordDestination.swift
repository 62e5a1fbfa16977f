import Engine
import Model
import RdKafka
import Records

/// The record lane's destination: with exactly-once one transactional producer for records and ledger, with
/// at-least-once an idempotent one for the records, beside the ledger's on a thread of its own.
package struct RecordDestination: DestinationPort, ~Copyable {
    private let clients: FlowClients
    private let transactionalID: String
    private let fence: Fence
    private let vitals: LaneVitals
    private let isExactlyOnce: Bool

    /// Exactly once only.
    private var ledger: LedgerProducer?
    /// At least once only.
    private var ledgerThread: LedgerThread?
    private var data: LiveProducer?
    /// Exactly once only: asks how far the destination is stable.
    private var stability: AdminClient?
    /// The ledger's thread has a transaction whose outcome nobody has taken.
    private var isTransacting = false
    /// Where each of the lane's partitions goes; opened again at new producers.
    private var opened: [Int32: (target: TopicPartition, limit: BatchLimit)] = [:]
    /// Since when the partition of a read that is to be sent is unknown to the destination.
    private var unknownSince: Instant?
    /// Reports of producers that were taken down, and those that came during a transaction.
    private var orphans = ReportBatch(capacity: 16)

    package init(clients: FlowClients, lane: Int, fence: Fence, vitals: LaneVitals) {
        self.clients = clients
        self.fence = fence
        self.vitals = vitals
        transactionalID = clients.flow.transactionalID(instance: clients.instance, lane: lane)
        isExactlyOnce = clients.flow.delivery == .exactlyOnce
    }

    deinit {
        if isTransacting { _ = try? ledgerThread?.outcome(waits: true) }
        ledgerThread?.end()
    }

    // MARK: Producers

    package mutating func setUp() throws(DestinationFault) {
        do throws(KafkaFault) {
            if isExactlyOnce, ledger == nil {
                ledger = try LedgerProducer(clients: clients, transactionalID: transactionalID, vitals: vitals)
            }
            if !isExactlyOnce, ledgerThread == nil {
                ledgerThread = try LedgerThread.start(clients, transactionalID: transactionalID, vitals: vitals)
            }
            if !isExactlyOnce, data == nil {
                data = LiveProducer(
                    try RecordProducer(
                        clients.dataProducer(), inFlightMax: FlowClients.seatsMax,
                        clientsMax: FlowClients.dataClientsMax, log: clients.logger("data")))
            }
        } catch {
            throw DestinationFault(.abort, "no producer for the destination yet: \(error)")
        }
        carrier?.producer.asideTopic = clients.flow.quarantineTopic
        for (index, entry) in opened {
            carrier?.producer.open(index: index, destination: entry.target)
            carrier?.producer.limitBatches(index: index, to: entry.limit)
        }
    }

    /// The producer that carries the records.
    private var carrier: LiveProducer? { isExactlyOnce ? ledger?.live : data }

    package mutating func tearDown(_ part: DestinationPart) {
        data?.producer.abandon(into: &orphans, timeoutMilliseconds: Self.tearDownMilliseconds)
        data = nil
        guard part == .all else { return }
        ledger?.live.producer.abandon(into: &orphans, timeoutMilliseconds: Self.tearDownMilliseconds)
        ledger = nil
        // What became of it does not matter any more: the slots are read again.
        if isTransacting { _ = try? ledgerThread?.outcome(waits: true) }
        isTransacting = false
        ledgerThread?.end()
        ledgerThread = nil
    }

    private static let tearDownMilliseconds: Int32 = 2_000

    package mutating func open(_ index: Int32, to destination: TopicPartition) {
        opened[index] = (destination, BatchLimit())
        carrier?.producer.open(index: index, destination: destination)
    }

    package mutating func limitBatches(of index: Int32, to limit: BatchLimit) {
        opened[index]?.limit = limit
        carrier?.producer.limitBatches(index: index, to: limit)
    }

    package mutating func close(_ index: Int32) {
        opened[index] = nil
        carrier?.producer.close(index: index)
    }

    // MARK: Records

    package mutating func send(_ hand: inout ReadBatch) throws(DestinationFault) {
        guard !hand.isEmpty || carrier.map({ $0.producer.waiting > 0 }) == true else { return }
        try ledger?.begin()
        switch carrier?.producer.send(&hand) {
        case .none:
            unknownSince = nil
        case .full:
            return
        case .fault(let fault, let partition) where fault.name == "_UNKNOWN_PARTITION":
            try awaitPartition(partition, fault)
        case .fault(let fault, let partition) where ReportMeaning.isLocalRefusal(fault):
            // The library itself will never take it, which a broker has no part in: no search, no quarantine.
            throw DestinationFault(.abort, fault.description, partition: partition)
        case .fault(let fault, _):
            guard let ledger else { throw DestinationFault(.renewData, fault.description) }
            let known = fault.name == "_STATE" ? failureOfTransaction() : nil
            throw known ?? ledger.judged(fault)
        }
    }

    package mutating func stableEnds(of indexes: [Int32]) throws(DestinationFault) -> [Int32: Int64] {
        let places = indexes.compactMap { index in opened[index].map { (index, $0.target) } }
        do throws(KafkaFault) {
            let admin = try stabilityClient()
            let answers = try admin.offsets(
                of: places.map(\.1), at: .latest, timeoutMilliseconds: Self.stabilityMilliseconds)
            var ends: [Int32: Int64] = [:]
            for (index, target) in places {
                guard let answer = answers[target] else { continue }
                ends[index] = try answer.get()
            }
            return ends
        } catch {
            throw DestinationFault(.abort, "how far the destination is stable is unknown: \(error)")
        }
    }

    private static let stabilityMilliseconds: Int32 = 5_000

    private mutating func stabilityClient() throws(KafkaFault) -> AdminClient {
        if let stability { return stability }
        let client = try AdminClient(
            clients.admin(of: clients.flow.destination, isolation: .readCommitted), log: clients.logger("stability"))
        stability = client
        return client
    }

    /// A transaction that failed in the background refuses a produce call without a reason; any other call on it tells
    /// why. The fence is one that does no harm where the transaction is well: it is about to be aborted.
    package mutating func failureOfTransaction() -> DestinationFault? {
        guard let ledger, ledger.began != nil else { return nil }
        do throws(DestinationFault) {
            try ledger.sendFence([.steward], try Self.metadata(fence))
        } catch {
            return error
        }
        return nil
    }

    /// A topic that was grown a moment ago has partitions that this producer has not heard of: it asks, and the send is
    /// tried again. A partition that stays unknown is gone, and is set aside.
    private mutating func awaitPartition(_ index: Int32, _ fault: KafkaFault) throws(DestinationFault) {
        let now = Instant.now
        let since = unknownSince ?? now
        unknownSince = since
        guard now.milliseconds(since: since) < Self.unknownMilliseconds else {
            unknownSince = nil
            throw DestinationFault(.abort, fault.description, partition: index)
        }
        carrier?.producer.refreshMetadata(ofPartition: index, timeoutMilliseconds: 1_000)
    }

    private static let unknownMilliseconds: Int64 = 20_000

    package mutating func collectReports(into reports: inout ReportBatch, waitMilliseconds: Int32) {
        guard orphans.isEmpty else {
            for report in orphans.reports { reports.append(report) }
            orphans.removeAll()
            return
        }
        carrier?.producer.collectReports(into: &reports, waitMilliseconds: waitMilliseconds)
    }

    package mutating func giveUpWaiting(of index: Int32) -> [DeliveryReport] {
        var reports = ReportBatch(capacity: 0)
        carrier?.producer.giveUpWaiting(of: index, into: &reports)
        return reports.reports
    }

    package var inFlight: Int { orphans.reports.count + (carrier?.producer.inFlight ?? 0) }

    package static func meaning(ofReport code: Int32) -> ReportMeaning {
        ReportMeaning(ofReport: code)
    }

    // MARK: Transactions

    package mutating func transact(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome {
        if isExactlyOnce {
            guard let ledger else { throw Self.noLedger }
            // Read when it is sent: a rebalance may have given a new generation since the transaction was asked for, in
            // which this process still has all that it has not put down. Before the group gets a slot back, or a member
            // that was lost joins again, this lane must have put it down, and it is busy here.
            return try ledger.transact(transaction, reports: &orphans) { [fence] () throws(DestinationFault) in
                try ledger.sendFence(transaction.fenced, try Self.metadata(fence))
            }
        }
        try beginOnThread(transaction)
        guard let outcome = try outcome(waits: true) else { preconditionFailure("a transaction without an outcome") }
        return outcome
    }

    package mutating func writeAhead(_ records: [LedgerRecord]) throws(DestinationFault) -> Bool {
        guard isExactlyOnce, let ledger else { return false }
        try ledger.begin()
        try ledger.send(records)
        return true
    }

    /// With a record for the quarantine the partition waits for the outcome in any case.
    package mutating func begin(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome? {
        guard !isExactlyOnce, transaction.quarantined.isEmpty else { return try transact(transaction) }
        try beginOnThread(transaction)
        return nil
    }

    package mutating func outcome() throws(DestinationFault) -> TransactionOutcome? {
        try outcome(waits: false)
    }

    private mutating func beginOnThread(_ transaction: LedgerTransaction) throws(DestinationFault) {
        guard let ledgerThread else { throw Self.noLedger }
        precondition(!isTransacting, "a transaction while another is under way")
        ledgerThread.begin(transaction, metadata: try Self.metadata(fence))
        isTransacting = true
    }

    private mutating func outcome(waits: Bool) throws(DestinationFault) -> TransactionOutcome? {
        guard isTransacting, let ledgerThread else { return nil }
        do throws(DestinationFault) {
            let outcome = try ledgerThread.outcome(waits: waits)
            isTransacting = outcome == nil
            return outcome
        } catch {
            isTransacting = false
            throw error
        }
    }

    private static let noLedger = DestinationFault(.renewAll, "the ledger has no producer")

    /// The fence's word as it is now.
    private static func metadata(_ fence: Fence) throws(DestinationFault) -> GroupMetadata {
        guard let metadata = fence.metadata() else {
            throw DestinationFault(.abort, "this process is no member of the group at the moment")
        }
        return metadata
    }

    package mutating func abort() throws(DestinationFault) {
        try ledger?.abort(reports: &orphans)
    }
}
