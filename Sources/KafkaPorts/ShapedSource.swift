import Engine
import Model
import RdKafka
import Records
import Shaping

/// The record lane's source with shaping behind it: the lane sees only what is to be sent, when it is to be sent, and
/// as it is to be sent. What waits here for its time was never handed out, so a seek or a revoke simply forgets it.
package struct ShapedSource: SourcePort, ~Copyable {
    private var base: RecordSource
    private var shaper: RecordShaper
    private let board: ShapeBoard
    private let isSanitizing: Bool
    /// What was polled and not shaped yet.
    private var raw: ReadBatch
    /// What is let go of passes through it: a batch knows how to release.
    private var bin = SourceConsumer.makeBatch(capacity: 1)
    private let waiting: (any WaitingRoom)?
    /// Partitions of which enough waits are read no further, and others are.
    private let canHalt: Bool
    /// Of a replay.
    private let window: ReplayWindow?
    private var passages: [Int32: Passage] = [:]
    /// With `excess: sample_down`.
    private var descent: SampleDescent?

    /// What is known of one partition, and not told to the lane yet.
    private struct Passage {
        let partition: TopicPartition
        let window: Range<Int64>?
        /// Where the base is to go on after it was halted, and the record that it must find again.
        var nextOffset: Int64
        var lastRead: RecordMark?
        var reading = Reading.goesOn
        /// As last seen before it was halted.
        var highWatermark: Int64?
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

        init(_ start: Engine.PartitionStart, window: Range<Int64>?) {
            self.window = window
            partition = start.partition
            nextOffset = start.offset
            lastRead = start.mark
        }
    }

    /// Whether the base reads the partition.
    private enum Reading {
        case goesOn
        /// Enough of it waits.
        case isHalted
        /// All of the window was read.
        case isOver
    }

    /// A position that moves only over records that are left out is told so often at most.
    private static let tellMilliseconds: Int64 = 100
    private static let markMilliseconds: Int64 = 1_000

    package init(
        _ base: consuming RecordSource, flow: FlowDefinition, lane: Int, board: ShapeBoard, bytesMax: Int
    ) {
        self.base = base
        self.board = board
        isSanitizing = flow.shape.sanitize != nil
        shaper = RecordShaper(flow, board: board)
        raw = SourceConsumer.makeBatch(capacity: Self.pollMax)
        switch flow.shape.pace {
        case nil: waiting = nil
        case .rate(let rate):
            let share = bytesMax / Self.paceShare
            waiting =
                rate.scope == .global
                ? Pacer(rate, board: board, bytesMax: share) : ScopePacer(rate, board: board, bytesMax: share)
        case .original: waiting = board.replay.map { ReplayRoom($0, lane: lane, board: board, bytesMax: bytesMax) }
        }
        window = flow.shape.pace?.replay.map(ReplayWindow.init)
        canHalt = waiting.map { !($0 is Pacer) } ?? false
        descent = flow.shape.pace?.rate?.excess == .sampleDown ? SampleDescent(board) : nil
    }

    private static let pollMax = 1_024
    /// Records that wait for a rate need less room than those that are read ahead of their time.
    private static let paceShare = 4

    // MARK: Partitions

    package mutating func assign(_ starts: [Engine.PartitionStart]) throws(SourceFault) {
        for start in starts { try shaper.open(start.index, start.partition) }
        for start in starts { open(start) }
        try base.assign(starts)
    }

    package mutating func unassign(_ indexes: [Int32]) throws(SourceFault) {
        let held = indexes.filter { passages[$0]?.reading == .goesOn }
        forget(indexes)
        for index in indexes { shaper.close(index) }
        try base.unassign(held)
    }

    package mutating func seek(_ targets: [Engine.PartitionStart]) throws(SourceFault) {
        let halted = targets.filter { target in passages[target.index].map { $0.reading != .goesOn } ?? false }
        let halts = Set(halted.map(\.index))
        forget(targets.map(\.index))
        for target in targets { open(target) }
        try base.seek(targets.filter { !halts.contains($0.index) })
        try base.assign(halted)
    }

    private mutating func open(_ start: Engine.PartitionStart) {
        passages[start.index] = Passage(start, window: window?.offsets(of: start.partition))
        waiting?.open(start.index, start.partition)
    }

    private mutating func forget(_ indexes: [Int32]) {
        for index in indexes { passages[index] = nil }
        let gone = waiting?.close(indexes) ?? 0
        board.counts.waiting.add(-gone)
        board.counts.offered.add(-gone)
    }

    // MARK: Halts

    /// Reads partitions of which enough waits no further, and others again.
    private mutating func attendHalts() {
        while let (index, isPaused) = waiting?.nextChange() {
            guard passages[index] != nil, passages[index]!.reading != .isOver else { continue }
            if isPaused { halt(index, .isHalted) } else { goOn(index) }
        }
    }

    /// As a seek does it: given up, with all that waits in the base, and taken again where it was left. A consumer's own
    /// pause would throw as much away.
    private mutating func halt(_ index: Int32, _ reading: Reading) {
        guard passages[index]!.reading == .goesOn else {
            passages[index]!.reading = reading
            return
        }
        let high = base.highWatermark(of: index)
        do throws(SourceFault) {
            try base.unassign([index])
            passages[index]!.reading = reading
            passages[index]!.highWatermark = high
        } catch {
            // It is read on, then; the room has twice its bound for that.
        }
    }

    private mutating func goOn(_ index: Int32) {
        guard let passage = passages[index], passage.reading == .isHalted else { return }
        do throws(SourceFault) {
            try base.assign([
                Engine.PartitionStart(
                    index: index, partition: passage.partition, offset: passage.nextOffset, mark: passage.lastRead)
            ])
            passages[index]!.reading = .goesOn
        } catch {
            passages[index]!.stop = "it could not be read on: \(error)"
        }
    }

    // MARK: Reads

    package mutating func poll(into hand: inout ReadBatch, upTo limit: Int, waitMilliseconds: Int32) {
        shaper.attend()
        guard !isHalted else { return pause(milliseconds: Int(min(waitMilliseconds, Self.sleepMilliseconds))) }
        defer { if board.proof.isAlarmed { takeBack(&hand) } }
        guard let waiting else {
            base.poll(into: &raw, upTo: min(limit, hand.room), waitMilliseconds: waitMilliseconds)
            shapeAll(into: &hand)
            return
        }
        release(into: &hand, upTo: limit)
        attendHalts()
        let wait = hand.isEmpty ? min(waitMilliseconds, waiting.waitMilliseconds(at: .now)) : 0
        let room = takesSample(room: waiting.room)
        if room > 0 {
            base.poll(into: &raw, upTo: room, waitMilliseconds: wait)
            shapeAll(into: &hand)
        } else if hand.isEmpty, wait > 0 {
            pause(milliseconds: Int(min(wait, Self.sleepMilliseconds)))
        }
        if hand.isEmpty, !board.proof.isAlarmed { release(into: &hand, upTo: limit) }
    }

    /// Takes the share of ids that all processes take now; answers how much may be read.
    private mutating func takesSample(room: Int) -> Int {
        guard let change = descent?.attend(isFull: room == 0, at: .now) else { return room }
        switch change {
        case .unknown: return 0
        case .same: return room
        case .step(let step):
            shaper.lowerSample(to: SampleLadder.factor(step: step))
            return room
        }
    }

    /// An order to the lane waits as long at most, while nothing can be read.
    private static let sleepMilliseconds: Int32 = 5

    /// Something was found that should not pass; or the kill switch was thrown, which a pacer obeys by itself.
    private var isHalted: Bool { board.proof.isAlarmed || waiting == nil && board.isPaused }

    /// What this poll brought was not searched, but for a share, and the lane has not noted it yet.
    private func takeBack(_ hand: inout ReadBatch) {
        board.counts.sent.add(-hand.count)
        board.counts.offered.add(-hand.count)
        if waiting != nil { for index in 0..<hand.count { board.counts.sentBytes.add(-Int(hand[index].bytes)) } }
        hand.discard { _ in true }
    }

    private mutating func shapeAll(into hand: inout ReadBatch) {
        guard !raw.isEmpty else { return }
        let now = Instant.now
        board.counts.offered.add(raw.count)
        while !raw.isEmpty, !board.proof.isAlarmed {
            let read = raw[0]
            let index = read.partition
            guard passages[index]?.isStopped == false else {
                raw.releaseFirst()
                board.counts.offered.add(-1)
                continue
            }
            if waiting == nil, shaper.isIdle(index) {
                handOnRun(of: index, into: &hand)
                continue
            }
            let timestamp = waiting == nil ? -1 : RecordView(read).timestampMilliseconds
            // Once for each run of a partition.
            if canHalt, raw.count == 1 || raw[1].partition != index { noteRead(read) }
            if let window {
                let place = window.place(of: timestamp, at: read.offset, in: passages[index]!.window)
                guard isInside(place, read, at: now) else { continue }
            }
            switch shaper.shape(read) {
            case .goesOn(let shaped):
                _ = raw.takeFirst()
                passages[index]!.passed = nil
                keep(shaped, timestamp, in: &hand, at: now)
            case .isLeftOut:
                pass(read, at: now)
                raw.releaseFirst()
            case .stops(let reason):
                passages[index]!.isStopped = true
                passages[index]!.stop = reason
                board.counts.offered.add(-1)
                raw.releaseFirst()
            case .leaks:
                board.counts.offered.add(-1)
                _ = raw.takeFirst()
            }
        }
        board.counts.offered.add(-raw.count)
    }

    /// Reads of a partition to which nothing is to be done, as far as they come in a row: what they cost is paid once.
    private mutating func handOnRun(of index: Int32, into hand: inout ReadBatch) {
        var count = 0
        while !raw.isEmpty, raw[0].partition == index {
            hand.append(raw.takeFirst())
            count += 1
        }
        passages[index]!.passed = nil
        board.counts.sent.add(count)
    }

    /// Where the base is to go on when it was halted.
    private mutating func noteRead(_ read: Read) {
        passages[read.partition]!.nextOffset = read.nextOffset
        passages[read.partition]!.lastRead = base.checksum(of: read).map {
            RecordMark(offset: read.offset, checksum: $0)
        }
    }

    /// Whether a read of a replay belongs to it; one that does not is let go of.
    private mutating func isInside(_ place: ReplayWindow.Place, _ read: Read, at now: Instant) -> Bool {
        let index = read.partition
        if place == .after { noteRead(read) }
        switch place {
        case .inside: return true
        case .before:
            board.counts.outsideWindow.add(1)
            pass(read, at: now)
        case .after:
            board.counts.offered.add(-1)
            passages[index]!.passed = read.offset
            passages[index]!.isStopped = true
            waiting?.noteEnd(of: index)
            halt(index, .isOver)
        }
        raw.releaseFirst()
        return false
    }

    private mutating func keep(_ read: Read, _ timestamp: Int64, in hand: inout ReadBatch, at now: Instant) {
        guard let waiting else {
            hand.append(read)
            board.counts.sent.add(1)
            return
        }
        waiting.append(read, timestamp: timestamp, at: now)
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
            switch waiting!.next(at: now) {
            case .nothing: return
            case .goesOn(let read):
                noteGone(read.partition)
                board.counts.sent.add(1)
                board.counts.sentBytes.add(Int(read.bytes))
                hand.append(read)
            case .isLeftOut(let read):
                noteGone(read.partition)
                board.counts.droppedByRate.add(1)
                pass(read, at: now)
                bin.append(read)
                bin.releaseFirst()
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
                waiting?.noteEnd(of: index)
            } else {
                events.append(event)
            }
        }
        // After an alarm positions stay in front of what was read and not handed on.
        guard !passages.isEmpty, !board.proof.isAlarmed else { return events }
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
        // What was read behind the record that stopped it was thrown away: its end was not reached.
        if let end = passages[index]!.end, !passages[index]!.isStopped {
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

    package func highWatermark(of index: Int32) -> Int64? {
        guard let passage = passages[index], passage.reading != .goesOn else { return base.highWatermark(of: index) }
        return passage.highWatermark
    }

    /// A flow that sanitizes lets no record be copied as the source has it.
    package func copy(of read: Read) -> RecordCopy? { isSanitizing ? nil : base.copy(of: read) }
}
