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

/// Any partitions, some reads of each a poll, up to an end that they have in common.
struct SteadySource: SourcePort {
    private let readsPerPoll: Int
    private let end: Int64
    private let isWanted: Bool
    private var next: [Int32: Int64] = [:]
    private var events: [SourceEvent] = []

    /// - Parameter isWanted: else all records are passed, as by a sample that leaves everything out.
    init(readsPerPoll: Int = 1, end: Int64 = .max, isWanted: Bool = true) {
        self.readsPerPoll = readsPerPoll
        self.end = end
        self.isWanted = isWanted
    }

    mutating func assign(_ starts: [PartitionStart]) throws(SourceFault) {
        for start in starts { next[start.index] = start.offset }
    }

    mutating func unassign(_ indexes: [Int32]) throws(SourceFault) {
        for index in indexes { next[index] = nil }
    }

    mutating func seek(_ targets: [PartitionStart]) throws(SourceFault) { try assign(targets) }

    mutating func poll(into hand: inout ReadBatch, upTo: Int, waitMilliseconds: Int32) {
        var room = min(upTo, hand.room)
        for (index, first) in next.sorted(by: { $0.key < $1.key }) where first < end {
            let reads = Int(min(Int64(min(room, readsPerPoll)), end - first))
            if isWanted {
                for offset in first..<(first + Int64(reads)) {
                    hand.append(FakeMemory.read(partition: index, offset: offset, bytes: 100))
                }
                room -= reads
            } else {
                events.append(.passed(index: index, offset: first + Int64(reads), mark: nil))
            }
            next[index] = first + Int64(reads)
            if next[index] == end { events.append(.endOfPartition(index: index, offset: end)) }
        }
    }

    mutating func takeEvents() -> [SourceEvent] {
        defer { events = [] }
        return events
    }

    func highWatermark(of index: Int32) -> Int64? { nil }

    func copy(of read: Read) -> RecordCopy? {
        RecordCopy(key: nil, value: [1, 2, 3], headers: [], timestampMilliseconds: 5)
    }
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
