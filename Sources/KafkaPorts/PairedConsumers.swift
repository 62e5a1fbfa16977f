import Model
import RdKafka
import Records

/// A lane's source clients: the lively one, and beside many partitions a quiet one for those that bring next to
/// nothing (`QuietPartitions`), so that the others are not fetched together with them.
///
/// A partition is read by one of them at a time. It is moved as a seek is done: given up there, with all that waits in
/// that client's queue, and taken here at the offset that follows what was handed out. So nothing is read twice, left
/// out or overtaken.
package struct PairedConsumers: ~Copyable {
    private var lively: SourceConsumer
    private var quiet: QuietConsumer?
    private let makeQuiet: () throws(KafkaFault) -> SourceConsumer
    private var division: QuietPartitions
    /// Given up by one client and not taken by the other: tried again.
    private var strays: [QuietPartitions.Move] = []

    /// - Parameter makeQuiet: called once there is use for it.
    package init(
        _ lively: consuming SourceConsumer, limits: QuietPartitions.Limits = QuietPartitions.Limits(),
        makeQuiet: @escaping () throws(KafkaFault) -> SourceConsumer
    ) {
        self.lively = lively
        self.makeQuiet = makeQuiet
        division = QuietPartitions(limits)
    }

    /// Read by the quiet client at the moment.
    package var quietCount: Int { division.quietCount }

    /// - Parameter handedOutFrom: where it is below no offset that is handed out; the reading may begin lower.
    package mutating func assign(_ starts: [RdKafka.PartitionStart], handedOutFrom: [Int64]) throws(KafkaFault) {
        try lively.assign(starts)
        for (start, offset) in zip(starts, handedOutFrom) {
            division.begin(start.index, of: start.partition, at: offset)
        }
    }

    package mutating func unassign(_ indexes: [Int32]) throws(KafkaFault) {
        let astray = Set(strays.map(\.index))
        strays.removeAll { indexes.contains($0.index) }
        let held = indexes.filter { !astray.contains($0) }
        let (silent, loud) = (held.filter(division.isQuiet), held.filter { !division.isQuiet($0) })
        for index in indexes { division.forget(index) }
        try quiet?.consumer.unassign(silent)
        try lively.unassign(loud)
    }

    /// Goes on reading elsewhere, with the lively client.
    package mutating func seek(_ starts: [RdKafka.PartitionStart], handedOutFrom: [Int64]) throws(KafkaFault) {
        let astray = Set(strays.map(\.index))
        let elsewhere = starts.filter { division.isQuiet($0.index) || astray.contains($0.index) }
        let moved = Set(elsewhere.map(\.index))
        try unassign(Array(moved))
        try lively.seek(
            starts.filter { !moved.contains($0.index) }.map { SeekTarget(index: $0.index, offset: $0.offset) })
        try lively.assign(elsewhere)
        for (start, offset) in zip(starts, handedOutFrom) {
            division.begin(start.index, of: start.partition, at: offset)
        }
    }

    /// What the quiet client has goes first, and not more than half of it: neither keeps the other waiting.
    package mutating func poll(
        into hand: inout ReadBatch, upTo limit: Int, waitMilliseconds: Int32, at now: Instant
    ) {
        if !strays.isEmpty { take(exchange(&strays, with: [])) }
        if let moves = division.moves(at: now) {
            wake(moves.toLively)
            calm(moves.toQuiet)
        }
        guard let quiet else {
            lively.poll(into: &hand, upTo: limit, waitMilliseconds: waitMilliseconds)
            return
        }
        let before = hand.count
        quiet.pollIfDue(into: &hand, upTo: max(1, limit / 2), at: now)
        let came = hand.count - before
        let wait = came > 0 ? 0 : min(waitMilliseconds, QuietConsumer.waitMilliseconds)
        lively.poll(into: &hand, upTo: limit - came, waitMilliseconds: wait)
    }

    /// Notes what of a poll is handed out.
    package mutating func note(_ hand: borrowing ReadBatch, from first: Int) {
        for place in first..<hand.count {
            let read = hand[place]
            division.noteRead(of: read.partition, nextOffset: read.nextOffset, bytes: read.bytes)
        }
    }

    /// Notes the end of a partition that is told.
    package mutating func noteEnd(of index: Int32, at offset: Int64) {
        division.noteEnd(of: index, at: offset)
    }

    package mutating func takeEvents() -> [RdKafka.SourceEvent] {
        guard let quiet else { return lively.takeEvents() }
        return lively.takeEvents() + quiet.consumer.takeEvents()
    }

    package func highWatermark(of index: Int32) -> Int64? {
        if let quiet, division.isQuiet(index) { return quiet.consumer.highWatermark(index) }
        guard !strays.contains(where: { $0.index == index }) else { return nil }
        return lively.highWatermark(index)
    }

    // MARK: Moves

    private mutating func calm(_ moves: [QuietPartitions.Move]) {
        guard !moves.isEmpty else { return }
        do throws(KafkaFault) {
            let quiet = if let quiet { quiet } else { QuietConsumer(try makeQuiet()) }
            self.quiet = quiet
            try lively.unassign(moves.map(\.index))
        } catch {
            // No thread or no descriptor for another client: everything stays where it is.
            return division.takeBack(moves)
        }
        do throws(KafkaFault) {
            try quiet?.consumer.assign(moves.map(\.start))
        } catch {
            division.takeBack(moves)
            take(moves)
        }
    }

    private mutating func wake(_ moves: [QuietPartitions.Move]) {
        guard !moves.isEmpty else { return }
        do throws(KafkaFault) {
            try quiet?.consumer.unassign(moves.map(\.index))
        } catch {
            return division.takeBack(moves)
        }
        take(moves)
    }

    /// Has the lively client read what nobody does.
    private mutating func take(_ moves: [QuietPartitions.Move]) {
        do throws(KafkaFault) {
            try lively.assign(moves.map(\.start))
        } catch {
            strays += moves
        }
    }
}

/// The client that reads quiet partitions. It fetches no more before it is emptied, so how often it is looked at bounds
/// how often thousands of partitions are fetched for the sake of a few records: at once after a rest, else four times a
/// second.
private final class QuietConsumer {
    var consumer: SourceConsumer
    private var lookedAt: Instant?
    private var broughtAt: Instant?
    private var holdsMore = false

    /// The lane waits no longer for the other client.
    static let waitMilliseconds: Int32 = 100
    private static let lookMilliseconds: Int64 = 20
    private static let restMilliseconds: Int64 = 250

    init(_ consumer: consuming SourceConsumer) {
        self.consumer = consumer
    }

    func pollIfDue(into hand: inout ReadBatch, upTo limit: Int, at now: Instant) {
        guard isDue(at: now) else { return }
        lookedAt = now
        let (wanted, first) = (min(limit, hand.room), hand.count)
        let taken = consumer.poll(into: &hand, upTo: wanted, waitMilliseconds: 0)
        holdsMore = taken == wanted
        var bytes = 0
        for place in first..<hand.count { bytes += Int(hand[place].bytes) }
        // What brings much is worth its fetches, and must not fall behind.
        if taken > 0, bytes < Self.restBytesMax { broughtAt = now }
    }

    private static let restBytesMax = 131_072

    private func isDue(at now: Instant) -> Bool {
        if holdsMore { return true }
        if let broughtAt, now.milliseconds(since: broughtAt) < Self.restMilliseconds { return false }
        guard let lookedAt else { return true }
        return now.milliseconds(since: lookedAt) >= Self.lookMilliseconds
    }
}

extension QuietPartitions.Move {
    fileprivate var start: RdKafka.PartitionStart {
        RdKafka.PartitionStart(index: index, partition: partition, offset: offset)
    }
}
