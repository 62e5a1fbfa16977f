import Engine
import Model
import Positions
import Records
import Testing

/// A source whose log changes under a lane that reads it.
@Suite struct SourceLossTests {
    private let log = ChangingLog()

    private func stage(_ delivery: Delivery, _ policy: LossPolicy) -> LaneStage<ChangingSource, InstantDestination> {
        var policies = Policies()
        policies.onLoss = policy
        return LaneStage(
            delivery, from: ChangingSource(log), to: InstantDestination(capacity: 512), partitions: 1,
            policies: policies)
    }

    /// Three seconds, in which the source answers what it is asked as soon as it has findings.
    private func run(_ stage: LaneStage<ChangingSource, InstantDestination>) {
        for _ in 0..<60 {
            if !log.asked.isEmpty, let findings = log.findings {
                let answers = log.asked.map { ExaminationAnswer(ticket: $0.ticket, findings: .log(findings)) }
                _ = stage.mailbox.post(.examined(answers))
                log.asked = []
            }
            stage.run(turns: 1)
        }
    }

    private func losses(_ stage: LaneStage<ChangingSource, InstantDestination>) -> [String] {
        stage.news.compactMap { if case .loss(_, let reason, _) = $0 { reason } else { nil } }
    }

    @Test(arguments: Delivery.allCases)
    func `nothing is read after a doubt until the source has answered`(delivery: Delivery) {
        let stage = stage(delivery, .skip)
        run(stage)
        #expect(stage.position() > 0)
        log.doubt = .vanished
        run(stage)
        let stoodAt = log.handedOut
        run(stage)
        #expect(log.handedOut == stoodAt)
        #expect(stage.state() == "waiting: the source does not show the topic")
        #expect(log.asked.count == 1)
        log.findings = LogFindings(start: 0, end: 1 << 40)
        run(stage)
        #expect(stage.position() > stoodAt, "the same log is read on")
        #expect(losses(stage).isEmpty)
    }

    @Test(arguments: Delivery.allCases)
    func `a stopped partition keeps its position and says what to do`(delivery: Delivery) {
        let stage = stage(delivery, .stop)
        run(stage)
        let before = log.next
        log.findings = LogFindings(start: before + 1_000, end: before + 2_000)
        log.doubt = .outOfRange
        run(stage)
        #expect(stage.position() == before)
        #expect(stage.state().hasPrefix("stopped: offsets \(before) to \(before + 999) are gone"), "\(stage.state())")
        #expect(stage.state().contains("`on-loss: skip`"))
        #expect(stage.board.counters.losses == 1)
        #expect(stage.board.counters.offsetsMissing == 1_000)
    }

    @Test(arguments: Delivery.allCases, [LossPolicy.skip, .restart])
    func `reading goes on where the policy says, and the position is committed there`(
        delivery: Delivery, policy: LossPolicy
    ) throws {
        let stage = stage(delivery, policy)
        run(stage)
        log.findings = LogFindings(start: 10, end: log.next - 1)
        log.doubt = .outOfRange
        log.startsSeen = []
        run(stage)
        let target = policy == .skip ? try #require(log.findings).end : 10
        #expect(log.startsSeen == [target])
        #expect(losses(stage).count == 1)
        #expect(stage.position() > target)
    }
}

final class ChangingLog {
    var next: Int64 = 0
    var handedOut = 0
    var isAssigned = false
    var index: Int32 = 0
    /// Told at the next poll, instead of reads.
    var doubt: SourceDoubt?
    var asked: [Examination] = []
    var findings: LogFindings?
    var startsSeen: [Int64] = []
    /// Where it seems to end.
    var end: Int64?
}

struct ChangingSource: SourcePort {
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

    func highWatermark(of index: Int32) -> Int64? { log.end }
    func checksum(of read: Read) -> UInt64? { UInt64(read.offset) }
}
