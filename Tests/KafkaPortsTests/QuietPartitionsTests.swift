import Model
import TestSupport
import Testing

@testable import KafkaPorts

@Suite struct QuietPartitionsTests {
    private func partition(_ index: Int32) -> TopicPartition { TopicPartition("topic", index) }

    private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    private func begun(_ count: Int32, _ limits: QuietPartitions.Limits = .init()) -> QuietPartitions {
        var division = QuietPartitions(limits)
        for index in 0..<count { division.begin(index, of: partition(index), at: 5) }
        _ = division.moves(at: at(0))
        return division
    }

    @Test func `partitions that were at their end when their reading began become quiet at once`() throws {
        var division = begun(100)
        division.noteRead(of: 7, nextOffset: 6, bytes: 10)
        for index in Int32(0)..<100 where index != 8 { division.noteEnd(of: index, at: 6) }
        let made = division.moves(at: at(100))
        let moves = try #require(made)
        // One was read, of the other no end is known.
        #expect(moves.toQuiet.map(\.index) == (0..<100).filter { $0 != 7 && $0 != 8 })
        #expect(moves.toQuiet.allSatisfy { $0.offset == 6 && $0.partition == partition($0.index) })
        #expect(moves.toLively.isEmpty && division.quietCount == 98)
        #expect(division.isQuiet(6) && !division.isQuiet(7))
        let more = division.moves(at: at(200))
        #expect(more == nil)
    }

    @Test func `many that come at once are worth a question about their ends`() {
        let division = begun(33)
        #expect(division.isWorthAsking(about: 32))
        #expect(!division.isWorthAsking(about: 31))
        #expect(!begun(0).isWorthAsking(about: 64))
        #expect(begun(0).isWorthAsking(about: 65))
    }

    @Test func `a lively consumer that knows much more than it reads is told what a new one has to read`() throws {
        var division = QuietPartitions()
        for index in Int32(0)..<400 { division.begin(index, of: partition(index), at: 5, isQuiet: index >= 100) }
        #expect(division.quietCount == 300)
        for index in Int32(1)..<100 { division.noteRead(of: index, nextOffset: 9, bytes: 10) }
        // Of one nothing was seen: its log may have to be proved.
        let early = division.better(than: 401)
        division.noteEnd(of: 0, at: 5)
        let (held, few, fewer) = (division.better(than: 401), division.better(than: 400), division.better(than: 256))
        let moves = try #require(held)
        #expect(early == nil && few == nil && fewer == nil)
        #expect(moves.map(\.index) == Array(0..<100) && moves.map(\.offset) == [5] + (1..<100).map { _ in 9 })
    }

    @Test func `a quiet partition rests at its end until it brings something`() {
        var division = begun(2)
        division.begin(1, of: partition(1), at: 5, isQuiet: true)
        for index in Int32(0)..<2 { division.noteEnd(of: index, at: 6) }
        #expect(division.restingPlace(of: 0) == nil && division.restingPlace(of: 1) == 6)
        division.noteRead(of: 1, nextOffset: 7, bytes: 10)
        #expect(division.restingPlace(of: 1) == nil && division.restingPlace(of: 2) == nil)
    }

    @Test func `few partitions are never divided`() {
        var division = begun(64)
        for index in Int32(0)..<64 { division.noteEnd(of: index, at: 5) }
        for second in Int64(1)..<100 {
            let made = division.moves(at: at(1_000 * second))
            #expect(made == nil)
        }
    }

    @Test func `a few quiet partitions are not worth a client`() {
        var division = begun(100)
        for index in Int32(0)..<31 { division.noteEnd(of: index, at: 5) }
        let made = division.moves(at: at(100))
        #expect(made == nil)
        division.noteEnd(of: 31, at: 5)
        let more = division.moves(at: at(200))
        #expect(more?.toQuiet.count == 32)
    }

    @Test func `an end below what was handed out since is none`() {
        var division = begun(100)
        for index in Int32(0)..<100 {
            division.noteRead(of: index, nextOffset: 9, bytes: 10)
            division.noteEnd(of: index, at: 8)
        }
        for second in Int64(1)..<100 {
            let made = division.moves(at: at(1_000 * second))
            #expect(made == nil)
        }
    }

    /// Partition 0 of 100 brings `perSecond` records a second; all others rest. Answers whether it was read by the
    /// quiet client at the end, and how often it was moved.
    private func play(
        _ division: inout QuietPartitions, seconds: Range<Int64>, next: inout Int64, perSecond: (Int64) -> Int
    ) -> Int {
        var moves = 0
        for second in seconds {
            for tenth in Int64(0)..<10 {
                let count = perSecond(second)
                let due = Int(tenth + 1) * count / 10 - Int(tenth) * count / 10
                for _ in 0..<due {
                    next += 1
                    division.noteRead(of: 0, nextOffset: next, bytes: 100)
                }
                division.noteEnd(of: 0, at: next)
                guard let made = division.moves(at: at(1_000 * second + 100 * tenth)) else { continue }
                moves += (made.toQuiet + made.toLively).filter { $0.index == 0 }.count
                #expect((made.toQuiet + made.toLively).allSatisfy { $0.index != 0 || $0.offset == next })
            }
        }
        return moves
    }

    private func resting() -> QuietPartitions {
        var division = begun(100)
        for index in Int32(0)..<100 { division.noteEnd(of: index, at: 5) }
        _ = division.moves(at: at(100))
        return division
    }

    @Test func `a trickle stays with the quiet ones, a stream leaves them`() {
        var division = resting()
        var next: Int64 = 5
        var moves = play(&division, seconds: 1..<60, next: &next) { _ in 15 }
        #expect(moves == 0)
        #expect(division.isQuiet(0))
        moves = play(&division, seconds: 60..<120, next: &next) { _ in 100 }
        #expect(moves == 1)
        #expect(!division.isQuiet(0) && division.isQuiet(1))
        // It is calm for two spans, since it was not quiet for long.
        moves = play(&division, seconds: 120..<135, next: &next) { _ in 0 }
        #expect(moves == 0)
        moves = play(&division, seconds: 135..<160, next: &next) { _ in 0 }
        #expect(moves == 1)
        #expect(division.isQuiet(0))
    }

    @Test func `a large record weighs as much as several`() {
        var division = resting()
        division.noteRead(of: 3, nextOffset: 6, bytes: 1_000_000)
        let made = division.moves(at: at(200))
        #expect(made?.toLively.map(\.index) == [3])
    }

    @Test func `what comes in bursts is moved ever more seldom`() {
        var division = resting()
        var next: Int64 = 5
        let moves = play(&division, seconds: 1..<7_200, next: &next) { $0 % 45 == 0 ? 200 : 0 }
        // 160 bursts.
        #expect(moves < 12)
    }

    @Test func `what could not be moved stays lively for a while`() throws {
        var division = begun(100)
        for index in Int32(0)..<100 { division.noteEnd(of: index, at: 5) }
        let made = division.moves(at: at(100))
        let moves = try #require(made)
        division.takeBack(moves.toQuiet)
        #expect(division.quietCount == 0)
        for second in Int64(1)..<300 {
            let more = division.moves(at: at(1_000 * second))
            #expect(more == nil)
        }
    }

    /// Two clients that hand out whatever there is, and partitions that come, go and are sought.
    @Test(arguments: 0..<30) func `every partition is read by one client, from where the other has left it`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var limits = QuietPartitions.Limits()
        (limits.partitionsMax, limits.quietMin, limits.movesMax) = (10, 3, 25)
        (limits.windowWeightMax, limits.spanWeightMax, limits.spansMax) = (3, 2, 4)
        var world = World(QuietPartitions(limits), begun: 40)
        var now: Int64 = 0
        for _ in 0..<3_000 {
            now += Int64.random(in: 1...400, using: &random)
            world.append(&random)
            world.comeAndGo(&random)
            world.poll(&random)
            world.move(at: at(now))
        }
        #expect(world.movesSeen.toQuiet > 50 && world.movesSeen.toLively > 20, "seed \(seed)")
    }
}

/// Logs, and two clients that read them.
private struct World {
    private var division: QuietPartitions
    private var ends: [Int32: Int64] = [:]
    /// What was handed out of each partition.
    private var handedOut: [Int32: Int64] = [:]
    private var lively: [Int32: Int64] = [:]
    private var quiet: [Int32: Int64] = [:]
    private(set) var movesSeen = (toQuiet: 0, toLively: 0)

    init(_ division: QuietPartitions, begun count: Int32) {
        self.division = division
        for index in 0..<count { begin(index, at: 0) }
    }

    private mutating func begin(_ index: Int32, at offset: Int64) {
        lively[index] = offset
        handedOut[index] = offset
        division.begin(index, of: TopicPartition("topic", index), at: offset)
    }

    /// Few partitions get much, the others now and then a record.
    mutating func append(_ random: inout SeededGenerator) {
        let hot = Int32.random(in: 0..<40, using: &random)
        ends[hot, default: 0] += Int64.random(in: 0..<10, using: &random)
        if Int.random(in: 0..<10, using: &random) == 0 {
            ends[Int32.random(in: 0..<40, using: &random), default: 0] += 1
        }
    }

    mutating func comeAndGo(_ random: inout SeededGenerator) {
        guard Int.random(in: 0..<20, using: &random) == 0 else { return }
        let index = Int32.random(in: 0..<40, using: &random)
        if handedOut[index] == nil {
            begin(index, at: Int64.random(in: 0...(ends[index] ?? 0), using: &random))
        } else {
            lively[index] = nil
            quiet[index] = nil
            handedOut[index] = nil
            division.forget(index)
        }
    }

    mutating func poll(_ random: inout SeededGenerator) {
        for index in lively.keys.sorted() { lively[index] = read(index, from: lively[index]!, &random) }
        for index in quiet.keys.sorted() { quiet[index] = read(index, from: quiet[index]!, &random) }
    }

    /// Answers where the reading goes on.
    private mutating func read(_ index: Int32, from: Int64, _ random: inout SeededGenerator) -> Int64 {
        guard Int.random(in: 0..<3, using: &random) > 0 else { return from }
        #expect(from == handedOut[index])
        let end = ends[index] ?? 0
        let next = from + min(end - from, Int64.random(in: 0...12, using: &random))
        for offset in from..<next { division.noteRead(of: index, nextOffset: offset + 1, bytes: 10) }
        handedOut[index] = next
        if next == end { division.noteEnd(of: index, at: end) }
        return next
    }

    mutating func move(at now: Instant) {
        guard let moves = division.moves(at: now) else { return }
        for move in moves.toQuiet {
            let left = lively.removeValue(forKey: move.index)
            #expect(left == move.offset)
            quiet[move.index] = move.offset
        }
        for move in moves.toLively {
            let left = quiet.removeValue(forKey: move.index)
            #expect(left == move.offset)
            lively[move.index] = move.offset
        }
        movesSeen = (movesSeen.toQuiet + moves.toQuiet.count, movesSeen.toLively + moves.toLively.count)
        #expect(division.quietCount == quiet.count)
        #expect(Set(lively.keys).isDisjoint(with: quiet.keys))
        #expect(quiet.keys.allSatisfy { division.isQuiet($0) } && !lively.keys.contains { division.isQuiet($0) })
    }
}
