import Engine
import Model
import Records
import Testing

/// With exactly-once nothing that was aborted becomes visible, whatever the brokers forget.
@Suite struct StabilityTests {
    private let log = ForgetfulLog()

    private func stage() -> LaneStage<SteadySource, ForgetfulDestination> {
        LaneStage(.exactlyOnce, from: SteadySource(), to: ForgetfulDestination(log), partitions: 2)
    }

    private func expectEveryRecordOnce() {
        for partition in [0, 1] as [Int32] {
            let visible = log.visible[partition] ?? []
            #expect(visible.count > 20 && visible == Array(0..<Int64(visible.count)), "partition \(partition)")
        }
    }

    @Test func `what was aborted and has no marker is aborted again, and never committed`() {
        let stage = stage()
        stage.run(seconds: 1)
        log.forgets = [1]
        log.failures = 1
        stage.run(seconds: 3)
        #expect(log.aborts == 2 && log.forgets.isEmpty)
        expectEveryRecordOnce()
    }

    /// The lane cannot know when its predecessor's transactions lost their markers.
    @Test func `what a predecessor has left without a marker is aborted before the first commit`() {
        log.leaveBehind([90, 91], in: 1)
        let stage = stage()
        stage.run(seconds: 3)
        #expect(log.aborts == 1)
        expectEveryRecordOnce()
    }

    @Test func `what was committed and has no marker is not aborted`() {
        let stage = stage()
        stage.run(seconds: 1)
        let aborts = log.aborts
        log.forgets = [0, 1]
        stage.run(seconds: 2)
        #expect(log.aborts == aborts && log.forgets.isEmpty)
        expectEveryRecordOnce()
    }

    @Test func `a transaction of another producer costs one abort, and is told`() {
        log.foreignFrom = 3
        let stage = stage()
        stage.run(seconds: 3)
        #expect(log.aborts == 1)
        let told = stage.news.filter {
            if case .trouble(let text) = $0 { text.contains("another producer") } else { false }
        }
        #expect(told.count == 2, "one a partition: \(stage.news)")
        expectEveryRecordOnce()
    }

    @Test func `while nobody says how far the destination is stable, nothing is committed`() {
        log.isSilent = true
        let stage = stage()
        stage.run(seconds: 3)
        #expect(log.visible.isEmpty && log.aborts > 1)
        log.isSilent = false
        stage.run(seconds: 10)
        expectEveryRecordOnce()
    }
}

/// A log a partition, with what is undecided in it, as brokers keep it.
final class ForgetfulLog {
    /// Partitions whose next transaction ends without a marker.
    var forgets: Set<Int32> = []
    /// So many commits fail.
    var failures = 0
    /// Another producer's transaction is open from here on.
    var foreignFrom: Int64?
    var isSilent = false
    fileprivate(set) var aborts = 0
    /// Source offsets, in the order in which readers of committed records see them.
    fileprivate(set) var visible: [Int32: [Int64]] = [:]
    fileprivate var ends: [Int32: Int64] = [:]
    fileprivate var undecided: [Int32: [Int64]] = [:]
    fileprivate var undecidedFrom: [Int32: Int64] = [:]

    func leaveBehind(_ offsets: [Int64], in partition: Int32) {
        for offset in offsets { _ = append(offset, to: partition) }
    }

    fileprivate func append(_ offset: Int64, to partition: Int32) -> Int64 {
        let end = ends[partition] ?? 10
        ends[partition] = end + 1
        undecided[partition, default: []].append(offset)
        undecidedFrom[partition] = undecidedFrom[partition] ?? end
        return end
    }

    fileprivate func end(_ partition: Int32, commits: Bool) {
        guard forgets.remove(partition) == nil else { return }
        if commits { visible[partition, default: []] += undecided[partition] ?? [] }
        undecided[partition] = nil
        undecidedFrom[partition] = nil
        ends[partition]! += 1
    }

    fileprivate func stableEnd(_ partition: Int32) -> Int64 {
        min(undecidedFrom[partition] ?? ends[partition] ?? 10, foreignFrom ?? .max)
    }
}

struct ForgetfulDestination: DestinationPort, ~Copyable {
    private let log: ForgetfulLog
    private var pool = FakeMemory.pool(capacity: 1_024)
    private var launched: [Int32] = []
    private var inTransaction: Set<Int32> = []

    init(_ log: ForgetfulLog) {
        self.log = log
    }

    mutating func open(_ index: Int32, to destination: TopicPartition) {}
    mutating func close(_ index: Int32) {}

    mutating func send(_ hand: inout ReadBatch) throws(DestinationFault) {
        while !hand.isEmpty, !pool.isFull { launched.append(pool.launch(hand.takeFirst())) }
    }

    mutating func collectReports(into reports: inout ReportBatch, waitMilliseconds: Int32) {
        for seat in launched {
            let read = pool.land(seat)
            inTransaction.insert(read.partition)
            let offset = log.append(read.offset, to: read.partition)
            reports.append(DeliveryReport(of: read, destinationOffset: offset, code: 0))
        }
        launched = []
    }

    var inFlight: Int { pool.inFlight }

    mutating func transact(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome {
        guard log.failures == 0 || inTransaction.isEmpty else {
            log.failures -= 1
            throw DestinationFault(.abort, "the transaction failed")
        }
        for partition in inTransaction { log.end(partition, commits: true) }
        inTransaction = []
        return .committed
    }

    mutating func stableEnds(of indexes: [Int32]) throws(DestinationFault) -> [Int32: Int64] {
        guard !log.isSilent else { throw DestinationFault(.abort, "no answer") }
        return Dictionary(uniqueKeysWithValues: indexes.map { ($0, log.stableEnd($0)) })
    }

    mutating func abort() throws(DestinationFault) {
        log.aborts += 1
        for partition in inTransaction { log.end(partition, commits: false) }
        inTransaction = []
    }

    mutating func tearDown(_ part: DestinationPart) {}
    mutating func setUp() throws(DestinationFault) {}
    static func meaning(ofReport code: Int32) -> ReportMeaning { .again }
}
