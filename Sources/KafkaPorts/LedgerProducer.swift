import Engine
import Model
import RdKafka
import Records

/// The transactional producer of a lane: ledger records and fence, and with exactly-once the lane's records, too.
///
/// Owned by one thread: the lane's (exactly-once) or the ledger's own (at least once, see `LedgerThread`).
final class LedgerProducer {
    let live: LiveProducer
    private let clients: FlowClients
    private let vitals: LaneVitals
    private let isExactlyOnce: Bool
    /// When the open transaction began; `nil` while none is open.
    private(set) var began: Instant?
    /// Where each record of our own went in the open transaction, by its ticket; `nil`: to the quarantine.
    private var sent: [LedgerRecord.Log?] = []
    private var unreported = 0
    /// The quickest of this producer's fences, each of two round trips to the destination.
    private var quickestFenceMilliseconds: Int64?

    /// For the calls that wait for a broker.
    static let callTimeoutMilliseconds: Int32 = 15_000

    /// An abort empties the queues, then waits until nothing is under way; a response that comes meanwhile and asks for
    /// another try puts its records back into a queue, which only the next call empties (`rd_kafka_abort_transaction`
    /// in librdkafka 2.0 to 2.12: seen after a refused batch). So the calls are short, and many.
    private static let abortCallMilliseconds: Int32 = 500
    private static let abortLimitMilliseconds: Int64 = 45_000

    /// Fences whoever used the id before.
    init(clients: FlowClients, transactionalID: String, vitals: LaneVitals) throws(KafkaFault) {
        self.clients = clients
        self.vitals = vitals
        isExactlyOnce = clients.flow.delivery == .exactlyOnce
        live = LiveProducer(
            try RecordProducer(
                clients.ledgerProducer(transactionalID: transactionalID),
                inFlightMax: isExactlyOnce ? FlowClients.seatsMax : 1, log: clients.logger("ledger")))
        try vitals.during(milliseconds: Self.callTimeoutMilliseconds) { () throws(KafkaFault) in
            try live.producer.initTransactions(timeoutMilliseconds: Self.callTimeoutMilliseconds)
        }
    }

    /// One transaction, the open one where there is one. Comes back when its outcome is known. Reports of the lane's
    /// records that come meanwhile go into `reports`: the lane finds them at its next collection.
    ///
    /// - Parameter sendFence: sends the fence of the transaction's slots, with metadata that are right at that moment. After a
    ///   rebalance the broker refuses older ones, which is their purpose.
    func transact(
        _ transaction: LedgerTransaction, reports: inout ReportBatch,
        sendFence: () throws(DestinationFault) -> Void
    ) throws(DestinationFault) -> TransactionOutcome {
        do throws(DestinationFault) {
            try begin()
            try send(transaction.records, transaction.quarantined)
            // A fence that is refused, as in some rebalances, would leave records in the queue: an abort purges those, and
            // after that librdkafka takes half a second for a new epoch (rd_kafka_idemp_drain_epoch_bump). But the
            // fence holds from when it is sent to the end of the transaction or not at all: where a lane waits that has
            // much to move or far to go, and nothing has to be known first, its round trips and those of the records
            // are the same.
            let isHurried = isExactlyOnce && (transaction.isBulk || isFenceSlow)
            let isEarly = isHurried && transaction.marks.isEmpty && transaction.quarantined.isEmpty
            if isEarly { try sendFence() }
            let landed = try awaitSent(reports: &reports)
            guard landed.allSatisfy({ slot, offset in transaction.marks[slot].map { $0 == offset } ?? true }) else {
                try abort(reports: &reports)
                return .contested
            }
            if !isEarly { try sendFence() }
            try commit()
            return .committed
        } catch {
            // With exactly-once the lane takes its records back with the abort; else nobody but this producer knows.
            if !isExactlyOnce, error.cure == .abort { try abort(reports: &reports) }
            throw error
        }
    }

    func begin() throws(DestinationFault) {
        guard began == nil else { return }
        do throws(KafkaFault) {
            try live.producer.beginTransaction()
        } catch {
            throw judged(error)
        }
        began = .now
    }

    /// Sends records of the open transaction, and waits for nothing.
    func send(_ records: [LedgerRecord], _ quarantined: [QuarantinedRecord] = []) throws(DestinationFault) {
        for record in records { try send(own(record), to: record.log) }
        for record in quarantined { try send(OwnRecord(record, topic: clients.flow.quarantineTopic), to: nil) }
    }

    private func send(_ record: OwnRecord, to log: LedgerRecord.Log?) throws(DestinationFault) {
        do throws(KafkaFault) {
            try live.producer.produce(record, ticket: Int32(sent.count))
        } catch {
            let isOfQuarantine = log == nil && ReportMeaning.isRefusal(error.code)
            throw isOfQuarantine ? judged(error).ofQuarantine : judged(error)
        }
        sent.append(log)
        unreported += 1
    }

    /// Waits until all that was sent is acknowledged. Answers where the first of each slot landed.
    private func awaitSent(reports: inout ReportBatch) throws(DestinationFault) -> [Slot: Int64] {
        var landed: [Slot: Int64] = [:]
        while unreported > 0 {
            live.producer.collectReports(into: &reports, waitMilliseconds: 50)
            for report in live.producer.takeLedgerReports() {
                unreported -= 1
                let log = sent[Int(report.ticket)]
                guard report.code == 0 else {
                    let fault = judged(live.producer.fatalFault, "a ledger record was not taken: \(report.reason)")
                    throw log != nil || !ReportMeaning.isRefusal(report.code) ? fault : fault.ofQuarantine
                }
                guard case .slot(let slot) = log else { continue }
                landed[slot] = min(landed[slot] ?? .max, report.offset)
            }
        }
        sent = []
        return landed
    }

    private func own(_ record: LedgerRecord) -> OwnRecord {
        switch record.log {
        case .slot(let slot):
            OwnRecord(
                topic: clients.flow.positionsTopic, partition: slot.number, key: record.key, value: record.value)
        case .control:
            OwnRecord(topic: clients.flow.controlTopic, partition: 0, key: record.key, value: record.value)
        }
    }

    func sendFence(_ slots: Set<Slot>, _ metadata: borrowing GroupMetadata) throws(DestinationFault) {
        let topic = clients.flow.positionsTopic
        let partitions = slots.map(\.number).sorted()
        let began = Instant.now
        do throws(KafkaFault) {
            try vitals.during(milliseconds: Self.callTimeoutMilliseconds) { () throws(KafkaFault) in
                try live.producer.sendOffsets(
                    topic: topic, partitions: partitions, metadata: metadata,
                    timeoutMilliseconds: Self.callTimeoutMilliseconds)
            }
        } catch {
            throw judged(error)
        }
        quickestFenceMilliseconds = min(quickestFenceMilliseconds ?? .max, Instant.now.milliseconds(since: began))
    }

    private var isFenceSlow: Bool { quickestFenceMilliseconds.map { $0 >= Self.slowFenceMilliseconds } ?? false }

    /// Round trips of 10 ms: with a commit every 200 ms, waiting for one more would cost a twentieth of the time.
    private static let slowFenceMilliseconds: Int64 = 20

    /// A retriable answer leaves the outcome open, so the call is made again until it is decided.
    private func commit() throws(DestinationFault) {
        while true {
            do throws(KafkaFault) {
                try vitals.during(milliseconds: Self.callTimeoutMilliseconds) { () throws(KafkaFault) in
                    try live.producer.commitTransaction(timeoutMilliseconds: Self.callTimeoutMilliseconds)
                }
                began = nil
                return
            } catch {
                guard error.isRetriable else { throw judged(error) }
            }
        }
    }

    func abort(reports: inout ReportBatch) throws(DestinationFault) {
        guard began != nil else { return }
        let start = Instant.now
        while true {
            do throws(KafkaFault) {
                try vitals.during(milliseconds: Self.abortCallMilliseconds) { () throws(KafkaFault) in
                    try live.producer.abortTransaction(timeoutMilliseconds: Self.abortCallMilliseconds)
                }
                _ = live.producer.takeLedgerReports()
                (sent, unreported) = ([], 0)
                live.producer.giveUpWaiting(into: &reports)
                began = nil
                return
            } catch {
                guard error.isRetriable, Instant.now.milliseconds(since: start) < Self.abortLimitMilliseconds else {
                    throw DestinationFault(.renewAll, "the transaction could not be aborted: \(error)")
                }
            }
        }
    }

    // MARK: Judging

    /// What cures a fault. A fatal one ends the producer; every other one ends the transaction at most.
    func judged(_ fault: KafkaFault) -> DestinationFault {
        if fault.isFatal { return DestinationFault(.renewAll, fault.description, isTimeout: isOverdue) }
        return DestinationFault(
            .abort, fault.description, isTimeout: isOverdue, blame: isExactlyOnce ? Self.blame(fault) : .nobody)
    }

    private func judged(_ fatal: KafkaFault?, _ reason: String) -> DestinationFault {
        guard let fatal else { return DestinationFault(.abort, reason, isTimeout: isOverdue) }
        return DestinationFault(.renewAll, fatal.description, isTimeout: isOverdue)
    }

    /// What a broker answers for a transaction because of one of its partitions.
    private static func blame(_ fault: KafkaFault) -> DestinationFault.Blame {
        switch fault.name {
        case "TOPIC_AUTHORIZATION_FAILED", "TOPIC_EXCEPTION": .someRefusedPartition
        case "UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_ID": .somePartition
        default: .nobody
        }
    }

    /// Whether the open transaction has outlived its time-out: the broker ends it then.
    private var isOverdue: Bool {
        guard let began else { return false }
        return Instant.now.milliseconds(since: began) >= FlowClients.transactionTimeoutMilliseconds
    }
}
