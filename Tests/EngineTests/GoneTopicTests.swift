import Engine
import Model
import Positions
import Testing

/// A source that deletes the topic of a lane, or seems to.
@Suite struct GoneTopicTests {
    private typealias Stage = LaneStage<ChangingSource, InstantDestination>

    private let log = ChangingLog()
    private static let orders = TopicPartition("orders", 0)
    private static let whole = ExaminationAnswer.Findings.log(LogFindings(start: 0, end: 1 << 40))

    /// A lane that has mirrored some records.
    private func running(_ delivery: Delivery = .exactlyOnce, _ policy: LossPolicy = .stop) -> Stage {
        var policies = Policies()
        policies.onLoss = policy
        let stage = Stage(
            delivery, from: ChangingSource(log), to: InstantDestination(capacity: 512), partitions: 1,
            policies: policies)
        stage.run(seconds: 2)
        return stage
    }

    /// Each question is answered at once.
    private func run(_ stage: Stage, seconds: Int, _ answer: ExaminationAnswer.Findings) {
        run(stage, seconds: seconds) { _ in answer }
    }

    private func run(_ stage: Stage, seconds: Int, _ answer: (Int) -> ExaminationAnswer.Findings) {
        var questions = 0
        for _ in 0..<(seconds * 20) {
            for question in log.asked {
                stage.post(.examined([ExaminationAnswer(ticket: question.ticket, findings: answer(questions))]))
                questions += 1
            }
            log.asked = []
            stage.run(turns: 1)
        }
    }

    /// The same lane after its topic was deleted.
    private func gone(_ delivery: Delivery = .exactlyOnce, _ policy: LossPolicy = .stop) -> Stage {
        let stage = running(delivery, policy)
        log.doubt = .vanished
        run(stage, seconds: 10, .absent(.topic))
        return stage
    }

    private func told(_ stage: Stage) -> [Int64] {
        stage.news.compactMap { if case .gone(Self.orders, let position, _) = $0 { position } else { nil } }
    }

    private func losses(_ stage: Stage) -> [String] {
        stage.news.compactMap { if case .loss(_, let reason, _) = $0 { reason } else { nil } }
    }

    @Test(arguments: Delivery.allCases)
    func `a deleted topic is let go of after some seconds, told once, and asked about no more`(delivery: Delivery) {
        let stage = running(delivery)
        log.doubt = .vanished
        run(stage, seconds: 4, .absent(.topic))
        #expect(stage.state() == "waiting: the source has no topic orders")
        #expect(told(stage).isEmpty)
        run(stage, seconds: 6, .absent(.topic))
        #expect(stage.state() == "gone: the source topic was deleted")
        #expect(told(stage) == [stage.position()])
        #expect(stage.position() == log.next, "everything that was read is committed")
        #expect(losses(stage).isEmpty)
        run(stage, seconds: 600) { _ in
            Issue.record("it is asked about")
            return .absent(.topic)
        }
        #expect(told(stage).count == 1)
        #expect(!log.isAssigned)
    }

    @Test func `a topic made anew with fewer partitions has lost the others`() {
        let stage = running()
        log.doubt = .vanished
        run(stage, seconds: 10, .absent(.partition(count: 1)))
        #expect(stage.state() == "gone: the source topic was deleted and made anew with 1 partition")
    }

    @Test func `an answer that says nothing begins the count anew`() {
        let stage = running()
        log.doubt = .vanished
        run(stage, seconds: 600) { question in
            question % 4 == 3 ? .unknown(SourceFault("no answer")) : .absent(.topic)
        }
        #expect(told(stage).isEmpty)
        #expect(stage.state().hasPrefix("waiting"))
    }

    @Test func `many answers within a moment prove nothing`() {
        let stage = running()
        log.doubt = .vanished
        run(stage, seconds: 3, .absent(.topic))
        #expect(told(stage).isEmpty)
        run(stage, seconds: 1, Self.whole)
        #expect(stage.position() > 0 && log.isAssigned, "it is read on")
        #expect(losses(stage).isEmpty)
    }

    @Test func `a missing right is no deletion, and is tried again`() {
        let stage = running()
        log.doubt = .vanished
        run(stage, seconds: 30) { _ in .forbidden(reason: "the right is missing") }
        #expect(told(stage).isEmpty)
        #expect(stage.news.contains(.partitionStopped(Self.orders, reason: "the right is missing")))
        let before = log.next
        run(stage, seconds: 60, Self.whole)
        #expect(stage.position() > before)
    }

    @Test(arguments: LossPolicy.allCases)
    func `what was not mirrored before the deletion is told as a loss`(policy: LossPolicy) {
        let stage = running(.atLeastOnce, policy)
        let end = log.next + 10
        log.end = end
        log.doubt = .vanished
        run(stage, seconds: 10, .absent(.topic))
        let lost = "offsets \(end - 10) to \(end - 1) were not mirrored before the topic was deleted at the source"
        #expect(stage.news.contains(.loss(Self.orders, reason: lost, policy: policy)))
        #expect(stage.state() == "gone: the source topic was deleted; \(lost)")
        #expect(stage.board.counters.offsetsMissing == 10)
    }

    @Test func `where it ended is also known from who looked at it meanwhile`() {
        let stage = running()
        stage.post(.missed([MissedPartition(Self.orders, end: 1 << 30)]))
        run(stage, seconds: 10, .absent(.topic))
        #expect(stage.board.counters.offsetsMissing == (1 << 30) - stage.position())
        #expect(told(stage) == [stage.position()])
    }

    @Test(arguments: Delivery.allCases)
    func `the same log goes on from its position when it is back`(delivery: Delivery) {
        let stage = gone(delivery)
        let before = stage.position()
        log.startsSeen = []
        run(stage, seconds: 1, Self.whole)
        #expect(log.startsSeen.isEmpty, "nobody has said that it is back")
        stage.post(.returned([Self.orders]))
        run(stage, seconds: 3, Self.whole)
        #expect(log.startsSeen == [before])
        #expect(stage.position() > before)
        #expect(stage.news.contains(.partitionGoesOn(Self.orders)))
        #expect(losses(stage).isEmpty)
    }

    @Test(arguments: Delivery.allCases, LossPolicy.allCases)
    func `a topic made anew is treated as the policy says`(delivery: Delivery, policy: LossPolicy) {
        let stage = gone(delivery, policy)
        let before = stage.position()
        log.startsSeen = []
        stage.post(.returned([Self.orders]))
        run(stage, seconds: 3, .log(LogFindings(start: 0, end: 5)))
        #expect(losses(stage).count == 1)
        switch policy {
        case .stop:
            #expect(stage.state().hasPrefix("stopped: the log at the source ends at offset 5"), "\(stage.state())")
            #expect(stage.position() == before)
        case .skip, .restart:
            #expect(log.startsSeen == [policy == .skip ? 5 : 0])
            #expect(stage.position() > 5)
        }
    }

    @Test func `a stopped partition stays stopped while its topic is there, and is let go of with it`() {
        let stage = running()
        log.doubt = .outOfRange
        run(stage, seconds: 2, .log(LogFindings(start: 0, end: 1)))
        let stopped = stage.state()
        #expect(stopped.hasPrefix("stopped"))
        stage.post(.missed([MissedPartition(Self.orders, end: nil)]))
        run(stage, seconds: 10, Self.whole)
        #expect(stage.state() == stopped)
        stage.post(.missed([MissedPartition(Self.orders, end: nil)]))
        run(stage, seconds: 10, .absent(.topic))
        #expect(stage.state() == "gone: the source topic was deleted")
    }

    /// With nothing committed of what is on its way, the position would not be the last one.
    @Test func `nothing is let go of before what was read has arrived`() {
        let deafness = Deafness()
        let stage = LaneStage(
            .atLeastOnce, from: ChangingSource(log), to: HalfDeafDestination(deafness), partitions: 1)
        stage.run(seconds: 1)
        deafness.isDeaf = true
        stage.run(seconds: 1)
        log.doubt = .vanished
        for _ in 0..<400 {
            for question in log.asked {
                stage.post(.examined([ExaminationAnswer(ticket: question.ticket, findings: .absent(.topic))]))
            }
            log.asked = []
            stage.run(turns: 1)
        }
        #expect(stage.state() == "waiting: what was read before is still on its way")
        #expect(stage.position() < log.next)
        deafness.isDeaf = false
        stage.run(seconds: 2)
        #expect(stage.state() == "gone: the source topic was deleted")
        #expect(stage.position() == log.next)
    }
}
