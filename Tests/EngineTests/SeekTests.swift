import Model
import Positions
import Records
import Testing

@testable import Engine

/// Requests to set positions, put to a lane that runs.
@Suite struct SeekTests {
    private static let stopped = TopicPartition("orders", 0)
    private static let running = TopicPartition("orders", 1)

    @Test(arguments: Delivery.allCases, [0, 30, 5_000] as [Int64])
    func `a stopped partition goes on where it was set, and answer and position are one transaction`(
        delivery: Delivery, change: Int64
    ) throws {
        let stage = Stage(delivery)
        let from = stage.stop(Self.stopped)
        let before = stage.position(Self.running)
        let to = from + change
        stage.ask([stage.order(Self.stopped, "r1", from: from, to: to)])
        stage.turn(seconds: 3)
        let answered = try #require(stage.ledger.answers(Self.stopped).first)
        #expect(answered.answer == SeekRecord(id: "r1", from: from, to: to, state: .applied))
        #expect(answered.position?.offset == to && answered.position?.seek == "r1" && answered.position?.mark == nil)
        #expect(stage.log.starts[Self.stopped]?.last == to)
        #expect(stage.position(Self.stopped) > to, "\(stage.state(Self.stopped))")
        #expect(stage.position(Self.running) > before)
        #expect(stage.news.contains(.sought(Self.stopped, answered.answer)))
        #expect(stage.ledger.position(Self.stopped)?.seek == "r1", "later commits keep the id")
    }

    @Test(arguments: Delivery.allCases)
    func `of a partition that runs nothing changes, and the request is refused`(delivery: Delivery) throws {
        let stage = Stage(delivery)
        stage.turn(seconds: 3)
        let from = stage.position(Self.running)
        stage.ask([stage.order(Self.running, "r1", from: from, to: 0)])
        stage.turn(seconds: 3)
        let answered = try #require(stage.ledger.answers(Self.running).first)
        guard case .refused(let reason) = answered.answer.state else {
            Issue.record("\(answered.answer)")
            return
        }
        #expect(reason.contains("running"))
        #expect(try #require(answered.position).offset >= from)
        #expect(stage.log.starts[Self.running] == [0])
        #expect(stage.position(Self.running) > from)
        #expect(answered.position?.seek == "r1")
        // What was told as refused is not applied later, when it could be.
        let at = stage.stop(Self.running)
        stage.ask([stage.order(Self.running, "r1", from: at, to: 0)])
        stage.turn(seconds: 3)
        #expect(stage.ledger.answers(Self.running).count == 1)
    }

    /// At least once; with exactly-once the lane drains before it answers.
    @Test func `what a stopped partition has on its way is waited for, and moves its position`() throws {
        let stage = Stage(.atLeastOnce)
        stage.turn(seconds: 3)
        stage.ledger.isDeaf = true
        let from = stage.stop(Self.stopped)
        stage.ask([stage.order(Self.stopped, "r1", from: from, to: 0)])
        stage.turn(seconds: 5)
        #expect(stage.ledger.answers(Self.stopped).isEmpty)
        stage.ledger.isDeaf = false
        stage.turn(seconds: 5)
        let answered = try #require(stage.ledger.answers(Self.stopped).first)
        #expect(answered.answer.state != .applied)
        #expect(try #require(answered.position).offset > from)
        #expect(stage.position(Self.stopped) == answered.position?.offset)
    }

    @Test(arguments: Delivery.allCases)
    func `a position that has moved since it was seen is not set`(delivery: Delivery) throws {
        let stage = Stage(delivery)
        let from = stage.stop(Self.stopped)
        stage.ask([stage.order(Self.stopped, "r1", from: from - 1, to: 0)])
        stage.turn(seconds: 3)
        let answered = try #require(stage.ledger.answers(Self.stopped).first)
        #expect(
            answered.answer.state
                == .refused(reason: "its position is \(from), and was \(from - 1) when this was asked for"))
        #expect(answered.position?.offset == from)
        #expect(stage.position(Self.stopped) == from)
        #expect(stage.state(Self.stopped).hasPrefix("stopped"))
    }

    /// The lane's copy of the control topic may be behind: the request seems to be open still.
    @Test(arguments: Delivery.allCases)
    func `a request is answered once, also when the partition stops again where it stood`(delivery: Delivery) {
        let stage = Stage(delivery)
        let from = stage.stop(Self.stopped)
        let order = stage.order(Self.stopped, "r1", from: from, to: from)
        stage.log.stopsAt[Self.stopped] = from
        stage.ask([order])
        stage.turn(seconds: 3)
        #expect(stage.position(Self.stopped) == from)
        #expect(stage.state(Self.stopped).hasPrefix("stopped"))
        stage.ask([order])
        stage.turn(seconds: 5)
        #expect(stage.ledger.answers(Self.stopped).count == 1)
        stage.ask([stage.order(Self.stopped, "r2", from: from, to: from)])
        stage.turn(seconds: 3)
        #expect(stage.ledger.answers(Self.stopped).map(\.answer.id) == ["r1", "r2"])
    }

    @Test(arguments: Delivery.allCases)
    func `who takes the slot over finds the answer in the position, and does not answer again`(delivery: Delivery) {
        let first = Stage(delivery)
        let from = first.stop(Self.stopped)
        let order = first.order(Self.stopped, "r1", from: from, to: from)
        first.log.stopsAt[Self.stopped] = from
        first.ask([order])
        first.turn(seconds: 3)
        let second = Stage(delivery, ledger: first.ledger)
        second.log.stopsAt[Self.stopped] = from
        second.turn(seconds: 1)
        second.ask([order])
        second.turn(seconds: 3)
        #expect(second.state(Self.stopped).hasPrefix("stopped"))
        #expect(second.ledger.answers(Self.stopped).count == 1)
    }

    @Test(arguments: Delivery.allCases)
    func `a transaction that fails changes nothing, and is tried again`(delivery: Delivery) {
        let stage = Stage(delivery)
        let from = stage.stop(Self.stopped)
        stage.ledger.failsAnswers = .abort
        stage.ask([stage.order(Self.stopped, "r1", from: from, to: 0)])
        stage.turn(seconds: 5)
        #expect(stage.ledger.failures > 1)
        #expect(stage.position(Self.stopped) == from)
        #expect(stage.log.starts[Self.stopped] == [0])
        let before = stage.position(Self.running)
        stage.turn(seconds: 5)
        #expect(stage.position(Self.running) > before, "the others wait for what fails")
        stage.ledger.failsAnswers = nil
        stage.turn(seconds: 5)
        #expect(stage.ledger.answers(Self.stopped).map(\.answer.state) == [.applied])
        #expect(stage.log.starts[Self.stopped] == [0, 0])
        #expect(stage.position(Self.stopped) > 0)
    }

    /// The producer dies in the commit: the slot is read again, and tells.
    @Test(arguments: Delivery.allCases, [true, false])
    func `an outcome that is unknown is found in the slot`(delivery: Delivery, wasCommitted: Bool) {
        let stage = Stage(delivery)
        let from = stage.stop(Self.stopped)
        stage.ledger.failsAnswers = .renewAll
        stage.ledger.commitsFailing = wasCommitted
        let order = stage.order(Self.stopped, "r1", from: from, to: 7)
        stage.ask([order])
        stage.turn(seconds: 3)
        #expect(stage.ledger.failures == 1)
        #expect(stage.news.contains { if case .unsure([Slot(0)], _) = $0 { true } else { false } })
        stage.ledger.failsAnswers = nil
        #expect(stage.ledger.position(Self.stopped)?.offset == (wasCommitted ? 7 : from))
        stage.log.stopsAt[Self.stopped] = wasCommitted ? 7 : from
        stage.claim()
        stage.turn(seconds: 1)
        stage.ask([order])
        stage.turn(seconds: 3)
        #expect(stage.ledger.answers(Self.stopped).map(\.answer.state) == [.applied])
        #expect(stage.log.starts[Self.stopped] == (wasCommitted ? [0, 7] : [0, from, 7]))
    }

    @Test(arguments: Delivery.allCases)
    func `of a partition that has only begun nobody knows whether it stops, so the request waits`(delivery: Delivery) {
        let stage = Stage(delivery)
        stage.log.isSilent = true
        stage.turn(seconds: 1)
        stage.ask([stage.order(Self.stopped, "r1", from: 0, to: 40)])
        stage.turn(seconds: 5)
        #expect(stage.state(Self.stopped) == "starting")
        #expect(stage.ledger.answers(Self.stopped).isEmpty)
        stage.log.stopsAt[Self.stopped] = 0
        stage.log.isSilent = false
        stage.turn(seconds: 3)
        #expect(stage.ledger.answers(Self.stopped).map(\.answer.state) == [.applied])
    }

    @Test(arguments: Delivery.allCases)
    func `what is taken back, or whose slot has gone, is not answered`(delivery: Delivery) {
        for isDropped in [true, false] {
            let stage = Stage(delivery)
            stage.log.isSilent = true
            stage.turn(seconds: 1)
            stage.ask([stage.order(Self.stopped, "r1", from: 0, to: 40)])
            stage.turn(seconds: 1)
            if isDropped { stage.post(.drop([Slot(0)])) } else { stage.ask([]) }
            stage.log.stopsAt[Self.stopped] = 0
            stage.log.isSilent = false
            stage.turn(seconds: 3)
            if isDropped {
                stage.claim()
                stage.turn(seconds: 3)
            }
            #expect(stage.state(Self.stopped).hasPrefix("stopped"))
            #expect(stage.ledger.answers(Self.stopped).isEmpty)
        }
    }

    /// What its slot holds for it cannot be used, so no lane has it.
    @Test(arguments: Delivery.allCases, [nil, 70] as [Int64?])
    func `a partition whose position is lost gets one, and begins there`(delivery: Delivery, found: Int64?) throws {
        let stage = Stage(delivery)
        stage.turn(seconds: 1)
        let lost = TopicPartition("orders", 2)
        stage.ask([stage.unusable(lost, "r1", from: found == nil ? 3 : nil, to: 40, found: found)])
        stage.turn(seconds: 3)
        guard case .refused = try #require(stage.ledger.answers(lost).first).answer.state else {
            Issue.record("another position than the one that was seen")
            return
        }
        stage.ask([stage.unusable(lost, "r2", from: found, to: 40, found: found)])
        stage.turn(seconds: 3)
        let answered = try #require(stage.ledger.answers(lost).last)
        #expect(answered.answer.state == .applied && answered.position?.offset == 40)
        #expect(stage.log.starts[lost] == [40])
        #expect(stage.position(lost) > 40)
    }
}

/// A lane with two endless partitions, one of which can be stopped, over a ledger that can be read.
private final class Stage {
    let log = StoppableLog()
    let ledger: SeekLedger
    private let lane: LaneStage<StoppableSource, LedgerDestination>

    init(_ delivery: Delivery, ledger: SeekLedger = SeekLedger()) {
        self.ledger = ledger
        lane = LaneStage(delivery, from: StoppableSource(log), to: LedgerDestination(ledger), partitions: 0)
        claim()
    }

    var news: [LaneNews] { lane.news }

    /// Gives the lane its slot, as the ledger has it.
    func claim() {
        let starts = (0..<2 as Range<Int32>).map { number in
            let begin = LaneStart.ofTest(TopicPartition("orders", number))
            return LaneStart(
                source: begin.source, slot: begin.slot, position: ledger.position(begin.source) ?? begin.position)
        }
        post(.claim([SlotClaim(slot: Slot(0), mark: 0, starts: starts)]))
    }

    func post(_ order: LaneOrder) { lane.post(order) }
    func ask(_ orders: [SeekOrder]) { post(.seek(orders)) }
    func turn(seconds: Int) { lane.run(seconds: seconds) }

    func order(_ source: TopicPartition, _ id: String, from: Int64, to: Int64) -> SeekOrder {
        SeekOrder(source: source, slot: Slot(0), request: SeekRecord(id: id, from: from, to: to), found: nil)
    }

    func unusable(_ source: TopicPartition, _ id: String, from: Int64?, to: Int64, found: Int64?) -> SeekOrder {
        var position = LaneStart.ofTest(source, at: to).position
        position.seek = id
        return SeekOrder(
            source: source, slot: Slot(0), request: SeekRecord(id: id, from: from, to: to),
            found: SeekOrder.Found(
                offset: found, start: LaneStart(source: source, slot: Slot(0), position: position)))
    }

    /// Has a partition stop after a while; answers where it stands.
    func stop(_ source: TopicPartition) -> Int64 {
        turn(seconds: 3)
        log.stopsAt[source] = 0
        turn(seconds: 3)
        log.stopsAt = [:]
        #expect(state(source).hasPrefix("stopped"))
        #expect(position(source) > 0)
        return position(source)
    }

    func position(_ source: TopicPartition) -> Int64 { lane.position(source.partition) }
    func state(_ source: TopicPartition) -> String { lane.state(source.partition) }
}

private final class StoppableLog {
    /// Partitions that a fault stops in the poll that reaches this offset.
    var stopsAt: [TopicPartition: Int64] = [:]
    /// Nothing comes.
    var isSilent = false
    /// Where each partition was read from, one after the other.
    var starts: [TopicPartition: [Int64]] = [:]
}

private struct StoppableSource: SourcePort {
    private let log: StoppableLog
    private var next: [Int32: (source: TopicPartition, offset: Int64)] = [:]
    private var events: [SourceEvent] = []

    init(_ log: StoppableLog) {
        self.log = log
    }

    mutating func assign(_ starts: [PartitionStart]) throws(SourceFault) {
        for start in starts {
            next[start.index] = (start.partition, start.offset)
            log.starts[start.partition, default: []].append(start.offset)
        }
    }

    mutating func unassign(_ indexes: [Int32]) throws(SourceFault) {
        for index in indexes { next[index] = nil }
    }

    mutating func seek(_ targets: [PartitionStart]) throws(SourceFault) {
        for target in targets { next[target.index] = (target.partition, target.offset) }
    }

    mutating func poll(into hand: inout ReadBatch, upTo: Int, waitMilliseconds: Int32) {
        guard !log.isSilent else { return }
        for (index, entry) in next.sorted(by: { $0.key < $1.key }).prefix(min(upTo, hand.room)) {
            if let end = log.stopsAt[entry.source], entry.offset >= end {
                events.append(.partitionFault(index: index, reason: "told to"))
                continue
            }
            hand.append(FakeMemory.read(partition: index, offset: entry.offset, bytes: 100))
            next[index]?.offset += 1
        }
    }

    mutating func takeEvents() -> [SourceEvent] {
        defer { events = [] }
        return events
    }

    func highWatermark(of index: Int32) -> Int64? { nil }
}

/// The slot and the control topic, as far as transactions were committed.
private final class SeekLedger {
    private var committed: [LedgerTransaction] = []
    /// How transactions with answers fail.
    var failsAnswers: DestinationFault.Cure?
    /// They are committed though, and nobody learns of it.
    var commitsFailing = false
    private(set) var failures = 0
    /// Records are not acknowledged.
    var isDeaf = false

    func commit(_ transaction: LedgerTransaction) throws(DestinationFault) {
        let hasAnswer = transaction.records.contains { $0.log == .control }
        guard hasAnswer, let cure = failsAnswers else {
            committed.append(transaction)
            return
        }
        failures += 1
        if commitsFailing { committed.append(transaction) }
        throw DestinationFault(cure, "told to fail")
    }

    func position(_ source: TopicPartition) -> Position? {
        committed.reversed().lazy.compactMap { Self.position(source, in: $0) }.first
    }

    /// Answers to requests, each with the position of the same transaction.
    func answers(_ source: TopicPartition) -> [(answer: SeekRecord, position: Position?)] {
        committed.compactMap { transaction in
            guard let record = transaction.records.first(where: { $0.key == SeekRecord.key(source) }),
                record.log == .control, transaction.fenced == [Slot(0)],
                let answer = record.value.flatMap({ try? SeekRecord(decoding: $0) })
            else { return nil }
            return (answer, Self.position(source, in: transaction))
        }
    }

    private static func position(_ source: TopicPartition, in transaction: LedgerTransaction) -> Position? {
        transaction.records.first { $0.key == SlotKey.position(source).encoded }?.value
            .flatMap { try? Position(decoding: $0) }
    }
}

/// Takes everything, and keeps the ledger.
private struct LedgerDestination: DestinationPort, ~Copyable {
    private let ledger: SeekLedger
    private var pool = FakeMemory.pool(capacity: 1_024)
    private var launched: [Int32] = []

    init(_ ledger: SeekLedger) {
        self.ledger = ledger
    }

    mutating func open(_ index: Int32, to destination: TopicPartition) {}
    mutating func close(_ index: Int32) {}

    mutating func send(_ hand: inout ReadBatch) throws(DestinationFault) {
        while !hand.isEmpty, !pool.isFull { launched.append(pool.launch(hand.takeFirst())) }
    }

    mutating func collectReports(into reports: inout ReportBatch, waitMilliseconds: Int32) {
        guard !ledger.isDeaf else { return }
        for seat in launched {
            reports.append(DeliveryReport(of: pool.land(seat), destinationOffset: -1, code: 0))
        }
        launched = []
    }

    var inFlight: Int { pool.inFlight }

    mutating func transact(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome {
        try ledger.commit(transaction)
        return .committed
    }

    mutating func abort() throws(DestinationFault) {}
    mutating func tearDown(_ part: DestinationPart) {}
    mutating func setUp() throws(DestinationFault) {}
    static func meaning(ofReport code: Int32) -> ReportMeaning { .again }
}
