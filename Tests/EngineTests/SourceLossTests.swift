import Engine
import Model
import Positions
import Records
import Testing

/// A source whose log changes under a lane that reads it.
@Suite struct SourceLossTests {
    private static let partition = TopicPartition("orders", 0)

    private final class News {
        var all: [LaneNews] = []
    }

    private final class Run {
        let log = ChangingLog()
        let board = LaneBoard()
        let mailbox = LaneMailbox {}
        private let news: News
        private var now = Instant(nanoseconds: 0)
        private var lane: Lane<ChangingSource, InstantDestination>

        init(_ delivery: Delivery, _ policy: LossPolicy) {
            let settings = LaneSettings(
                number: 0, delivery: delivery, transactionalID: "a.0", commitIntervalMilliseconds: 200,
                budget: Budget(recordsMax: 512, bytesMax: 1 << 30, transactionBytesMax: 1 << 30),
                policies: { _ in
                    var policies = Policies()
                    policies.onLoss = policy
                    return policies
                })
            let news = News()
            self.news = news
            lane = Lane(
                settings, source: ChangingSource(log), destination: InstantDestination(capacity: 512),
                hand: FakeMemory.hand(capacity: 64), mailbox: mailbox, board: board,
                post: { news.all.append($0) })
            let start = LaneStart(
                source: SourceLossTests.partition, slot: Slot(0),
                position: Position(offset: 0, cluster: "source", to: "orders", reached: -1, since: 0))
            _ = mailbox.post(.claim([SlotClaim(slot: Slot(0), mark: 0, starts: [start])]))
        }

        func turn(seconds: Int) {
            for _ in 0..<(seconds * 20) {
                if !log.asked.isEmpty, let findings = log.findings {
                    _ = mailbox.post(
                        .examined(
                            log.asked.map { ExaminationAnswer(ticket: $0.ticket, findings: .success(findings)) }))
                    log.asked = []
                }
                _ = lane.turn(at: now)
                now = now.advanced(milliseconds: 50)
            }
        }

        var position: Int64 { board.partitions.first?.position ?? -1 }
        var state: String { board.partitions.first?.state ?? "" }
        var losses: [String] {
            news.all.compactMap { if case .loss(_, let reason, _) = $0 { reason } else { nil } }
        }
    }

    @Test(arguments: Delivery.allCases)
    func `nothing is read after a doubt until the source has answered`(delivery: Delivery) {
        let run = Run(delivery, .skip)
        run.turn(seconds: 3)
        #expect(run.position > 0)
        run.log.doubt = .vanished
        run.turn(seconds: 3)
        let stoodAt = run.log.handedOut
        run.turn(seconds: 3)
        #expect(run.log.handedOut == stoodAt)
        #expect(run.state == "waiting: the source does not show the topic")
        #expect(run.log.asked.count == 1)
        run.log.findings = LogFindings(start: 0, end: 1 << 40)
        run.turn(seconds: 3)
        #expect(run.position > stoodAt, "the same log is read on")
        #expect(run.losses.isEmpty)
    }

    @Test(arguments: Delivery.allCases)
    func `a stopped partition keeps its position and says what to do`(delivery: Delivery) {
        let run = Run(delivery, .stop)
        run.turn(seconds: 3)
        let before = run.log.next
        run.log.findings = LogFindings(start: before + 1_000, end: before + 2_000)
        run.log.doubt = .outOfRange
        run.turn(seconds: 3)
        #expect(run.position == before)
        #expect(run.state.hasPrefix("stopped: offsets \(before) to \(before + 999) are gone"), "\(run.state)")
        #expect(run.state.contains("`on-loss: skip`"))
        #expect(run.board.counters.losses == 1)
        #expect(run.board.counters.offsetsMissing == 1_000)
    }

    @Test(arguments: Delivery.allCases, [LossPolicy.skip, .restart])
    func `reading goes on where the policy says, and the position is committed there`(
        delivery: Delivery, policy: LossPolicy
    ) throws {
        let run = Run(delivery, policy)
        run.turn(seconds: 3)
        run.log.findings = LogFindings(start: 10, end: run.log.next - 1)
        run.log.doubt = .outOfRange
        run.log.startsSeen = []
        run.turn(seconds: 3)
        let target = policy == .skip ? try #require(run.log.findings).end : 10
        #expect(run.log.startsSeen == [target])
        #expect(run.losses.count == 1)
        #expect(run.position > target)
    }
}

private final class ChangingLog {
    var next: Int64 = 0
    var handedOut = 0
    var isAssigned = false
    var index: Int32 = 0
    /// Told at the next poll, instead of reads.
    var doubt: SourceDoubt?
    var asked: [Examination] = []
    var findings: LogFindings?
    var startsSeen: [Int64] = []
}

private struct ChangingSource: SourcePort {
    private let log: ChangingLog
    private var events: [SourceEvent] = []

    init(_ log: ChangingLog) {
        self.log = log
    }

    mutating func assign(_ starts: [PartitionStart]) throws(SourceFault) {
        guard let start = starts.first else { return }
        (log.index, log.next, log.isAssigned) = (start.index, start.offset, true)
        log.startsSeen.append(start.offset)
    }

    mutating func unassign(_ indexes: [Int32]) throws(SourceFault) { log.isAssigned = false }
    mutating func seek(_ targets: [PartitionStart]) throws(SourceFault) { try assign(targets) }
    mutating func examine(_ examinations: [Examination]) { log.asked += examinations }

    mutating func poll(into hand: inout ReadBatch, upTo: Int, waitMilliseconds: Int32) {
        guard log.isAssigned else { return }
        if let doubt = log.doubt {
            log.doubt = nil
            events.append(.doubt(index: log.index, doubt))
            // What came behind the doubt is of the new log already.
            hand.append(FakeMemory.read(partition: log.index, offset: log.next + 5, bytes: 1))
            return
        }
        for _ in 0..<min(upTo, 4, hand.room) {
            hand.append(FakeMemory.read(partition: log.index, offset: log.next, bytes: 1))
            log.next += 1
            log.handedOut += 1
        }
    }

    mutating func takeEvents() -> [SourceEvent] {
        defer { events = [] }
        return events
    }

    func highWatermark(of index: Int32) -> Int64? { nil }
}
