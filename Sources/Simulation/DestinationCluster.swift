import Engine
import Model
import Positions

/// One transaction of a producer at the destination.
final class SimTransaction {
    enum State { case open, committed, aborted }
    let producer: String
    let beganAt: Int64
    var state = State.open
    /// Logs it wrote to, each once, in the order of their first record.
    var logs: [SimLog] = []
    /// What it wrote to the ledger.
    var ledger: [LedgerRecord] = []

    init(producer: String, beganAt: Int64) {
        self.producer = producer
        self.beganAt = beganAt
    }
}

/// One partition at the destination: records, ledger records, and the markers that end transactions.
final class SimLog {
    enum Content {
        /// A mirrored record, told by where it came from; `run` is one lane's go at the partition.
        case record(TopicPartition, offset: Int64, run: Int)
        case ledger(LedgerRecord)
        /// A record that its topic refuses.
        case quarantined(TopicPartition, offset: Int64)
        case marker
    }

    struct Entry {
        let content: Content
        let transaction: SimTransaction?
        var isCommitted: Bool { transaction.map { $0.state == .committed } ?? true }
    }

    let name: String
    private(set) var entries: [Entry] = []
    /// Transactions without a marker yet, with the offset of their first record here.
    private var open: [(transaction: SimTransaction, first: Int64)] = []
    var isAvailable = true {
        didSet { if isAvailable { writeMarkers() } }
    }

    init(_ name: String) {
        self.name = name
    }

    var highWatermark: Int64 { Int64(entries.count) }
    var lastStableOffset: Int64 { open.map(\.first).min() ?? highWatermark }

    func append(_ content: Content, in transaction: SimTransaction?) -> Int64 {
        let offset = highWatermark
        if let transaction, !open.contains(where: { $0.transaction === transaction }) {
            open.append((transaction, offset))
            transaction.logs.append(self)
        }
        entries.append(Entry(content: content, transaction: transaction))
        return offset
    }

    /// Marks the end of every transaction that has ended; an unavailable log gets its markers later.
    func writeMarkers() {
        guard isAvailable else { return }
        for ended in open where ended.transaction.state != .open {
            entries.append(Entry(content: .marker, transaction: ended.transaction))
        }
        open.removeAll { $0.transaction.state != .open }
    }
}

/// A producer was shut out by another one with its id.
struct Fenced: Error {
    var isTimeout = false
}

/// The cluster that is mirrored to: logs, and the coordinator of transactions.
final class DestinationCluster {
    struct Session {
        let id: String
        let epoch: Int
    }

    private struct Producer {
        var epoch = 0
        var open: SimTransaction?
        var wasTimedOut = false
    }

    let slots: [SimLog]
    let control = SimLog("control")
    let quarantine = SimLog("quarantine")
    private(set) var topics: [TopicPartition: SimLog] = [:]
    private var producers: [String: Producer] = [:]
    /// Sees each transaction at the moment it is committed.
    var judge: (SimTransaction) -> Void = { _ in }

    init(slotCount: Int) {
        slots = (0..<slotCount).map { SimLog("slot \($0)") }
    }

    func log(_ partition: TopicPartition) -> SimLog {
        if let log = topics[partition] { return log }
        let log = SimLog(partition.description)
        topics[partition] = log
        return log
    }

    func log(_ ledger: LedgerRecord.Log) -> SimLog {
        switch ledger {
        case .slot(let slot): slots[Int(slot.number)]
        case .control: control
        }
    }

    /// Shuts every earlier producer of this id out and aborts what it left open.
    func initTransactions(_ id: String) -> Session {
        let left = producers[id]?.open
        producers[id, default: Producer()].epoch += 1
        producers[id]?.open = nil
        producers[id]?.wasTimedOut = false
        if let left { finish(left, as: .aborted) }
        return Session(id: id, epoch: producers[id]?.epoch ?? 0)
    }

    func hasOpenTransaction(_ id: String) -> Bool { producers[id]?.open != nil }

    private func check(_ session: Session) throws(Fenced) {
        guard let producer = producers[session.id], producer.epoch == session.epoch else {
            throw Fenced(isTimeout: producers[session.id]?.wasTimedOut == true)
        }
    }

    func begin(_ session: Session, at now: Int64) throws(Fenced) -> SimTransaction {
        try check(session)
        let transaction = SimTransaction(producer: session.id, beganAt: now)
        producers[session.id]?.open = transaction
        return transaction
    }

    func append(
        _ content: SimLog.Content, to log: SimLog, in transaction: SimTransaction, of session: Session
    ) throws(Fenced) -> Int64 {
        try check(session)
        guard transaction.state == .open else { throw Fenced() }
        if case .ledger(let record) = content { transaction.ledger.append(record) }
        return log.append(content, in: transaction)
    }

    func end(_ transaction: SimTransaction, committing: Bool, of session: Session) throws(Fenced) {
        try check(session)
        producers[session.id]?.open = nil
        finish(transaction, as: committing ? .committed : .aborted)
    }

    private func finish(_ transaction: SimTransaction, as state: SimTransaction.State) {
        if state == .committed { judge(transaction) }
        transaction.state = state
        for log in transaction.logs { log.writeMarkers() }
    }

    /// Ends transactions that were open for too long, and shuts their producers out.
    func expireTransactions(openSince limit: Int64) {
        for (id, producer) in producers.sorted(by: { $0.key < $1.key }) {
            guard let open = producer.open, open.beganAt < limit else { continue }
            producers[id]?.epoch += 1
            producers[id]?.open = nil
            producers[id]?.wasTimedOut = true
            finish(open, as: .aborted)
        }
    }
}
