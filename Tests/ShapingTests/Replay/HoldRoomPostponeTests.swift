import Model
import Shaping
import Testing

/// Records whose turn is asked for, and put off.
struct HoldRoomPostponeTests {
    private static func at(_ nanoseconds: Int64) -> Instant { Instant(nanoseconds: nanoseconds) }

    private static func room() -> HoldRoom<Int> {
        var room = HoldRoom<Int>(countMax: 100, bytesMax: 100)
        for partition in 0..<3 { room.open(partition) }
        for number in 0..<6 { room.append(number, to: number % 3, due: at(Int64(number)), bytes: 1) }
        return room
    }

    private static func first(_ room: HoldRoom<Int>, _ now: Int64) -> Int? { room.first(dueBy: at(now))?.held }

    @Test func `a look takes nothing`() {
        var room = Self.room()
        #expect(Self.first(room, -1) == nil && Self.first(room, 0) == 0 && Self.first(room, 9) == 0 && room.count == 6)
        let taken = room.popFirst(dueBy: Self.at(9))
        #expect(taken?.held == 0 && Self.first(room, 9) == 1)
    }

    @Test func `what is put off holds up its own partition, and no other`() {
        var room = Self.room()
        room.postponeFirst(of: 0, until: Self.at(50))
        room.postponeFirst(of: 1, until: Self.at(40))
        var order: [Int] = []
        while let (_, held, _) = room.popFirst(dueBy: Self.at(30)) { order.append(held) }
        #expect(order == [2, 5] && room.earliestDue == Self.at(40))
        while let (_, held, _) = room.popFirst(dueBy: Self.at(50)) { order.append(held) }
        #expect(order == [2, 5, 1, 4, 0, 3] && room.count == 0)
        // Nothing waits, nothing is earlier than it was.
        room.postponeFirst(of: 0, until: Self.at(60))
        room.append(6, to: 0, due: Self.at(70), bytes: 1)
        room.postponeFirst(of: 0, until: Self.at(1))
        #expect(room.earliestDue == Self.at(70))
    }
}
