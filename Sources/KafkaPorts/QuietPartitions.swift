import Model

/// Decides which of a lane's partitions its quiet consumer reads. librdkafka names every partition in every fetch (it
/// has no fetch sessions, KIP-227), so a partition that brings nothing costs as much as the busiest one is fetched
/// often: it must be read by a client of its own.
///
/// A value that knows no Kafka: it is told what was read, and answers what is to be moved, and where the reading of it
/// goes on.
package struct QuietPartitions {
    package struct Limits: Sendable {
        /// With so many partitions or fewer, one client reads all of them.
        package var partitionsMax = 64
        /// Fewer quiet ones are not worth a client.
        package var quietMin = 32
        /// In one go, since the lane stands meanwhile.
        package var movesMax = 1_000
        package var lookMilliseconds: Int64 = 100
        /// A quiet partition that weighs more within a window becomes lively.
        package var windowMilliseconds: Int64 = 1_000
        package var windowWeightMax = 20
        /// A lively partition that weighs no more within a span, and is at its end, becomes quiet.
        package var spanMilliseconds: Int64 = 10_000
        package var spanWeightMax = 10
        /// Spans that a partition must be calm which does not stay quiet for long: twice as many each time.
        package var spansMax = 32
        /// A lively consumer that knows more, and four times as many as it reads, is worth a new one.
        package var knownMax = 256

        package init() {}
    }

    /// Where the reading of a partition goes on.
    package struct Move: Hashable, Sendable {
        package let index: Int32
        package let partition: TopicPartition
        package let offset: Int64
    }

    package struct Moves: Hashable, Sendable {
        package var toQuiet: [Move] = []
        package var toLively: [Move] = []
    }

    private struct Entry {
        let partition: TopicPartition
        /// What follows all that was handed out.
        var next: Int64
        /// Nothing stands at `next`, as far as known.
        var isAtEnd = false
        var isQuiet = false
        /// Nothing was handed out since its reading began.
        var isFresh = true
        /// Of the reads in this window or span.
        var weight = 0
        var calmSpans = 0
        var spansWanted = 1
        var quietSince: Instant?
    }

    private let limits: Limits
    private var entries: [Entry?] = []
    private var count = 0
    private(set) package var quietCount = 0
    private var lookedAt: Instant?
    private var windowBegan: Instant?
    private var spanBegan: Instant?

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    package func isQuiet(_ index: Int32) -> Bool {
        Int(index) < entries.count && entries[Int(index)]?.isQuiet == true
    }

    /// Whether it is worth a question where so many more partitions end, before their reading begins.
    package func isWorthAsking(about more: Int) -> Bool {
        more >= limits.quietMin && count + more > limits.partitionsMax
    }

    /// The end of a quiet partition that stands there.
    package func restingPlace(of index: Int32) -> Int64? {
        guard Int(index) < entries.count, let entry = entries[Int(index)], entry.isQuiet, entry.isAtEnd else {
            return nil
        }
        return entry.next
    }

    /// A partition is read by one of the consumers, and handed out from `offset` on.
    package mutating func begin(
        _ index: Int32, of partition: TopicPartition, at offset: Int64, isQuiet: Bool = false
    ) {
        forget(index)
        while entries.count <= Int(index) { entries.append(nil) }
        entries[Int(index)] = Entry(partition: partition, next: offset, isQuiet: isQuiet)
        count += 1
        if isQuiet { quietCount += 1 }
    }

    /// What the lively consumer reads, when it would be better read by a new one that knows nothing else. Not while the
    /// log of any may still have to be proved, which begins below what is handed out.
    package func better(than known: Int) -> [Move]? {
        guard known > limits.knownMax, known > 4 * (count - quietCount) else { return nil }
        var moves: [Move] = []
        for (place, entry) in entries.enumerated() {
            guard let entry, !entry.isQuiet else { continue }
            guard !entry.isFresh || entry.isAtEnd else { return nil }
            moves.append(move(place))
        }
        return moves
    }

    package mutating func forget(_ index: Int32) {
        guard Int(index) < entries.count, let entry = entries[Int(index)] else { return }
        if entry.isQuiet { quietCount -= 1 }
        entries[Int(index)] = nil
        count -= 1
    }

    /// Notes what was handed out. In the hot loop: no allocation.
    package mutating func noteRead(of index: Int32, nextOffset: Int64, bytes: Int32) {
        let place = Int(index)
        guard place < entries.count, entries[place] != nil else { return }
        entries[place]!.next = nextOffset
        entries[place]!.isAtEnd = false
        entries[place]!.isFresh = false
        entries[place]!.weight += 1 + Int(bytes) / Self.bytesPerWeight
    }

    /// A large record weighs as much as several: what the quiet consumer may fetch at once is little.
    private static let bytesPerWeight = 4_096

    /// Everything below `offset` was handed out, and there is no more for now.
    package mutating func noteEnd(of index: Int32, at offset: Int64) {
        guard Int(index) < entries.count, let entry = entries[Int(index)], offset >= entry.next else { return }
        entries[Int(index)]!.next = offset
        entries[Int(index)]!.isAtEnd = true
    }

    /// What is to be moved now; `nil` where nothing is. Whatever is answered counts as moved.
    package mutating func moves(at now: Instant) -> Moves? {
        guard isOver(&lookedAt, limits.lookMilliseconds, at: now) else { return nil }
        let windowIsOver = isOver(&windowBegan, limits.windowMilliseconds, at: now)
        let spanIsOver = isOver(&spanBegan, limits.spanMilliseconds, at: now)
        guard count > limits.partitionsMax || quietCount > 0 else { return nil }
        var candidates: [Int] = []
        var moves = Moves()
        for place in 0..<entries.count where entries[place] != nil {
            if entries[place]!.isQuiet {
                if entries[place]!.weight > limits.windowWeightMax, moves.toLively.count < limits.movesMax {
                    moves.toLively.append(wake(place, at: now))
                } else if windowIsOver {
                    entries[place]!.weight = 0
                }
            } else {
                if spanIsOver { endSpan(of: place) }
                if isCalm(place) { candidates.append(place) }
            }
        }
        guard count > limits.partitionsMax, quietCount + candidates.count >= limits.quietMin else {
            return moves.toLively.isEmpty ? nil : moves
        }
        moves.toQuiet = candidates.prefix(limits.movesMax).map { calm($0, at: now) }
        return moves == Moves() ? nil : moves
    }

    /// What was answered could not be done: these stay where they were, and do not become quiet soon.
    package mutating func takeBack(_ moves: [Move]) {
        for move in moves {
            guard let entry = entries[Int(move.index)] else { continue }
            quietCount += entry.isQuiet ? -1 : 1
            entries[Int(move.index)]!.isQuiet.toggle()
            entries[Int(move.index)]!.isFresh = false
            entries[Int(move.index)]!.spansWanted = limits.spansMax
        }
    }

    private func isOver(_ began: inout Instant?, _ milliseconds: Int64, at now: Instant) -> Bool {
        if let began, now.milliseconds(since: began) < milliseconds { return false }
        let isFirst = began == nil
        began = now
        return !isFirst
    }

    private mutating func endSpan(of place: Int) {
        let isCalm = entries[place]!.weight <= limits.spanWeightMax
        entries[place]!.calmSpans = isCalm ? entries[place]!.calmSpans + 1 : 0
        entries[place]!.weight = 0
    }

    /// One that was at its end when its reading began has most likely been quiet for long.
    private func isCalm(_ place: Int) -> Bool {
        guard let entry = entries[place], entry.isAtEnd else { return false }
        return entry.isFresh || entry.calmSpans >= entry.spansWanted
    }

    private mutating func calm(_ place: Int, at now: Instant) -> Move {
        entries[place]!.isQuiet = true
        entries[place]!.quietSince = now
        entries[place]!.weight = 0
        quietCount += 1
        return move(place)
    }

    private mutating func wake(_ place: Int, at now: Instant) -> Move {
        let wasShort =
            entries[place]!.quietSince.map {
                now.milliseconds(since: $0) < Int64(limits.spansMax) * limits.spanMilliseconds
            } ?? false
        entries[place]!.spansWanted = wasShort ? min(limits.spansMax, 2 * entries[place]!.spansWanted) : 1
        entries[place]!.isQuiet = false
        entries[place]!.calmSpans = 0
        entries[place]!.weight = 0
        quietCount -= 1
        return move(place)
    }

    private func move(_ place: Int) -> Move {
        Move(index: Int32(place), partition: entries[place]!.partition, offset: entries[place]!.next)
    }
}
