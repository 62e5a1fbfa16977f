import Model
import Positions
import Records

/// Where a lane reads from. A port hands over reads: records, or whole record batches in another lane.
package protocol SourcePort: ~Copyable {
    /// Starts reading partitions, each from its offset. `index` marks every read and event of the partition.
    mutating func assign(_ starts: [PartitionStart]) throws(SourceFault)
    mutating func unassign(_ indexes: [Int32]) throws(SourceFault)
    /// Goes back. After it returns, no read from before it may be handed out.
    mutating func seek(_ targets: [PartitionStart]) throws(SourceFault)
    /// Waits up to `waitMilliseconds` for one read, then takes what is there: at most `upTo`, or the hand's room.
    mutating func poll(into hand: inout ReadBatch, upTo: Int, waitMilliseconds: Int32)
    /// What the polls met that is no read.
    mutating func takeEvents() -> [SourceEvent]
    /// Asks the source what it holds of partitions that were given back, in the background. The answers come as an order
    /// to the lane.
    mutating func examine(_ examinations: [Examination])
    /// By which a record is known again; `nil` where the port has none.
    func checksum(of read: Read) -> UInt64?
    /// The partition's end as last seen, without asking anybody; `nil` when unknown.
    func highWatermark(of index: Int32) -> Int64?
    /// A copy of a record that was handed out and not sent yet.
    func copy(of read: Read) -> RecordCopy?
}

extension SourcePort where Self: ~Copyable {
    package func copy(of read: Read) -> RecordCopy? { nil }
}

extension SourcePort where Self: ~Copyable {
    package mutating func examine(_ examinations: [Examination]) {}
    package func checksum(of read: Read) -> UInt64? { nil }
}

/// Where a lane sends to: the records' topics, and the flow's ledger (its slots and its control topic).
package protocol DestinationPort: ~Copyable {
    /// Says where reads of a partition index go.
    mutating func open(_ index: Int32, to destination: TopicPartition)
    mutating func close(_ index: Int32)
    /// Bounds the batches of a partition, for as long as it is open.
    mutating func limitBatches(of index: Int32, to limit: BatchLimit)
    /// Sends from the front of the hand. What it cannot take now stays there. With exactly-once the first send after a
    /// commit opens the next transaction.
    mutating func send(_ hand: inout ReadBatch) throws(DestinationFault)
    /// Takes the reports that came, waiting up to `waitMilliseconds` for the first.
    mutating func collectReports(into reports: inout ReportBatch, waitMilliseconds: Int32)
    /// Gives up what was taken of a partition and is not on its way yet: reported in the answer, as failed.
    mutating func giveUpWaiting(of index: Int32) -> [DeliveryReport]
    /// Reads sent and not yet reported.
    var inFlight: Int { get }
    /// With exactly-once: sends ledger records of the open transaction ahead of its commit, and waits for nothing. What the
    /// commit writes under the same key comes after them. `false`: the port does no such thing, and nothing was sent.
    mutating func writeAhead(_ records: [LedgerRecord]) throws(DestinationFault) -> Bool
    /// Commits ledger records (and with exactly-once all that was sent since the last commit) in one transaction with
    /// the fence. Comes back only when the outcome is known.
    mutating func transact(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome
    /// The same, beside the lane's own work where the port can: then `nil`, and the outcome comes later. The fence is the
    /// membership's as it is now, and nothing else may be asked of the ledger before the outcome is known.
    mutating func begin(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome?
    /// What became of the transaction that was begun; `nil` while it is under way.
    mutating func outcome() throws(DestinationFault) -> TransactionOutcome?
    /// With exactly-once takes back all that was sent since the last commit. The reports of it come as failed ones.
    mutating func abort() throws(DestinationFault)
    /// With exactly-once: up to where nothing of these open partitions is undecided at the destination. Without an answer
    /// for a partition there is nothing to prove.
    mutating func stableEnds(of indexes: [Int32]) throws(DestinationFault) -> [Int32: Int64]
    /// Why the open transaction has failed, where the destination knows more than the reports say.
    mutating func failureOfTransaction() -> DestinationFault?
    /// Takes producers down, whatever state they are in. Everything in flight comes back as failed reports.
    mutating func tearDown(_ part: DestinationPart)
    /// Makes the producers that are missing: at first, and after a tear-down. To be tried again when it fails.
    mutating func setUp() throws(DestinationFault)
    /// What a failed report means for its partition.
    static func meaning(ofReport code: Int32) -> ReportMeaning
}

extension DestinationPort where Self: ~Copyable {
    package mutating func begin(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome? {
        try transact(transaction)
    }

    package mutating func outcome() throws(DestinationFault) -> TransactionOutcome? { nil }

    package mutating func writeAhead(_ records: [LedgerRecord]) throws(DestinationFault) -> Bool { false }

    package mutating func stableEnds(of indexes: [Int32]) throws(DestinationFault) -> [Int32: Int64] { [:] }
    package mutating func failureOfTransaction() -> DestinationFault? { nil }
    package mutating func giveUpWaiting(of index: Int32) -> [DeliveryReport] { [] }
    package mutating func limitBatches(of index: Int32, to limit: BatchLimit) {}
}

/// Where to read a partition from, or where to go back to.
package struct PartitionStart: Hashable, Sendable {
    package let index: Int32
    package let partition: TopicPartition
    package let offset: Int64
    /// A record below the offset that must be found unchanged before anything is handed out.
    package let mark: RecordMark?

    package init(index: Int32, partition: TopicPartition, offset: Int64, mark: RecordMark? = nil) {
        self.index = index
        self.partition = partition
        self.offset = offset
        self.mark = mark
    }
}

/// A question about a partition's log.
package struct Examination: Hashable, Sendable {
    package let index: Int32
    /// Comes back with the answer.
    package let ticket: Int
    package let partition: TopicPartition
    /// The id of the cluster whose log is meant; empty when it is unknown.
    package let cluster: String
    package let asksForCompaction: Bool

    package init(index: Int32, ticket: Int, partition: TopicPartition, cluster: String, asksForCompaction: Bool) {
        self.index = index
        self.ticket = ticket
        self.partition = partition
        self.cluster = cluster
        self.asksForCompaction = asksForCompaction
    }
}

package struct ExaminationAnswer: Hashable, Sendable {
    package let ticket: Int
    package let findings: Findings

    package enum Findings: Hashable, Sendable {
        case log(LogFindings)
        /// The cluster is well and shows its topics, and among them the partition is not. Told once it proves little.
        case absent(SourceAbsence)
        /// A right is missing that may be given at any time.
        case forbidden(reason: String)
        /// Nothing is known. It heals by itself, perhaps: it is asked again.
        case unknown(SourceFault)
    }

    package init(ticket: Int, findings: Findings) {
        self.ticket = ticket
        self.findings = findings
    }
}

package enum SourceEvent: Hashable, Sendable {
    /// Everything below `offset` was handed out; there is no more for now.
    case endOfPartition(index: Int32, offset: Int64)
    /// Everything below `offset` was handed out or is not wanted. The mark is of a record that is not.
    case passed(index: Int32, offset: Int64, mark: RecordMark?)
    /// The partition cannot go on by itself: a right is missing, or a record cannot be shaped.
    case partitionFault(index: Int32, reason: String)
    /// The log may be another than the one that was mirrored, or may not hold what comes next.
    case doubt(index: Int32, SourceDoubt)
    /// A right is missing that may be given at any time: it is tried again.
    case partitionForbidden(index: Int32, reason: String)
}

package struct SourceFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let reason: String
    package init(_ reason: String) { self.reason = reason }
    package var description: String { reason }
}

/// Records for the ledger, committed together.
package struct LedgerTransaction: Hashable, Sendable {
    package var records: [LedgerRecord] = []
    /// Slots whose offset goes with the group's metadata: the fence. Never empty.
    package var fenced: Set<Slot> = []
    /// The first record of such a slot must land exactly at this offset, else nothing is committed.
    package var marks: [Slot: Int64] = [:]
    /// Records that go to the quarantine, with the positions past them.
    package var quarantined: [QuarantinedRecord] = []
    /// It is of a lane that catches up: throughput counts, not how long partitions stand still now and then.
    package var isBulk = false

    package init() {}
}

package struct LedgerRecord: Hashable, Sendable {
    package enum Log: Hashable, Sendable {
        case slot(Slot)
        case control
    }
    package let log: Log
    package let key: [UInt8]
    package let value: [UInt8]?

    package init(_ log: Log, key: [UInt8], value: [UInt8]?) {
        self.log = log
        self.key = key
        self.value = value
    }
}

package enum TransactionOutcome: Hashable, Sendable {
    case committed
    /// A record landed elsewhere than its mark: somebody else wrote to the slot. Nothing was committed.
    case contested
}

/// What went wrong at the destination, told by what cures it.
package struct DestinationFault: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Cure: Hashable, Sendable {
        /// The open transaction is aborted or must be; go on from the last committed positions.
        case abort
        /// The producer of the records died (at least once); go on from the last acknowledged ones with a new one.
        case renewData
        /// The lane's transactional producer died: make everything new and read the slots again.
        case renewAll
    }
    package let cure: Cure
    package let reason: String
    /// The broker ended the transaction because it was open for too long: the next ones must be smaller.
    package let isTimeout: Bool
    /// The one partition that it is about, by the lane's index: it is to be stopped.
    package let partition: Int32?
    package let blame: Blame
    /// The quarantine did not take what it was given.
    package let isOfQuarantine: Bool

    /// Whether some partition of the transaction, nobody says which, made it fail.
    package enum Blame: Hashable, Sendable {
        case nobody
        /// One that may heal: its topic is missing.
        case somePartition
        /// One that the destination refuses: a right is missing.
        case someRefusedPartition
    }

    package init(
        _ cure: Cure, _ reason: String, isTimeout: Bool = false, partition: Int32? = nil, blame: Blame = .nobody,
        isOfQuarantine: Bool = false
    ) {
        self.cure = cure
        self.reason = reason
        self.isTimeout = isTimeout
        self.partition = partition
        self.blame = blame
        self.isOfQuarantine = isOfQuarantine
    }

    package var description: String { reason }

    /// The same, met by a record on its way to the quarantine.
    package var ofQuarantine: DestinationFault {
        DestinationFault(
            cure, reason, isTimeout: isTimeout, partition: partition, blame: .nobody, isOfQuarantine: true)
    }
}

/// What is taken down of a destination.
package enum DestinationPart: Hashable, Sendable {
    /// The producer of the records, where it is not the one of the ledger (at least once).
    case data
    case all
}

package enum ReportMeaning: Hashable, Sendable {
    /// The record was taken back, or would arrive at another try.
    case again
    /// The destination refuses the record or the batch that it went in, and will do so again.
    case refused(reason: String, isAboutSize: Bool)
    /// The destination takes nothing of this topic: its partition is set aside.
    case setAside(reason: String)
    /// A right is missing that may be given at any time: its partition waits, and is tried again.
    case forbidden(reason: String)
}
