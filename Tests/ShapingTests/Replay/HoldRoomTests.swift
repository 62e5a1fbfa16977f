import CAllocationCounter
import Model
import Shaping
import Testing

struct HoldRoomTests {
    private struct Item: Equatable {
        var number: Int
        var bytes: Int
    }

    private static func at(_ nanoseconds: Int64) -> Instant { Instant(nanoseconds: nanoseconds) }

    /// The same as a room, in the plainest way.
    private struct Model {
        var queues: [[(item: Item, due: Int64)]] = Array(repeating: [], count: 5)
        var lastDue: [Int64] = Array(repeating: .min, count: 5)

        var items: Int { queues.reduce(0) { $0 + $1.count } }
        var bytes: Int { queues.joined().reduce(0) { $0 + $1.item.bytes } }
        var earliest: Int64? { queues.compactMap { $0.first?.due }.min() }

        mutating func append(_ item: Item, _ partition: Int, _ due: Int64) {
            lastDue[partition] = max(lastDue[partition], due)
            queues[partition].append((item, lastDue[partition]))
        }

        mutating func empty(_ partition: Int) -> [Item] {
            defer { queues[partition] = [] }
            lastDue[partition] = .min
            return queues[partition].map(\.item)
        }

        mutating func reschedule(_ due: (Item) -> Int64) {
            for partition in queues.indices {
                lastDue[partition] = .min
                for index in queues[partition].indices {
                    lastDue[partition] = max(lastDue[partition], due(queues[partition][index].item))
                    queues[partition][index].due = lastDue[partition]
                }
            }
        }
    }

    private static func next(_ room: inout HoldRoom<Int>, by horizon: Int64) -> Int? {
        room.popFirst(dueBy: at(horizon))?.held
    }

    /// Pops from both until nothing is due; the answer is the first difference.
    private static func popAll(_ room: inout HoldRoom<Item>, _ model: inout Model, by horizon: Int64) -> String? {
        var last = Int64.min
        while let (partition, item, due) = room.popFirst(dueBy: at(horizon)) {
            guard let expected = model.queues[partition].first else { return "nothing waits in \(partition)" }
            guard expected.item == item, expected.due == due.nanoseconds else { return "\(item), not \(expected)" }
            guard due.nanoseconds >= last, due.nanoseconds == model.earliest else { return "not the first that is due" }
            last = due.nanoseconds
            model.queues[partition].removeFirst()
        }
        guard let earliest = model.earliest else { return nil }
        return earliest > horizon ? nil : "something that is due was left"
    }

    @Test(arguments: 1...20)
    func `whatever happens, records leave in the order of due, and those of a partition in their own`(seed: Int) {
        var random = SampleRandom(seed: UInt64(seed))
        var room = HoldRoom<Item>(countMax: 1_000, bytesMax: 1_000_000)
        var model = Model()
        for partition in 0..<5 { room.open(partition) }
        var (now, number) = (Int64(0), 0)
        for _ in 0..<3_000 {
            let partition = Int.random(in: 0..<5, using: &random)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<70:
                number += 1
                let item = Item(number: number, bytes: Int.random(in: 0...100, using: &random))
                let due = now + Int64.random(in: -5...40, using: &random)
                room.append(item, to: partition, due: Self.at(due), bytes: item.bytes)
                model.append(item, partition, due)
            case 70..<95:
                now += Int64.random(in: 0...10, using: &random)
                if let difference = Self.popAll(&room, &model, by: now) {
                    Issue.record("seed \(seed): \(difference)")
                    return
                }
            case 95..<98:
                var given: [Item] = []
                if Bool.random(using: &random) {
                    room.empty(partition) { given.append($0) }
                } else {
                    room.close(partition) { given.append($0) }
                    room.open(partition)
                }
                #expect(given == model.empty(partition), "seed \(seed)")
            default:
                let shift = Int64.random(in: 0..<97, using: &random)
                func due(_ item: Item) -> Int64 { now + (Int64(item.number) &* 31 + shift) % 50 }
                room.reschedule { _, item in Self.at(due(item)) }
                model.reschedule(due)
            }
            #expect(room.count == model.items && room.bytes == model.bytes, "seed \(seed)")
            #expect(room.earliestDue?.nanoseconds == model.earliest, "seed \(seed)")
        }
        #expect(Self.popAll(&room, &model, by: .max) == nil && room.count == 0 && room.bytes == 0)
    }

    @Test func `of records that are due together, the one whose turn came first leaves first`() {
        var room = HoldRoom<Int>(countMax: 100, bytesMax: 100)
        for partition in 0..<3 { room.open(partition) }
        for round in 0..<2 {
            for partition in [2, 0, 1] { room.append(round, to: partition, due: Self.at(5), bytes: 0) }
        }
        var left: [Int] = []
        while let (partition, _, _) = room.popFirst(dueBy: Self.at(5)) { left.append(partition) }
        #expect(left == [2, 0, 1, 2, 0, 1])
    }

    @Test func `nothing leaves before it is due`() {
        var room = HoldRoom<Int>(countMax: 100, bytesMax: 100)
        room.open(0)
        room.append(1, to: 0, due: Self.at(5), bytes: 0)
        #expect(Self.next(&room, by: 4) == nil)
        #expect(Self.next(&room, by: 5) == 1)
    }

    @Test func `a record that is due before the one in front of it waits for it, and is counted`() {
        var room = HoldRoom<Int>(countMax: 100, bytesMax: 100)
        room.open(0)
        room.append(1, to: 0, due: Self.at(9), bytes: 0)
        room.append(2, to: 0, due: Self.at(3), bytes: 0)
        #expect(room.earliestDue == Self.at(9) && room.outOfOrderCount == 1)
        #expect(Self.next(&room, by: 9) == 1)
        #expect(Self.next(&room, by: 9) == 2)
        // The one that left is remembered, too.
        room.append(3, to: 0, due: Self.at(4), bytes: 0)
        #expect(room.earliestDue == Self.at(9) && room.outOfOrderCount == 2)
        room.empty(0) { _ in }
        room.append(4, to: 0, due: Self.at(4), bytes: 0)
        #expect(room.earliestDue == Self.at(4))
    }

    /// All changes that are to be told.
    private static func changes(_ room: inout HoldRoom<Int>) -> [Int: Bool] {
        var changes: [Int: Bool] = [:]
        while let change = room.nextChange() { changes[change.partition] = change.isPaused }
        return changes
    }

    @Test(arguments: [true, false])
    func `a partition whose part is full is paused, and resumed when half of it is left`(byBytes: Bool) {
        var room = HoldRoom<Int>(countMax: byBytes ? 1_000_000 : 40, bytesMax: byBytes ? 40 : 1_000_000)
        room.open(0)
        room.open(1)
        for number in 0..<19 { room.append(number, to: 0, due: Self.at(Int64(number)), bytes: 1) }
        #expect(Self.changes(&room).isEmpty)
        room.append(19, to: 0, due: Self.at(19), bytes: 1)
        #expect(Self.changes(&room) == [0: true])
        for _ in 0..<9 { _ = room.popFirst(dueBy: Self.at(100)) }
        #expect(Self.changes(&room).isEmpty)
        _ = room.popFirst(dueBy: Self.at(100))
        #expect(Self.changes(&room) == [0: false])
    }

    @Test func `a partition that was paused and resumed before anybody asked is told nothing`() {
        var room = HoldRoom<Int>(countMax: 4, bytesMax: 100)
        room.open(0)
        for _ in 0..<4 { room.append(1, to: 0, due: Self.at(1), bytes: 0) }
        room.empty(0) { _ in }
        #expect(Self.changes(&room).isEmpty)
    }

    @Test func `parts become smaller with each partition, and larger when one goes`() {
        var room = HoldRoom<Int>(countMax: 20, bytesMax: 1_000)
        room.open(0)
        for _ in 0..<10 { room.append(1, to: 0, due: Self.at(1), bytes: 0) }
        #expect(Self.changes(&room).isEmpty)
        room.open(1)
        #expect(Self.changes(&room) == [0: true])
        room.close(1) { _ in }
        #expect(Self.changes(&room) == [0: false])
    }

    @Test func `a paused partition that is closed and comes back is told anew`() {
        var room = HoldRoom<Int>(countMax: 2, bytesMax: 100)
        room.open(0)
        for _ in 0..<2 { room.append(1, to: 0, due: Self.at(1), bytes: 0) }
        #expect(Self.changes(&room) == [0: true])
        room.close(0) { _ in }
        #expect(Self.changes(&room).isEmpty)
        room.open(0)
        for _ in 0..<2 { room.append(1, to: 0, due: Self.at(1), bytes: 0) }
        #expect(Self.changes(&room) == [0: true])
    }

    /// Polls that bring more than a partition's part, from partitions that run ahead at different speeds.
    @Test(arguments: 1...5)
    func `a room never holds more than its bound and one poll for each partition, and no partition starves`(seed: Int) {
        var random = SampleRandom(seed: UInt64(seed))
        var room = HoldRoom<Int>(countMax: 400, bytesMax: .max)
        let pollMax = 30
        for partition in 0..<4 { room.open(partition) }
        var isPaused = [false, false, false, false]
        var nextDue: [Int64] = [0, 0, 0, 0]
        // The records of partition 0 are a second apart, those of 3 a thousandth of it.
        let distance: [Int64] = [1_000, 100, 10, 1]
        var left = [0, 0, 0, 0]
        for now in Int64(0)..<20_000 {
            for partition in 0..<4 where !isPaused[partition] {
                for _ in 0..<Int.random(in: 0...pollMax, using: &random) {
                    room.append(0, to: partition, due: Self.at(nextDue[partition]), bytes: 1)
                    nextDue[partition] += distance[partition]
                }
            }
            while let (partition, _, due) = room.popFirst(dueBy: Self.at(now)) {
                left[partition] += 1
                #expect(due.nanoseconds > now - 100 || now < 200, "seed \(seed): \(partition) is late")
            }
            while let change = room.nextChange() { isPaused[change.partition] = change.isPaused }
            #expect(room.count <= 400 + 4 * pollMax, "seed \(seed)")
        }
        #expect(left == [20, 200, 2_000, 20_000], "seed \(seed)")
    }

    @Test(.enabled(if: allocation_counter_is_available(), "a sanitizer has an allocator of its own"))
    func `records that come and go allocate nothing`() {
        var room = HoldRoom<Item>(countMax: 4_000, bytesMax: .max)
        for partition in 0..<4 { room.open(partition) }
        func fill(_ round: Int) {
            var number = 0
            while number < 4_000 {
                let due = Instant(nanoseconds: Int64(round * 4_000 + number * 31 % 500))
                room.append(Item(number: number, bytes: 1), to: number % 4, due: due, bytes: 1)
                number += 1
            }
            while room.nextChange() != nil {}
            while room.popFirst(dueBy: Instant(nanoseconds: .max)) != nil {}
            while room.nextChange() != nil {}
        }
        fill(0)
        allocation_counter_start()
        fill(1)
        fill(2)
        let allocations = allocation_counter_stop()
        // Generic code that is not optimised allocates now and then; optimised, it does not.
        #expect(allocations < 8_000 / 50, "\(allocations)")
    }
}
