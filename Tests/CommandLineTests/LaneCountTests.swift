import Testing

@testable import Mirror

/// How many lanes a flow gets that names none.
@Suite struct LaneCountTests {
    @Test(arguments: [(0, 1), (29, 1), (30, 4), (200, 4), (.max, 4)] as [(Int64, Int)])
    func `a far destination gets several lanes`(roundTripMilliseconds: Int64, lanes: Int) {
        let count = LaneCount(roundTripMilliseconds: roundTripMilliseconds)
        #expect(count.lanes == lanes && count.isFar == (lanes > 1))
    }
}
