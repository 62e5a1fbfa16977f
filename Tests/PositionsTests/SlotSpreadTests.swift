import Model
import Testing

@testable import Positions

/// Where partitions lie among the slots, as processes share these: in runs of neighbours, or turn by turn.
@Suite struct SlotSpreadTests {
    private static func flow(_ slots: Int) -> FlowRecord { FlowRecord(slots: slots, cluster: "source", began: 0) }

    /// For each way in which so many processes can share the slots, which of them has each slot.
    private static func sharings(of slots: Int, among processes: Int) -> [[Int]] {
        let (least, rest) = slots.quotientAndRemainder(dividingBy: processes)
        func runs(_ isLonger: (Int) -> Bool) -> [Int] {
            (0..<processes).flatMap { [Int](repeating: $0, count: isLonger($0) ? least + 1 : least) }
        }
        return [
            runs { $0 < rest }, runs { $0 >= processes - rest }, (0..<slots).map { $0 % processes },
        ]
    }

    /// How many partitions each process has of those at these places.
    private static func loads(
        _ places: Range<Int>, of flow: FlowRecord, _ owners: [Int], among processes: Int
    ) -> [Int] {
        var loads = [Int](repeating: 0, count: processes)
        for place in places { loads[owners[Int(flow.slot(ofPlace: place).number)]] += 1 }
        return loads
    }

    @Test(arguments: 1...240)
    func `every slot has its turn`(slots: Int) {
        let flow = Self.flow(slots)
        #expect(Set((0..<slots).map { flow.slot(ofPlace: $0).number }) == Set((0..<slots).map { Int32($0) }))
        #expect(flow.slot(ofPlace: 0) == flow.slot(ofPlace: slots))
    }

    @Test func `two processes have half each of a topic of four partitions`() {
        for owners in Self.sharings(of: 12, among: 2) {
            #expect(Self.loads(0..<4, of: Self.flow(12), owners, among: 2) == [2, 2])
        }
    }

    @Test(arguments: 12...240)
    func `a topic's partitions are shared out with the slots, wherever it lies`(slots: Int) {
        let flow = Self.flow(slots)
        for processes in 2...3 {
            for owners in Self.sharings(of: slots, among: processes) {
                for first in stride(from: 0, to: slots, by: 5) {
                    for count in [2, 3, 4, 6, 8, 12] {
                        let loads = Self.loads(first..<first + count, of: flow, owners, among: processes)
                        let even = (count + processes - 1) / processes
                        #expect((loads.max() ?? 0) <= even + 2, "\(count) from \(first): \(loads)")
                    }
                }
            }
        }
    }

    @Test func `a flow of the first version keeps its slots`() throws {
        let text = #"{"v":1,"slots":12,"cluster":"c","began":0}"#
        let flow = try FlowRecord(decoding: Array(text.utf8))
        #expect((0..<24).map { Int(flow.slot(ofPlace: $0).number) } == (0..<24).map { $0 % 12 })
        // Whoever writes it again must not move its slots.
        #expect(try FlowRecord(decoding: flow.encoded) == flow)
        #expect(flow != Self.flow(12))
    }
}
