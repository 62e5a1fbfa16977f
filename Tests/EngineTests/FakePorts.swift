import Engine
import Model
import Records

/// A source that never ends and costs next to nothing: one partition, a fixed number of reads a poll.
struct EndlessSource: SourcePort {
    let readsPerPoll: Int
    private var index: Int32 = 0
    private var next: Int64 = 0
    private var isAssigned = false

    init(readsPerPoll: Int) {
        self.readsPerPoll = readsPerPoll
    }

    mutating func assign(_ starts: [PartitionStart]) throws(SourceFault) {
        guard let start = starts.first else { return }
        index = start.index
        next = start.offset
        isAssigned = true
    }

    mutating func unassign(_ indexes: [Int32]) throws(SourceFault) { isAssigned = false }

    mutating func seek(_ targets: [PartitionStart]) throws(SourceFault) {
        for target in targets { next = target.offset }
    }

    mutating func poll(into hand: inout ReadBatch, upTo: Int, waitMilliseconds: Int32) {
        guard isAssigned else { return }
        for _ in 0..<min(upTo, readsPerPoll, hand.room) {
            hand.append(FakeMemory.read(partition: index, offset: next, bytes: 100))
            next += 1
        }
    }

    mutating func takeEvents() -> [SourceEvent] { [] }
    func highWatermark(of index: Int32) -> Int64? { nil }
}

/// A destination that takes everything at once and reports it at the next collection.
struct InstantDestination: DestinationPort, ~Copyable {
    private var pool: FlightPool
    private var launched: [Int32] = []
    private var landed: Int64 = 0

    init(capacity: Int) {
        pool = FakeMemory.pool(capacity: capacity)
        launched.reserveCapacity(capacity)
    }

    mutating func open(_ index: Int32, to destination: TopicPartition) {}
    mutating func close(_ index: Int32) {}

    mutating func send(_ hand: inout ReadBatch) throws(DestinationFault) {
        while !hand.isEmpty, !pool.isFull { launched.append(pool.launch(hand.takeFirst())) }
    }

    mutating func collectReports(into reports: inout ReportBatch, waitMilliseconds: Int32) {
        for place in 0..<launched.count {
            reports.append(DeliveryReport(of: pool.land(launched[place]), destinationOffset: landed, code: 0))
            landed += 1
        }
        launched.removeAll(keepingCapacity: true)
    }

    var inFlight: Int { pool.inFlight }

    mutating func transact(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome {
        .committed
    }

    mutating func abort() throws(DestinationFault) {}
    mutating func tearDown(_ part: DestinationPart) {}
    mutating func setUp() throws(DestinationFault) {}
    static func meaning(ofReport code: Int32) -> ReportMeaning { .again }
}
