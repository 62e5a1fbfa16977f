import Engine
import Model
import RdKafka
import Records

/// The record lane's source with shaping behind it: the lane sees only what is to be sent, when it is to be sent, and
/// as it is to be sent. What waits here for its time was never handed out, so a seek or a revoke simply forgets it.
package struct ShapedSource: SourcePort, ~Copyable {
    private var base: RecordSource
    private var shaper: RecordShaper
    private let board: ShapeBoard
    private let isSanitizing: Bool
    /// What was polled and not shaped yet.
    private var raw: ReadBatch
    private let pacer: Pacer?
    private var passages: [Int32: Passage] = [:]

    /// What is not told to the lane yet of one partition.
    private struct Passage {
        /// Reads of it that wait for their time.
        var waiting = 0
        /// Everything below was handed out, waits, or is left out.
        var passed: Int64?
        var mark: RecordMark?
        var markedAt = Instant(nanoseconds: 0)
        var toldAt = Instant(nanoseconds: 0)
        var end: Int64?
        /// Why nothing of it goes on.
        var stop: String?
        var isStopped = false
    }

    /// A position that moves only over records that are left out is told so often at most.
    private static let tellMilliseconds: Int64 = 100
    private static let markMilliseconds: Int64 = 1_000

    package init(
        _ base: consuming RecordSource, flow: FlowDefinition, board: ShapeBoard, bytesMax: Int
    ) {
        self.base = base
        self.board = board
        isSanitizing = flow.shape.sanitize != nil
        shaper = RecordShaper(flow, board: board)
        raw = SourceConsumer.makeBatch(capacity: Self.pollMax)
        pacer = flow.shape.pace.map { Pacer($0, board: board, bytesMax: bytesMax) }
    }

    private static let pollMax = 1_024

    // MARK: Partitions

    package mutating func assign(_ starts: [Engine.PartitionStart]) throws(SourceFault) {
        for start in starts { try shaper.open(start.index, start.partition) }
        for start in starts { passages[start.index] = Passage() }
        try base.assign(starts)
    }

    package mutating func unassign(_ indexes: [Int32]) throws(SourceFault) {
        forget(indexes)
        for index in indexes { shaper.close(index) }
        try base.unassign(indexes)
    }

    package mutating func seek(_ targets: [Engine.PartitionStart]) throws(SourceFault) {
        forget(targets.map(\.index))
        for target in targets { passages[target.index] = Passage() }
        try base.seek(targets)
    }

    private mutating func forget(_ indexes: [Int32]) {
        for index in indexes { passages[index] = nil }
        let gone = pacer?.forget(indexes) ?? 0
        board.counts.waiting.add(-gone)
        board.counts.offered.add(-gone)
    }

    // MARK: Reads

    package mutating func poll(into hand: inout ReadBatch, upTo limit: Int, waitMilliseconds: Int32) {
        guard pacer != nil else {
            base.poll(into: &raw, upTo: min(limit, hand.room), waitMilliseconds: waitMilliseconds)
            shapeAll(into: &hand)
            return
        }
        release(into: &hand, upTo: limit)
        let wait = hand.isEmpty ? min(waitMilliseconds, pacer!.waitMilliseconds(at: .now)) : 0
        let room = pacer!.room
        if room > 0 {
            base.poll(into: &raw, upTo: room, waitMilliseconds: wait)
            shapeAll(into: &hand)
        } else if hand.isEmpty, wait > 0 {
            pause(milliseconds: Int(min(wait, Self.sleepMilliseconds)))
        }
        if hand.isEmpty { release(into: &hand, upTo: limit) }
    }

    /// An order to the lane waits as long at most, while nothing can be read.
    private static let sleepMilliseconds: Int32 = 5

    private mutating func shapeAll(into hand: inout ReadBatch) {
        guard !raw.isEmpty else { return }
        let now = Instant.now
        board.counts.offered.add(raw.count)
        while !raw.isEmpty {
            let read = raw[0]
            let index = read.partition
            guard passages[index]?.isStopped == false else {
                raw.releaseFirst()
                board.counts.offered.add(-1)
                continue
            }
            switch shaper.shape(read) {
            case .goesOn(let shaped):
                _ = raw.takeFirst()
                passages[index]!.passed = nil
                keep(shaped, in: &hand)
            case .isLeftOut:
                pass(read, at: now)
                raw.releaseFirst()
            case .stops(let reason):
                passages[index]!.isStopped = true
                passages[index]!.stop = reason
                board.counts.offered.add(-1)
                raw.releaseFirst()
            }
        }
    }

    private mutating func keep(_ read: Read, in hand: inout ReadBatch) {
        guard pacer != nil else {
            hand.append(read)
            board.counts.sent.add(1)
            return
        }
        pacer!.append(read)
        passages[read.partition]!.waiting += 1
        board.counts.waiting.add(1)
    }

    /// The record is left out: the position may go past it as soon as all before it has arrived.
    private mutating func pass(_ read: Read, at now: Instant) {
        let index = read.partition
        passages[index]!.passed = read.nextOffset
        guard now.milliseconds(since: passages[index]!.markedAt) >= Self.markMilliseconds else { return }
        passages[index]!.markedAt = now
        passages[index]!.mark = checksum(of: read).map { RecordMark(offset: read.offset, checksum: $0) }
    }

    private mutating func release(into hand: inout ReadBatch, upTo limit: Int) {
        let now = Instant.now
        while hand.count < limit, hand.room > 0 {
            switch pacer!.next(at: now) {
            case .nothing: return
            case .goesOn:
                let read = pacer!.takeFirst()
                noteGone(read.partition)
                board.counts.sent.add(1)
                board.counts.sentBytes.add(Int(read.bytes))
                hand.append(read)
            case .isLeftOut:
                let read = pacer!.first
                noteGone(read.partition)
                board.counts.droppedByRate.add(1)
                pass(read, at: now)
                pacer!.releaseFirst()
            }
        }
    }

    private mutating func noteGone(_ index: Int32) {
        passages[index]?.waiting -= 1
        board.counts.waiting.add(-1)
    }

    // MARK: Events

    package mutating func takeEvents() -> [Engine.SourceEvent] {
        var events: [Engine.SourceEvent] = []
        for event in base.takeEvents() {
            if case .endOfPartition(let index, let offset) = event, passages[index] != nil {
                passages[index]!.end = offset
            } else {
                events.append(event)
            }
        }
        guard !passages.isEmpty else { return events }
        let now = Instant.now
        for index in passages.keys where passages[index]!.waiting == 0 { tell(index, at: now, &events) }
        return events
    }

    /// Of a partition of which nothing waits.
    private mutating func tell(_ index: Int32, at now: Instant, _ events: inout [Engine.SourceEvent]) {
        if let passed = passages[index]!.passed,
            passages[index]!.end != nil || passages[index]!.stop != nil
                || now.milliseconds(since: passages[index]!.toldAt) >= Self.tellMilliseconds
        {
            events.append(.passed(index: index, offset: passed, mark: passages[index]!.mark))
            passages[index]!.passed = nil
            passages[index]!.mark = nil
            passages[index]!.toldAt = now
        }
        if let end = passages[index]!.end {
            events.append(.endOfPartition(index: index, offset: end))
            passages[index]!.end = nil
        }
        if let stop = passages[index]!.stop {
            events.append(.partitionFault(index: index, reason: stop))
            passages[index]!.stop = nil
        }
    }

    // MARK: What is passed on

    package mutating func examine(_ examinations: [Examination]) { base.examine(examinations) }

    package func checksum(of read: Read) -> UInt64? { base.checksum(of: read) }

    package func highWatermark(of index: Int32) -> Int64? { base.highWatermark(of: index) }

    /// A flow that sanitizes lets no record be copied as the source has it.
    package func copy(of read: Read) -> RecordCopy? { isSanitizing ? nil : base.copy(of: read) }
}
