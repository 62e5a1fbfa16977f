import Engine
import Model
import RdKafka
import Records

/// The record lane's destination: with exactly-once one transactional producer for records and ledger, with
/// at-least-once an idempotent one for the records beside a transactional one for the ledger.
package struct RecordDestination: DestinationPort, ~Copyable {
    private let clients: FlowClients
    private let transactionalID: String
    private let fence: Fence
    private let vitals: LaneVitals
    private let isExactlyOnce: Bool

    private var ledger: LiveProducer?
    /// At least once only.
    private var data: LiveProducer?
    /// Where each of the lane's partitions goes; opened again at new producers.
    private var opened: [Int32: (target: TopicPartition, limit: BatchLimit)] = [:]
    /// When the open transaction began; `nil` while none is open.
    private var began: Instant?
    /// Since when the partition of a read that is to be sent is unknown to the destination.
    private var unknownSince: Instant?
    /// Reports of producers that were taken down.
    private var orphans = ReportBatch(capacity: 16)

    /// For the calls that wait for a broker. A lane can do nothing else meanwhile.
    private static let callTimeoutMilliseconds: Int32 = 15_000

    package init(clients: FlowClients, lane: Int, fence: Fence, vitals: LaneVitals) {
        self.clients = clients
        self.fence = fence
        self.vitals = vitals
        transactionalID = clients.flow.transactionalID(instance: clients.instance, lane: lane)
        isExactlyOnce = clients.flow.delivery == .exactlyOnce
    }

    /// The producer that carries the records.
    private var carrier: LiveProducer? { isExactlyOnce ? ledger : data }

    // MARK: Producers

    package mutating func setUp() throws(DestinationFault) {
        do throws(KafkaFault) {
            if ledger == nil { ledger = try makeLedger() }
            if !isExactlyOnce, data == nil {
                data = LiveProducer(
                    try RecordProducer(
                        clients.dataProducer(), inFlightMax: FlowClients.recordsInFlightMax,
                        log: clients.logger("data")))
            }
        } catch {
            throw DestinationFault(.abort, "no producer for the destination yet: \(error)")
        }
        for (index, entry) in opened {
            carrier?.producer.open(index: index, destination: entry.target)
            carrier?.producer.limitBatches(index: index, to: entry.limit)
        }
    }

    private func makeLedger() throws(KafkaFault) -> LiveProducer {
        let made = LiveProducer(
            try RecordProducer(
                clients.ledgerProducer(transactionalID: transactionalID),
                inFlightMax: isExactlyOnce ? FlowClients.recordsInFlightMax : 1, log: clients.logger("ledger")))
        try vitals.during(milliseconds: Self.callTimeoutMilliseconds) { () throws(KafkaFault) in
            try made.producer.initTransactions(timeoutMilliseconds: Self.callTimeoutMilliseconds)
        }
        return made
    }

    package mutating func tearDown(_ part: DestinationPart) {
        data?.producer.abandon(into: &orphans, timeoutMilliseconds: Self.tearDownMilliseconds)
        data = nil
        guard part == .all else { return }
        ledger?.producer.abandon(into: &orphans, timeoutMilliseconds: Self.tearDownMilliseconds)
        ledger = nil
        began = nil
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
        if isExactlyOnce { try begin() }
        switch carrier?.producer.send(&hand) {
        case .none:
            unknownSince = nil
        case .full:
            return
        case .fault(let fault, let partition) where fault.name == "_UNKNOWN_PARTITION":
            try awaitPartition(partition, fault)
        case .fault(let fault, let partition) where Self.localRefusals.contains(fault.name):
            // The library itself will never take it, which a broker has no part in: no search, no quarantine.
            throw DestinationFault(.abort, fault.description, partition: partition)
        case .fault(let fault, _):
            throw fault.name == "_STATE" ? failureOfTransaction() ?? judged(fault) : judged(fault, ofRecords: true)
        }
    }

    /// A transaction that failed in the background refuses a produce call without a reason; any other call on it tells
    /// why. The fence is one that does no harm where the transaction is well: it is about to be aborted.
    package mutating func failureOfTransaction() -> DestinationFault? {
        guard isExactlyOnce, began != nil else { return nil }
        do throws(DestinationFault) {
            try sendFence([.steward])
        } catch {
            return error
        }
        return nil
    }

    /// What a broker answers for a transaction because of one of its partitions.
    private static func blame(_ fault: KafkaFault) -> DestinationFault.Blame {
        switch fault.name {
        case "TOPIC_AUTHORIZATION_FAILED", "TOPIC_EXCEPTION": .someRefusedPartition
        case "UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_ID": .somePartition
        default: .nobody
        }
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
        let name = KafkaFault.name(ofCode: code)
        let reason = "\(name): \(KafkaFault.text(ofCode: code))"
        if name == "TOPIC_AUTHORIZATION_FAILED" { return .forbidden(reason: reason) }
        if sizeRefusals.contains(name) { return .refused(reason: reason, isAboutSize: true) }
        if refusals.contains(name) { return .refused(reason: reason, isAboutSize: false) }
        return topicRefusals.contains(name) ? .setAside(reason: reason) : .again
    }

    /// What a broker answers for a batch with a record that it will never take.
    private static let refusals: Set<String> = [
        "INVALID_MSG", "INVALID_TIMESTAMP", "INVALID_RECORD", "POLICY_VIOLATION", "UNSUPPORTED_FOR_MESSAGE_FORMAT",
    ]
    /// Smaller ones may pass.
    private static let sizeRefusals: Set<String> = ["MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_MSG_SIZE"]
    /// What a broker answers for a topic.
    private static let topicRefusals: Set<String> = ["TOPIC_EXCEPTION"]
    /// What librdkafka answers for a record that it cannot send, before any broker sees it.
    private static let localRefusals: Set<String> = [
        "MSG_SIZE_TOO_LARGE", "_NOT_IMPLEMENTED", "_BAD_MSG", "_INVALID_ARG",
    ]

    // MARK: Transactions

    package mutating func transact(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome {
        do throws(DestinationFault) {
            try begin()
            let landed = try write(transaction.records, transaction.quarantined)
            guard landed.allSatisfy({ slot, offset in transaction.marks[slot].map { $0 == offset } ?? true }) else {
                try abort()
                return .contested
            }
            try sendFence(transaction.fenced)
            try commit()
            return .committed
        } catch {
            // With exactly-once the lane takes its records back with the abort; else nobody but this port knows of it.
            if !isExactlyOnce, error.cure == .abort { try abort() }
            throw error
        }
    }

    private mutating func begin() throws(DestinationFault) {
        guard began == nil else { return }
        guard let ledger else { throw DestinationFault(.renewAll, "the ledger has no producer") }
        do throws(KafkaFault) {
            try ledger.producer.beginTransaction()
        } catch {
            throw judged(error)
        }
        began = .now
    }

    /// Sends ledger records and waits until all are acknowledged. Answers where the first of each slot landed.
    private mutating func write(
        _ records: [LedgerRecord], _ quarantined: [QuarantinedRecord]
    ) throws(DestinationFault) -> [Slot: Int64] {
        guard let ledger else { throw DestinationFault(.renewAll, "the ledger has no producer") }
        let own = ownRecords(records, quarantined)
        for (ticket, record) in own.enumerated() {
            do throws(KafkaFault) {
                try ledger.producer.produce(record, ticket: Int32(ticket))
            } catch {
                let isOfQuarantine = ticket >= records.count && Self.isRefusal(error.code)
                throw isOfQuarantine ? judged(error).ofQuarantine : judged(error)
            }
        }
        var landed: [Slot: Int64] = [:]
        var missing = own.count
        while missing > 0 {
            // Reports of records that come meanwhile are the lane's: it finds them at its next collection.
            ledger.producer.collectReports(into: &orphans, waitMilliseconds: 50)
            for report in ledger.producer.takeLedgerReports() {
                missing -= 1
                let isOfLedger = Int(report.ticket) < records.count
                guard report.code == 0 else {
                    let fault = judged(ledger.producer.fatalFault, "a ledger record was not taken: \(report.reason)")
                    throw isOfLedger || !Self.isRefusal(report.code) ? fault : fault.ofQuarantine
                }
                guard isOfLedger else { continue }
                guard case .slot(let slot) = records[Int(report.ticket)].log else { continue }
                landed[slot] = min(landed[slot] ?? .max, report.offset)
            }
        }
        return landed
    }

    /// Whether another try with the same record is for nothing.
    private static func isRefusal(_ code: Int32) -> Bool {
        if case .again = meaning(ofReport: code) {
            return ["UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION"]
                .contains(KafkaFault.name(ofCode: code))
        }
        return true
    }

    private func ownRecords(_ records: [LedgerRecord], _ quarantined: [QuarantinedRecord]) -> [OwnRecord] {
        let flow = clients.flow
        let ledger = records.map { record in
            switch record.log {
            case .slot(let slot):
                OwnRecord(topic: flow.positionsTopic, partition: slot.number, key: record.key, value: record.value)
            case .control:
                OwnRecord(topic: flow.controlTopic, partition: 0, key: record.key, value: record.value)
            }
        }
        return ledger + quarantined.map { OwnRecord($0, topic: flow.quarantineTopic) }
    }

    private mutating func sendFence(_ slots: Set<Slot>) throws(DestinationFault) {
        guard let ledger else { throw DestinationFault(.renewAll, "the ledger has no producer") }
        guard let metadata = fence.metadata() else {
            throw DestinationFault(.abort, "this process is no member of the group at the moment")
        }
        let topic = clients.flow.positionsTopic
        let partitions = slots.map(\.number).sorted()
        do throws(KafkaFault) {
            try vitals.during(milliseconds: Self.callTimeoutMilliseconds) { () throws(KafkaFault) in
                try ledger.producer.sendOffsets(
                    topic: topic, partitions: partitions, metadata: metadata,
                    timeoutMilliseconds: Self.callTimeoutMilliseconds)
            }
        } catch {
            throw judged(error)
        }
    }

    /// A retriable answer leaves the outcome open, so the call is made again until it is decided.
    private mutating func commit() throws(DestinationFault) {
        while let ledger {
            do throws(KafkaFault) {
                try vitals.during(milliseconds: Self.callTimeoutMilliseconds) { () throws(KafkaFault) in
                    try ledger.producer.commitTransaction(timeoutMilliseconds: Self.callTimeoutMilliseconds)
                }
                began = nil
                return
            } catch {
                guard error.isRetriable else { throw judged(error) }
            }
        }
    }

    package mutating func abort() throws(DestinationFault) {
        guard began != nil, let ledger else { return }
        var triesLeft = 3
        while true {
            triesLeft -= 1
            do throws(KafkaFault) {
                try vitals.during(milliseconds: Self.callTimeoutMilliseconds) { () throws(KafkaFault) in
                    try ledger.producer.abortTransaction(timeoutMilliseconds: Self.callTimeoutMilliseconds)
                }
                _ = ledger.producer.takeLedgerReports()
                ledger.producer.giveUpWaiting(into: &orphans)
                began = nil
                return
            } catch {
                guard error.isRetriable, triesLeft > 0 else {
                    throw DestinationFault(.renewAll, "the transaction could not be aborted: \(error)")
                }
            }
        }
    }

    // MARK: Judging

    /// What cures a fault. A fatal one ends the producer; every other one ends the transaction at most.
    private func judged(_ fault: KafkaFault, ofRecords: Bool = false) -> DestinationFault {
        if ofRecords, !isExactlyOnce { return DestinationFault(.renewData, fault.description) }
        if fault.isFatal { return DestinationFault(.renewAll, fault.description, isTimeout: isOverdue) }
        return DestinationFault(
            .abort, fault.description, isTimeout: isOverdue, blame: isExactlyOnce ? Self.blame(fault) : .nobody)
    }

    private func judged(_ fatal: KafkaFault?, _ reason: String) -> DestinationFault {
        guard let fatal else { return DestinationFault(.abort, reason, isTimeout: isOverdue) }
        return DestinationFault(.renewAll, fatal.description, isTimeout: isOverdue)
    }

    /// Whether the open transaction has outlived its time-out: the broker ends it then.
    private var isOverdue: Bool {
        guard let began else { return false }
        return Instant.now.milliseconds(since: began) >= FlowClients.transactionTimeoutMilliseconds
    }
}

/// A producer in a box that can be absent, touched only on its lane's thread.
private final class LiveProducer {
    var producer: RecordProducer

    init(_ producer: consuming RecordProducer) {
        self.producer = producer
    }
}
