import Model
import Positions
import Records

/// One lane: the partitions of some slots, moved by one thread that owns all of this outright.
///
/// `turn(at:)` is the whole flow, top to bottom. The ports are real Kafka or a simulated one; the lane knows no thread
/// and no clock. Errands, recovery and the partitions' coming and going stand in files of their own.
package struct Lane<Source: SourcePort & ~Copyable, Destination: DestinationPort & ~Copyable>: ~Copyable {
    let settings: LaneSettings
    var source: Source
    var destination: Destination
    let mailbox: LaneMailbox
    let board: LaneBoard
    let post: (LaneNews) -> Void

    var phase: LanePhase
    var partitions = LanePartitions()
    var slots: Set<Slot> = []
    var errands: [Errand] = []
    /// Reads that were polled and not yet taken by the destination.
    var hand: ReadBatch
    var reports: ReportBatch
    /// When the oldest read or position came that is not committed.
    var uncommittedSince: Instant?
    var uncommittedBytes = 0
    /// Exactly once: acknowledged in the open transaction, and counted with its commit.
    var undecided = (records: 0, bytes: 0)
    /// Positions that are being committed beside the lane's own work.
    var committing: [CommittedPosition]?
    /// Exactly once: positions that the open transaction holds already.
    var writtenAhead: [Int32: Position] = [:]
    /// Producers are missing: at first, and after they were taken down.
    var needsSetUp = true
    /// When partitions were last looked at for standing still.
    var attendedAt: Instant?
    var pace = Pace()
    var probation = Probation()
    var poison = Poison()
    var seeks = LaneSeeks()
    /// Some partition's log is in doubt.
    var hasDoubts = false
    var lastTicket = 0
    /// Doubts that came while partitions were put down.
    var keptEvents: [SourceEvent] = []
    /// A partition whose destination is no more what it was, and is to be stopped for it.
    var destinationLoss: (source: TopicPartition, reason: String)?

    package init(
        _ settings: LaneSettings, source: consuming Source, destination: consuming Destination,
        hand: consuming ReadBatch, mailbox: LaneMailbox, board: LaneBoard, post: @escaping (LaneNews) -> Void
    ) {
        self.settings = settings
        self.source = source
        self.destination = destination
        self.hand = hand
        self.mailbox = mailbox
        self.board = board
        self.post = post
        phase = LanePhase(settings)
        reports = ReportBatch(capacity: settings.budget.recordsMax)
    }

    package var isStopped: Bool { phase.state == .stopped }

    /// One turn: obey orders; then read and send, or drain, or commit, or run an errand, as the phase says; then learn
    /// what was acknowledged. Returns `false` when the lane has stopped.
    package mutating func turn(at now: Instant) -> Bool {
        for order in mailbox.take() { obey(order, at: now) }
        let action = phase.next(view(at: now))
        do throws(DestinationFault) {
            if needsSetUp, action.needsDestination { try setUp() }
            switch action {
            case .move(let waitMilliseconds):
                read(waitMilliseconds: waitMilliseconds, at: now)
                try destination.send(&hand)
            case .drain:
                try destination.send(&hand)
                try writeAhead()
            case .commit: try commit(at: now)
            case .serveErrand: try serveErrand(at: now)
            case .abandonErrand: try abandonErrand()
            case .rest: break
            case .halt: return false
            }
            try collect()
            try finishCommit(at: now)
            try attendSick(at: now)
            attendProbation(at: now)
            attendDoubts(at: now)
            attendSeeks(at: now)
        } catch {
            recover(from: error, at: now)
        }
        publish(at: now)
        return true
    }

    private mutating func setUp() throws(DestinationFault) {
        try destination.setUp()
        needsSetUp = false
    }

    private func view(at now: Instant) -> LaneView {
        LaneView(
            now: now, outstanding: partitions.outstanding, uncommittedSince: uncommittedSince,
            uncommittedBytes: uncommittedBytes, isCommitting: committing != nil, hasErrand: !errands.isEmpty,
            errandNeedsQuiet: errands.first?.needsQuiet ?? false, errandDeadline: errands.first?.deadline,
            isCommitUrgent: isQuarantineDue)
    }

    /// Polls while there is room, and notes what came. What the destination did not take last time goes first.
    private mutating func read(waitMilliseconds: Int32, at now: Instant) {
        guard hand.isEmpty else { return }
        let room = room
        guard room > 0, !slots.isEmpty || waitMilliseconds > 10 else { return }
        let bytesBefore = partitions.outstandingBytes
        source.poll(into: &hand, upTo: room, waitMilliseconds: waitMilliseconds)
        let events = takeEvents(at: now)
        discardStoppedReads()
        let poisonous = takePoison()
        partitions.noteReads(hand, from: 0)
        markReads()
        pass(poisonous, at: now)
        if !hand.isEmpty {
            uncommittedSince = uncommittedSince ?? now
            uncommittedBytes += partitions.outstandingBytes - bytesBefore
            board.counters.noteReads(hand.count)
        }
        guard !events.isEmpty else { return }
        for event in events { note(event, at: now) }
    }

    /// Notes doubts, and answers the other events.
    private mutating func takeEvents(at now: Instant) -> [SourceEvent] {
        var events = source.takeEvents()
        if !keptEvents.isEmpty {
            events += keptEvents
            keptEvents = []
        }
        guard !events.isEmpty else { return events }
        for case .doubt(let index, let why) in events { doubt(index, why, at: now) }
        return events
    }

    /// Takes the checksum of the last read of each run: enough to know the log again, and no cost per record.
    private mutating func markReads() {
        for run in 0..<partitions.runEnds.count {
            let read = hand[partitions.runEnds[run]]
            guard let checksum = source.checksum(of: read) else { return }
            partitions.noteMark(RecordMark(offset: read.offset, checksum: checksum), of: read.partition)
        }
    }

    /// Reads that may be polled now. What stands still at the destination takes no room from the others, up to as much
    /// again: it is read no further.
    private var room: Int {
        let held = partitions.heldByWaiting
        let budget = settings.budget
        return budget.room(
            records: partitions.outstanding - min(held.records, budget.recordsMax),
            bytes: partitions.outstandingBytes - min(held.bytes, budget.bytesMax))
    }

    /// Learns what was acknowledged. Waits only where nothing else could happen: no room, or no reading at all.
    private mutating func collect() throws(DestinationFault) {
        let mayRead = phase.state == .steady && hand.isEmpty && room > 0
        destination.collectReports(into: &reports, waitMilliseconds: mayRead ? 0 : 10)
        let failure = noteReports()
        let cure: DestinationFault.Cure = settings.delivery == .exactlyOnce || failure == nil ? .abort : .renewData
        try attendDestinationLoss(cure)
        guard let undelivered = failure else { return }
        if let why = destination.failureOfTransaction() { throw why }
        throw DestinationFault(cure, "records came back undelivered: \(undelivered)")
    }

    /// Notes the reports; answers why some failed, if any did. A partition whose record will never be taken stops here.
    mutating func noteReports() -> String? {
        guard !reports.isEmpty else { return nil }
        var undelivered: String?
        var delivered = 0
        var bytes = 0
        // By index: an iterator of an array is an allocation per element where the compiler does not specialise it.
        for place in 0..<reports.reports.count {
            let report = reports.reports[place]
            if report.isDelivered { watchReach(report) }
            partitions.note(report)
            if report.isDelivered {
                delivered += Int(report.records)
                bytes += Int(report.bytes)
                continue
            }
            switch Destination.meaning(ofReport: report.code) {
            case .again:
                undelivered = undelivered ?? "error code \(report.code)"
            case .refused(let reason, let isAboutSize):
                undelivered = reason
                noteRefusal(report, reason: reason, isAboutSize: isAboutSize)
            case .setAside(let reason):
                undelivered = reason
                stopPartition(report.partition, reason: "the destination refuses offset \(report.offset): \(reason)")
            case .forbidden(let reason):
                undelivered = reason
                refuse(
                    report.partition, reason: "the destination refuses offset \(report.offset): \(reason)",
                    at: attendedAt ?? Instant(nanoseconds: 0))
            }
        }
        reports.removeAll()
        if settings.delivery == .exactlyOnce {
            undecided.records += delivered
            undecided.bytes += bytes
        } else {
            board.counters.noteDelivered(delivered, bytes: bytes)
        }
        return undelivered
    }

    private mutating func note(_ event: SourceEvent, at now: Instant) {
        switch event {
        case .doubt: break  // Noted before the reads.
        case .endOfPartition(let index, let offset):
            // Of a partition that was stopped in this poll, reads before that end were thrown away.
            guard partitions[index].state.isReading else { return }
            partitions[index].window.reachEnd(at: offset)
            if partitions[index].state == .starting { partitions[index].state = .running }
            if partitions[index].isDirty {
                uncommittedSince = uncommittedSince ?? now
            } else if partitions[index].window.outstanding == 0 {
                tellRecovery(of: index)
            }
        case .passed(let index, let offset, let mark):
            guard partitions[index].state.isReading else { return }
            partitions[index].window.reachEnd(at: offset)
            if let mark { partitions.noteMark(mark, of: index) }
            // What is left out was read, behind the proof of the log.
            if partitions[index].state == .starting { partitions[index].state = .running }
            if partitions[index].isDirty { uncommittedSince = uncommittedSince ?? now }
        case .partitionFault(let index, let reason):
            stopPartition(index, reason: reason)
        case .partitionForbidden(let index, let reason):
            refuse(index, reason: reason, at: now)
        }
    }

    private func publish(at now: Instant) {
        board.publishIfDue(at: now) {
            partitions.indexes.map { index in
                let partition = partitions[index]
                let end = partition.state.isReading ? source.highWatermark(of: index) : nil
                return LaneBoard.Partition(
                    source: partition.source, slot: partition.slot, position: partition.committed, end: end,
                    state: partition.shownState(end: end), isJudged: partition.isJudged)
            }
        }
    }
}
