import Testing

@testable import Mirror

/// How many lanes a flow gets that names none.
@Suite struct LaneCountTests {
    @Test(arguments: [(0, 1), (29, 1), (30, 4), (200, 4), (.max, 4)] as [(Int64, Int)])
    func `a far destination gets several lanes`(roundTripMilliseconds: Int64, lanes: Int) {
        #expect(LaneCount.chosen(roundTripMilliseconds: roundTripMilliseconds, slots: 12) == lanes)
    }

    @Test func `there are no more lanes than slots`() {
        #expect(LaneCount.chosen(roundTripMilliseconds: 100, slots: 2) == 2)
    }
}
