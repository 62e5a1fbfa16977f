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
    private let clients: Clients
    private var division: QuietPartitions
    /// Given up by one client and not taken by the other: tried again.
    private var strays: [QuietPartitions.Move] = []
    /// Partitions that the lively client was ever given: librdkafka's threads look through all that they have known,
    /// whenever they wake, and only a new client forgets them.
    private var known: Set<TopicPartition> = []

    /// How the clients are made, and who is asked about partitions before either reads them.
    package struct Clients {
        let makeLively: () throws(KafkaFault) -> SourceConsumer
        let makeQuiet: () throws(KafkaFault) -> SourceConsumer
        let askForEnds: ([TopicPartition]) -> [TopicPartition: Int64]

        /// - Parameters:
        ///   - makeLively: called again when the one that is there knows too much.
        ///   - makeQuiet: called once there is use for it.
        ///   - askForEnds: waits for an answer, a moment at most; what it leaves out is unknown.
        package init(
            makeLively: @escaping () throws(KafkaFault) -> SourceConsumer,
            makeQuiet: @escaping () throws(KafkaFault) -> SourceConsumer,
            askForEnds: @escaping ([TopicPartition]) -> [TopicPartition: Int64]
        ) {
            self.makeLively = makeLively
            self.makeQuiet = makeQuiet
            self.askForEnds = askForEnds
        }
    }

    package init(
        _ clients: Clients, limits: QuietPartitions.Limits = QuietPartitions.Limits()
    ) throws(KafkaFault) {
        lively = try clients.makeLively()
        self.clients = clients
        division = QuietPartitions(limits)
    }

    /// Read by the quiet client at the moment.
    package var quietCount: Int { division.quietCount }
    /// That the lively client has been given since it was made.
    package var knownCount: Int { known.count }

    /// Of many partitions those that stand at their end are the quiet client's from the beginning.
    ///
    /// - Parameter handedOutFrom: where it is below no offset that is handed out; the reading may begin lower.
    package mutating func assign(_ starts: [RdKafka.PartitionStart], handedOutFrom: [Int64]) throws(KafkaFault) {
        let silent = beginQuietly(resting(among: starts, handedOutFrom))
        let others = starts.filter { !silent.contains($0.index) }
        do throws(KafkaFault) {
            try lively.assign(others)
        } catch {
            try? quiet?.unassign(Array(silent))
            throw error
        }
        known.formUnion(others.map(\.partition))
        for (start, offset) in zip(starts, handedOutFrom) {
            division.begin(start.index, of: start.partition, at: offset, isQuiet: silent.contains(start.index))
        }
    }

    private func resting(
        among starts: [RdKafka.PartitionStart], _ handedOutFrom: [Int64]
    ) -> [RdKafka.PartitionStart] {
        guard division.isWorthAsking(about: starts.count) else { return [] }
        let ends = clients.askForEnds(starts.map(\.partition))
        return zip(starts, handedOutFrom).filter { ends[$0.partition] == $1 }.map(\.0)
    }

    /// Whom of them the quiet client takes; none where there is no client to be had.
    private mutating func beginQuietly(_ starts: [RdKafka.PartitionStart]) -> Set<Int32> {
        guard !starts.isEmpty else { return [] }
        do throws(KafkaFault) {
            try quietClient().begin(starts)
            return Set(starts.map(\.index))
        } catch {
            return []
        }
    }

    private mutating func quietClient() throws(KafkaFault) -> QuietConsumer {
        if let quiet { return quiet }
        let made = QuietConsumer(try clients.makeQuiet())
        quiet = made
        return made
    }

    package mutating func unassign(_ indexes: [Int32]) throws(KafkaFault) {
        let astray = Set(strays.map(\.index))
        strays.removeAll { indexes.contains($0.index) }
        let held = indexes.filter { !astray.contains($0) }
        let (silent, loud) = (held.filter(division.isQuiet), held.filter { !division.isQuiet($0) })
        for index in indexes { division.forget(index) }
        try quiet?.unassign(silent)
        try lively.unassign(loud)
    }

    /// Goes on reading elsewhere, each with its client: a lane that goes back goes back with all that it has.
    package mutating func seek(_ starts: [RdKafka.PartitionStart], handedOutFrom: [Int64]) throws(KafkaFault) {
        let sought = Set(starts.map(\.index))
        let astray = Set(strays.map(\.index))
        strays.removeAll { sought.contains($0.index) }
        try quiet?.seek(starts.filter { division.isQuiet($0.index) })
        try lively.seek(
            starts.filter { !division.isQuiet($0.index) && !astray.contains($0.index) }
                .map { SeekTarget(index: $0.index, offset: $0.offset) })
        try lively.assign(starts.filter { astray.contains($0.index) })
        for (start, offset) in zip(starts, handedOutFrom) {
            division.begin(start.index, of: start.partition, at: offset, isQuiet: division.isQuiet(start.index))
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
        let wait = came > 0 ? 0 : min(waitMilliseconds, quiet.waitMilliseconds)
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
        return lively.takeEvents() + quiet.takeEvents()
    }

    /// Of thousands of partitions at rest nobody is asked.
    package func highWatermark(of index: Int32) -> Int64? {
        if let place = division.restingPlace(of: index) { return place }
        if let quiet, division.isQuiet(index) { return quiet.consumer.highWatermark(index) }
        guard !strays.contains(where: { $0.index == index }) else { return nil }
        return lively.highWatermark(index)
    }

    // MARK: Moves

    private mutating func calm(_ moves: [QuietPartitions.Move]) {
        guard !moves.isEmpty else { return }
        let quiet: QuietConsumer
        do throws(KafkaFault) {
            quiet = try quietClient()
            try lively.unassign(moves.map(\.index))
        } catch {
            // No thread or no descriptor for another client: everything stays where it is.
            return division.takeBack(moves)
        }
        do throws(KafkaFault) {
            try quiet.consumer.assign(moves.map(\.start))
        } catch {
            division.takeBack(moves)
            take(moves)
        }
        if strays.isEmpty, let held = division.better(than: known.count) { renewLively(for: held) }
    }

    /// A new lively client that knows only what it reads. Without one the old one goes on.
    private mutating func renewLively(for held: [QuietPartitions.Move]) {
        do throws(KafkaFault) {
            var renewed = try clients.makeLively()
            try lively.unassign(held.map(\.index))
            do throws(KafkaFault) {
                try renewed.assign(held.map(\.start))
            } catch {
                return take(held)
            }
            lively = renewed
            known = Set(held.map(\.partition))
        } catch {}
    }

    private mutating func wake(_ moves: [QuietPartitions.Move]) {
        guard !moves.isEmpty else { return }
        do throws(KafkaFault) {
            try quiet?.unassign(moves.map(\.index))
        } catch {
            return division.takeBack(moves)
        }
        take(moves)
    }

    /// Has the lively client read what nobody does.
    private mutating func take(_ moves: [QuietPartitions.Move]) {
        do throws(KafkaFault) {
            try lively.assign(moves.map(\.start))
            known.formUnion(moves.map(\.partition))
        } catch {
            strays += moves
        }
    }
}

extension QuietPartitions.Move {
    fileprivate var start: RdKafka.PartitionStart {
        RdKafka.PartitionStart(index: index, partition: partition, offset: offset)
    }
}
