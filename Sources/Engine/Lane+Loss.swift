import Model
import Positions

/// A partition whose log is in doubt is read no more until the source has told what it holds: then it goes on, or
/// something is lost and the policy decides. Nothing is read on before that.
extension Lane where Source: ~Copyable, Destination: ~Copyable {
    private static var patienceMillisecondsMax: Int64 { 5_000 }

    /// Before the reads of the same poll are noted: what came after the doubt may be of another log.
    mutating func doubt(_ index: Int32, _ doubt: SourceDoubt, at now: Instant) {
        guard partitions[index].state.isReading else { return }
        partitions[index].knownEnd = source.highWatermark(of: index) ?? partitions[index].knownEnd
        unread(index)
        examine(index, doubt, at: now)
        post(.trouble("\(partitions[index].source) is not read on until the source has been asked: \(doubt)"))
    }

    /// Of a partition that is not read. One that had stopped goes on stopping if its log is there.
    mutating func examine(_ index: Int32, _ doubt: SourceDoubt, at now: Instant) {
        let before = partitions[index].state
        let due = restAfterDoubt(index, at: now)
        partitions[index].doubt = LanePartition.Doubt(doubt, examineAt: due)
        if case .stopped = before { partitions[index].doubt?.stoppedBefore = before }
        partitions[index].state = .examining(reason: doubt.description)
        hasDoubts = true
        board.forceNext()
    }

    /// The first doubt is looked into at once; one that comes back again and again, ever later.
    private mutating func restAfterDoubt(_ index: Int32, at now: Instant) -> Instant {
        let doubts = partitions[index].doubtsInARow
        partitions[index].doubtsInARow += 1
        guard doubts > 0 else { return now }
        return now.advanced(milliseconds: min(Self.patienceMillisecondsMax, Int64(100) << Int64(min(doubts, 6))))
    }

    /// Asks about partitions whose time has come, and has those go on of which nothing is on its way any more.
    mutating func attendDoubts(at now: Instant) {
        guard hasDoubts else { return }
        hasDoubts = false
        var examinations: [Examination] = []
        for index in partitions.indexes {
            guard case .examining = partitions[index].state, let doubt = partitions[index].doubt else { continue }
            hasDoubts = true
            if let absence = doubt.absence {
                if partitions[index].isAtRest { letGo(index, absence) }
            } else if let target = doubt.target, partitions[index].isAtRest {
                // Taken back meanwhile: more is missing than was judged.
                guard partitions[index].window.readAt == doubt.judgedAt else {
                    partitions[index].doubt?.target = nil
                    partitions[index].doubt?.examineAt = now
                    continue
                }
                jump(index, to: target, at: now)
            } else if doubt.target == nil, let due = doubt.examineAt, now >= due {
                lastTicket += 1
                partitions[index].doubt?.ticket = lastTicket
                partitions[index].doubt?.examineAt = nil
                examinations.append(
                    Examination(
                        index: index, ticket: lastTicket, partition: partitions[index].source,
                        cluster: partitions[index].origin.cluster, asksForCompaction: doubt.doubt == .unmarked))
            }
        }
        if !examinations.isEmpty { source.examine(examinations) }
    }

    /// The source has answered.
    mutating func note(_ answers: [ExaminationAnswer], at now: Instant) {
        for answer in answers {
            guard let index = index(ofTicket: answer.ticket), let doubt = partitions[index].doubt,
                case .examining = partitions[index].state
            else { continue }
            switch answer.findings {
            case .unknown(let fault):
                // Answers in a row are counted, and this one says nothing of what is there.
                partitions[index].doubt?.absentSince = nil
                partitions[index].doubt?.absences = 0
                askAgain(index, reason: fault.reason, at: now)
            case .absent(let absence):
                note(absence, of: index, at: now)
            case .forbidden, .log:
                settle(index, doubt, answer.findings, at: now)
            }
        }
        board.forceNext()
    }

    /// It is known what there is.
    private mutating func settle(
        _ index: Int32, _ doubt: LanePartition.Doubt, _ findings: ExaminationAnswer.Findings, at now: Instant
    ) {
        if let before = doubt.stoppedBefore {
            partitions[index].doubt = nil
            partitions[index].state = before
        } else if case .forbidden(let reason) = findings {
            partitions[index].doubt = nil
            setRefused(index, reason: reason, at: now)
        } else if case .log(let findings) = findings {
            judge(index, doubt.doubt, findings, at: now)
        }
    }

    mutating func askAgain(_ index: Int32, reason: String, at now: Instant) {
        partitions[index].state = .examining(reason: reason)
        let due = restAfterDoubt(index, at: now)
        partitions[index].doubt?.examineAt = due
        partitions[index].doubt?.ticket = nil
    }

    private func index(ofTicket ticket: Int) -> Int32? {
        partitions.indexes.first { partitions[$0].doubt?.ticket == ticket }
    }

    private mutating func judge(_ index: Int32, _ doubt: SourceDoubt, _ findings: LogFindings, at now: Instant) {
        let partition = partitions[index]
        let position = partition.window.readAt
        switch LossJudgement.judge(doubt, position: position, mark: partition.mark, findings) {
        case .proveAgain:
            tellReturn(of: partition.source, doubt)
            readOn(index)
        case .goOn:
            tellReturn(of: partition.source, doubt)
            partitions[index].forgetMarks()
            readOn(index)
        case .lost(let loss):
            let policy = settings.policies(partition.source.topic).onLoss
            board.counters.noteLoss(of: loss.missing)
            post(.loss(partition.source, reason: loss.description, policy: policy))
            guard let target = loss.target(policy) else {
                partitions[index].doubt = nil
                setStopped(
                    index,
                    reason: "\(loss); set `on-loss: skip` or `on-loss: restart`, or the position with "
                        + "`martlet positions set`")
                return
            }
            tellReturn(of: partition.source, doubt)
            partitions[index].doubt?.target = target
            partitions[index].doubt?.judgedAt = position
            partitions[index].doubt?.ticket = nil
            partitions[index].state = .examining(reason: "what was read before is still on its way")
            hasDoubts = true
        }
    }

    private func tellReturn(of source: TopicPartition, _ doubt: SourceDoubt) {
        if doubt == .returned { post(.partitionGoesOn(source)) }
    }

    /// Goes on elsewhere: with the next commit the position stands there.
    private mutating func jump(_ index: Int32, to offset: Int64, at now: Instant) {
        partitions[index].jump(to: offset)
        uncommittedSince = uncommittedSince ?? now
        readOn(index)
    }

    mutating func readOn(_ index: Int32) {
        partitions[index].doubt = nil
        partitions[index].state = .starting
        read(index)
    }
}

extension LanePartition {
    /// A log that is being asked about.
    struct Doubt: Hashable {
        let doubt: SourceDoubt
        /// When the source is asked; `nil` while the question is on its way.
        var examineAt: Instant?
        var ticket: Int?
        /// Where to go on, once nothing is on its way any more.
        var target: Int64?
        var judgedAt: Int64?
        /// Since when, and how often in a row, the source did not show it.
        var absentSince: Instant?
        var absences = 0
        /// It is sure that the source has deleted it: let go of once nothing is on its way any more.
        var absence: SourceAbsence?
        /// What the partition was before, where it is to be that again unless it is gone.
        var stoppedBefore: State?

        init(_ doubt: SourceDoubt, examineAt: Instant) {
            self.doubt = doubt
            self.examineAt = examineAt
        }
    }

    /// Everything that was read is acknowledged and committed. A jump from anywhere else could lose what an abort takes back.
    var isAtRest: Bool { window.outstanding == 0 && !isDirty }

    /// The newest mark that is known to be acknowledged.
    var mark: RecordMark? {
        var trail = trail
        trail.settle(below: window.resumeAt)
        return trail.settled
    }

    mutating func forgetMarks() {
        trail = MarkTrail(nil)
        committedMark = nil
    }

    mutating func jump(to offset: Int64) {
        window.rewind(to: offset)
        forgetMarks()
        knownEnd = nil
        jumpedTo = offset
    }

    /// Back to what is committed (exactly-once), or acknowledged. A jump is no less than a commit: what lies before it
    /// is not there.
    mutating func rewind(_ delivery: Delivery) {
        switch delivery {
        case .exactlyOnce:
            stability.noteEnd(committed: false)
            window.rewind(to: jumpedTo ?? committed)
            trail = MarkTrail(jumpedTo == nil ? committedMark : nil)
        case .atLeastOnce:
            trail = MarkTrail(mark)
            window.rewind(to: window.resumeAt)
        }
    }

    mutating func noteCommit(_ offset: Int64, _ mark: RecordMark?) {
        committed = offset
        committedMark = mark
        stability.noteEnd(committed: true)
        trail.settle(below: offset)
        if window.outstanding == 0 { reachedAtRest = reached }
        jumpedTo = nil
        doubtsInARow = 0
        if state == .starting { state = .running }
    }
}
