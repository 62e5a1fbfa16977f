import Testing

@testable import Verify

struct TrailKeeperTests {
    private static let second: Int64 = 1_000_000_000
    private static let origin: Int64 = 7 * second

    private func keeper() -> TrailKeeper {
        var keeper = TrailKeeper(originNanoseconds: Self.origin)
        keeper.grow(to: 2)
        return keeper
    }

    private func at(_ seconds: Double) -> Int64 { Self.origin + Int64(seconds * 1e9) }

    @Test func `arrivals count in their seconds, and a gap of more than one is a stall`() {
        var keeper = keeper()
        for seconds in [0.1, 0.9, 1.5, 4.5, 4.6] { keeper.noteArrival(in: 1, at: at(seconds)) }
        let trail = keeper.trails[1]
        #expect(trail.receivedBySecond == [2, 1, 0, 0, 2])
        #expect(trail.stalls == [PartitionTrail.Stretch(from: 1.5, to: 4.5)])
        #expect(keeper.trails[0].receivedBySecond.isEmpty)
        #expect(keeper.longestGapNanoseconds == [0, 3 * Self.second])
        #expect(keeper.partitionsReached == 1)
    }

    @Test func `a stall counts as far as it lies within the seconds that are asked about`() {
        var keeper = keeper()
        for seconds in [1.0, 5, 5.5, 8.5] { keeper.noteArrival(in: 0, at: at(seconds)) }
        let trail = keeper.trails[0]
        #expect(trail.longestStall(from: 0) == 4)
        #expect(trail.longestStall(from: 3) == 3)
        #expect(trail.longestStall(from: 2, to: 4) == 2)
        #expect(trail.longestStall(from: 9) == 0)
    }

    @Test func `duplicates that follow each other are one stretch`() {
        var keeper = keeper()
        for seconds in [1.0, 1.2, 1.9, 4.0] { keeper.noteDuplicate(in: 0, at: at(seconds)) }
        #expect(keeper.trails[0].duplicated.map(\.count) == [3, 1])
        #expect(keeper.trails[0].duplicated.first?.to == 1.9)
    }

    @Test func `what is missing stands where it was to be sent`() {
        var keeper = keeper()
        var missing = IntervalSet(10..<20)
        missing.insert(40)
        keeper.noteMissing(missing, in: 1) { at(Double($0) / 10) }
        #expect(
            keeper.trails[1].missing == [
                PartitionTrail.Stretch(from: 1, to: 1.9, count: 10), PartitionTrail.Stretch(from: 4, to: 4, count: 1),
            ])
    }
}
