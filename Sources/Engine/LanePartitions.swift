import Model
import Positions
import Records

/// The partitions in a lane's hands, by the lane's own dense index, and what is outstanding of each.
///
/// An index is used again only when nothing of its last partition is in flight, so a late report cannot be counted for
/// a partition that came after.
struct LanePartitions {
    private(set) var entries: [LanePartition?] = []
    private var free: [Int32] = []
    /// Reads and bytes sent or in hand, and not yet reported.
    private(set) var outstanding = 0
    private(set) var outstandingBytes = 0
    /// Places in the hand at which a run of one partition ends: the reads that are marked.
    private(set) var runEnds: [Int] = []
    /// Some partition was set aside, and has records on their way, perhaps.
    var hasWaiting = false

    var indexes: [Int32] {
        entries.indices.filter { entries[$0] != nil }.map(Int32.init)
    }

    subscript(index: Int32) -> LanePartition {
        get {
            guard let entry = entries[Int(index)] else { preconditionFailure("no partition \(index) in this lane") }
            return entry
        }
        set { entries[Int(index)] = newValue }
    }

    /// Does something to a partition where it stands: by the subscript it would be copied out and in again.
    mutating func update<Result>(at place: Int, _ body: (inout LanePartition) -> Result) -> Result? {
        guard entries[place] != nil else { return nil }
        return body(&entries[place]!)
    }

    func holds(_ source: TopicPartition, at index: Int32) -> Bool {
        entries[Int(index)]?.source == source
    }

    /// What is on its way of partitions that wait for the destination.
    var heldByWaiting: (records: Int, bytes: Int) {
        guard hasWaiting else { return (0, 0) }
        var held = (records: 0, bytes: 0)
        for place in 0..<entries.count {
            guard case .waiting = entries[place]?.state else { continue }
            held.records += entries[place]!.window.outstanding
            held.bytes += entries[place]!.outstandingBytes
        }
        return held
    }

    mutating func add(_ start: LaneStart) -> Int32 {
        let partition = LanePartition(start)
        if let index = free.popLast() {
            entries[Int(index)] = partition
            return index
        }
        entries.append(partition)
        return Int32(entries.count - 1)
    }

    /// Takes a partition off the table. Nothing of it may be outstanding.
    mutating func remove(_ index: Int32) {
        precondition(self[index].window.outstanding == 0, "\(self[index].source) removed with reads in flight")
        entries[Int(index)] = nil
        free.append(index)
    }

    func indexes(in slots: Set<Slot>) -> [Int32] {
        indexes.filter { slots.contains(self[$0].slot) }
    }

    /// Notes what a poll brought, all of it, before it is sent. The hot loop: no allocation in the steady state.
    mutating func noteReads(_ hand: borrowing ReadBatch, from first: Int) {
        runEnds.removeAll(keepingCapacity: true)
        var run: Int32?
        for place in first..<hand.count {
            let read = hand[place]
            if let run, run != read.partition { runEnds.append(place - 1) }
            run = read.partition
            entries[Int(read.partition)]!.window.open(nextOffset: read.nextOffset)
            entries[Int(read.partition)]!.outstandingBytes += Int(read.bytes)
            outstanding += 1
            outstandingBytes += Int(read.bytes)
        }
        if run != nil { runEnds.append(hand.count - 1) }
    }

    mutating func noteMark(_ mark: RecordMark, of index: Int32) {
        entries[Int(index)]!.trail.settle(below: entries[Int(index)]!.window.resumeAt)
        entries[Int(index)]!.trail.note(mark)
    }

    /// A read left the hand without being sent.
    mutating func noteDiscard(_ read: Read) {
        entries[Int(read.partition)]!.window.fail(nextOffset: read.nextOffset)
        entries[Int(read.partition)]!.outstandingBytes -= Int(read.bytes)
        outstanding -= 1
        outstandingBytes -= Int(read.bytes)
    }

    /// Whether a delivered record got an offset that its destination had given before. Compared with what was reached
    /// when nothing was on its way, since reports may overtake each other. Of a batch that was stored at an earlier try
    /// already, the broker may tell none.
    func goesBack(_ report: DeliveryReport) -> Bool {
        report.destinationOffset >= 0 && report.destinationOffset <= entries[Int(report.partition)]!.reachedAtRest
    }

    /// Notes one report. Delivered ones move their partition's position.
    mutating func note(_ report: DeliveryReport) {
        outstanding -= 1
        outstandingBytes -= Int(report.bytes)
        let index = Int(report.partition)
        entries[index]!.outstandingBytes -= Int(report.bytes)
        guard report.isDelivered else {
            entries[index]!.window.fail(nextOffset: report.nextOffset)
            return
        }
        entries[index]!.window.settle(nextOffset: report.nextOffset)
        entries[index]!.stability.noteLanded(at: report.destinationOffset)
        if report.destinationOffset > entries[index]!.reached { entries[index]!.reached = report.destinationOffset }
    }
}

/// One source partition of a lane.
struct LanePartition {
    let source: TopicPartition
    let slot: Slot
    /// As read from the slot; its offset and reach are replaced at each commit.
    let origin: Position
    var window: PartitionWindow
    var outstandingBytes = 0
    /// The last committed position.
    var committed: Int64
    var reached: Int64
    /// What was reached when last everything was acknowledged.
    var reachedAtRest: Int64
    var state = State.starting
    /// Exactly once.
    var stability = Stability()
    /// When it last stood well, seen ten times a second: all acknowledged, or further than before.
    var progressedAt: Instant?
    /// What its position was then.
    var lastResumeAt: Int64?
    /// How often in a row it was set aside.
    var waits = 0
    /// A refused record that it stands at: on its way to the quarantine, or what it stops in front of.
    var quarantined: QuarantinedRecord?
    /// Why it stops as soon as everything before the record is committed.
    var stopsFor: String?
    /// How many it makes in a row.
    var quarantinedInARow = 0
    /// Marks of what was read, and the one that stands in the slot.
    var trail: MarkTrail
    var committedMark: RecordMark?
    /// Where it went on after a loss, until that is committed.
    var jumpedTo: Int64?
    var doubt: Doubt?
    var doubtsInARow = 0
    /// Where the log was last seen to end, when its reading was given up.
    var knownEnd: Int64?
    /// The last request to set its position that was answered.
    var seek: String?

    enum State: Hashable {
        case starting
        case running
        /// Set aside while the destination does not take its records: until then, or until what was sent arrives.
        case waiting(until: Instant?)
        /// Stands at a refused record until all before it is committed, and perhaps the record itself.
        case quarantining
        /// Not read until the source has told what it holds, or what was read has arrived.
        case examining(reason: String)
        /// A right is missing at one of its ends: tried again then.
        case refused(reason: String, until: Instant)
        case stopped(reason: String)
        /// The source deleted it. Nobody asks for it until the source shows it again.
        case gone(reason: String)

        var isReading: Bool {
            switch self {
            case .starting, .running: true
            case .waiting, .quarantining, .examining, .refused, .stopped, .gone: false
            }
        }
    }

    init(_ start: LaneStart) {
        source = start.source
        slot = start.slot
        origin = start.position
        window = PartitionWindow(at: start.position.offset)
        committed = start.position.offset
        reached = start.position.reached
        reachedAtRest = reached
        trail = MarkTrail(start.position.mark)
        committedMark = start.position.mark
        seek = start.position.seek
    }

    /// Acknowledged further than committed.
    var isDirty: Bool { window.resumeAt != committed || jumpedTo != nil }

    var position: Position {
        Position(
            offset: window.resumeAt, cluster: origin.cluster, to: origin.to, reached: reached, since: origin.since,
            mark: mark, seek: seek)
    }
}
