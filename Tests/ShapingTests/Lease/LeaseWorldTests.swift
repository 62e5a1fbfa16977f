import Foundation
import Testing

@testable import Shaping

struct LeaseWorldTests {
    private static let worldsEach = 26

    /// `LEASE_SEED=n` plays only that world.
    @Test(arguments: 0..<8)
    func `in any world the rate holds above and below`(part: Int) {
        var judged = 0
        let wanted = ProcessInfo.processInfo.environment["LEASE_SEED"].flatMap(UInt64.init)
        let first = UInt64(part * Self.worldsEach)
        for seed in first..<first + UInt64(Self.worldsEach) where wanted == nil || wanted == seed {
            var world = LeaseWorld(seed: seed)
            let fault = world.play()
            #expect(fault == nil, "LEASE_SEED=\(seed)")
            judged += world.ledger.judgedBelow
        }
        #expect(wanted != nil || judged > 1_000)
    }
}
