import Testing

@testable import Mirror

/// How many lanes a flow gets that names none.
@Suite struct LaneCountTests {
    @Test(arguments: [(0, 1), (29, 1), (30, 4), (200, 4), (.max, 4)] as [(Int64, Int)])
    func `a far destination gets several lanes`(roundTripMilliseconds: Int64, lanes: Int) {
        let count = LaneCount(roundTripMilliseconds: roundTripMilliseconds)
        #expect(count.lanes(slots: 12) == lanes && count.isFar == (lanes > 1))
        #expect(count.lanes(slots: nil) == lanes)
    }

    @Test func `there are no more lanes than slots`() {
        #expect(LaneCount(roundTripMilliseconds: 100).lanes(slots: 2) == 2)
    }
}
