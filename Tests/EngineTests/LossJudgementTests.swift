import Model
import Records
import Testing

@testable import Engine

@Suite struct LossJudgementTests {
    private static let mark = RecordMark(offset: 90, checksum: 7)

    private static func judge(
        _ doubt: SourceDoubt, start: Int64 = 0, end: Int64 = 200, compacted: Bool? = nil,
        mark: RecordMark? = Self.mark
    ) -> LossJudgement {
        .judge(
            doubt, position: 100, mark: mark, LogFindings(start: start, end: end, isCompacted: compacted))
    }

    private static func kind(_ judgement: LossJudgement) -> SourceLoss.Kind? {
        guard case .lost(let loss) = judgement else { return nil }
        return loss.kind
    }

    @Test(arguments: [SourceDoubt.outOfRange, .vanished, .changed, .unmarked, .short])
    func `a position outside the log is a loss, whatever the doubt was`(doubt: SourceDoubt) {
        #expect(Self.kind(Self.judge(doubt, start: 101)) == .belowStart)
        #expect(Self.kind(Self.judge(doubt, end: 99)) == .beyondEnd)
    }

    @Test func `a position at the end or at the start is inside the log`() {
        #expect(Self.judge(.vanished, end: 100) == .proveAgain)
        #expect(Self.judge(.vanished, start: 100) == .proveAgain)
    }

    @Test func `another record in the place of the marked one is another log`() {
        #expect(Self.kind(Self.judge(.changed)) == .anotherLog)
    }

    @Test func `a marked record that is missing is another log only where nothing else removes records`() {
        #expect(Self.kind(Self.judge(.unmarked, compacted: false)) == .anotherLog)
        #expect(Self.judge(.unmarked, compacted: true) == .goOn)
        #expect(Self.judge(.unmarked, compacted: nil) == .goOn)
        #expect(Self.judge(.unmarked, start: 91, compacted: false) == .goOn)
        #expect(Self.judge(.outOfRange, start: 91) == .goOn)
    }

    @Test func `what may be over is proved again`() {
        for doubt in [SourceDoubt.vanished, .short, .outOfRange] { #expect(Self.judge(doubt) == .proveAgain) }
    }

    @Test func `a log that is back after its topic was deleted is the same one only if its mark proves it`() {
        #expect(Self.judge(.returned) == .proveAgain)
        #expect(Self.kind(Self.judge(.returned, mark: nil)) == .anotherLog)
        #expect(Self.judge(.returned, start: 100, mark: nil) == .proveAgain, "nothing of it is passed over")
        #expect(Self.kind(Self.judge(.returned, end: 99)) == .beyondEnd)
    }

    @Test func `a policy decides where reading goes on, and the missing offsets are told`() throws {
        let findings = LogFindings(start: 120, end: 150)
        let below = SourceLoss(kind: .belowStart, position: 100, findings: findings)
        #expect(LossPolicy.allCases.map(below.target) == [nil, 120, 120])
        #expect(below.missing == 100..<120)
        #expect(below.description.contains("offsets 100 to 119 are gone"))
        for kind in [SourceLoss.Kind.beyondEnd, .anotherLog] {
            let other = SourceLoss(kind: kind, position: 500, findings: findings)
            #expect(LossPolicy.allCases.map(other.target) == [nil, 150, 120])
            #expect(other.missing == 120..<150)
            #expect(other.description.contains("120 to 149"))
        }
    }
}

@Suite struct LogProofsTests {
    private static let partition = TopicPartition("orders", 0)

    private static func proofs(markedAt offset: Int64, position: Int64) -> LogProofs {
        var proofs = LogProofs()
        let from = proofs.expect(
            PartitionStart(
                index: 3, partition: partition, offset: position, mark: RecordMark(offset: offset, checksum: 7)))
        #expect(from == min(offset, position))
        return proofs
    }

    private static func admitted(_ proofs: inout LogProofs, _ offsets: Range<Int64>, checksum: UInt64 = 7) -> [Int64] {
        offsets.filter { offset in
            proofs.admits(FakeMemory.read(partition: 3, offset: offset, bytes: 1)) { _ in checksum }
        }
    }

    private static func isEndAdmitted(_ proofs: inout LogProofs, _ offset: Int64) -> Bool {
        proofs.admitsEnd(of: 3, at: offset)
    }

    private static func doubts(_ proofs: inout LogProofs) -> [SourceDoubt] { proofs.takeDoubts().map(\.doubt) }

    @Test func `the marked record opens the log, and nothing below the position is handed out`() {
        var proofs = Self.proofs(markedAt: 95, position: 100)
        #expect(Self.admitted(&proofs, 95..<103) == [100, 101, 102])
        #expect(proofs.isEmpty)
        #expect(Self.doubts(&proofs).isEmpty)
    }

    @Test func `another record in its place closes the log`() {
        var proofs = Self.proofs(markedAt: 95, position: 100)
        #expect(Self.admitted(&proofs, 95..<103, checksum: 8) == [])
        #expect(Self.doubts(&proofs) == [.changed])
        #expect(Self.admitted(&proofs, 103..<110) == [])
        #expect(Self.doubts(&proofs).isEmpty)
    }

    @Test func `a log without the marked record is closed until that is judged`() {
        var proofs = Self.proofs(markedAt: 95, position: 100)
        #expect(Self.admitted(&proofs, 96..<103) == [])
        #expect(Self.doubts(&proofs) == [.unmarked])
    }

    @Test func `a log that ends below the position is short`() {
        var proofs = Self.proofs(markedAt: 95, position: 100)
        #expect(Self.admitted(&proofs, 95..<98) == [])
        #expect(Self.isEndAdmitted(&proofs, 98) == false)
        #expect(Self.doubts(&proofs) == [.short])
        var met = Self.proofs(markedAt: 95, position: 100)
        #expect(Self.admitted(&met, 95..<98) == [])
        #expect(Self.isEndAdmitted(&met, 100) == true)
        var empty = Self.proofs(markedAt: 95, position: 100)
        #expect(Self.isEndAdmitted(&empty, 100) == false)
        #expect(Self.doubts(&empty) == [.unmarked])
    }

    @Test func `a partition without a mark, or given back, is not judged`() {
        var proofs = LogProofs()
        #expect(proofs.expect(PartitionStart(index: 3, partition: Self.partition, offset: 5)) == 5)
        #expect(Self.admitted(&proofs, 0..<3, checksum: 8) == [0, 1, 2])
        var forgotten = Self.proofs(markedAt: 95, position: 100)
        forgotten.forget(3)
        #expect(Self.admitted(&forgotten, 95..<97) == [95, 96])
    }
}

@Suite struct MarkTrailTests {
    private static func mark(_ offset: Int64) -> RecordMark { RecordMark(offset: offset, checksum: UInt64(offset)) }

    @Test func `only a mark of an acknowledged read is settled, the newest of them`() {
        var trail = MarkTrail(Self.mark(1))
        for offset in [5, 9, 12] as [Int64] { trail.note(Self.mark(offset)) }
        trail.settle(below: 5)
        #expect(trail.settled == Self.mark(1))
        trail.settle(below: 6)
        #expect(trail.settled == Self.mark(5))
        trail.settle(below: 13)
        #expect(trail.settled == Self.mark(12))
    }
}
