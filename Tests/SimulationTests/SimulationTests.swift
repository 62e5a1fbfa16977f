import Foundation
import Testing

@testable import Simulation

/// `SEED` repeats one run; `MARTLET_SEEDS` says how many there are.
private enum Seeds {
    static let all: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["SEED"].flatMap(UInt64.init) { return [seed] }
        return Array(1...(environment["MARTLET_SEEDS"].flatMap(UInt64.init) ?? 1_000))
    }()

    static let isOne = all.count == 1
}

@Suite struct SimulationTests {
    @Test(arguments: Seeds.all)
    func `nothing is lost, repeated or leaked while members, brokers and calls fail`(seed: UInt64) {
        let world = SimWorld(seed: seed, trace: Seeds.isOne ? { print($0) } : nil)
        world.run()
        let found = world.violations.prefix(3).joined(separator: "\n")
        #expect(world.violations.isEmpty, "\(found)\nmake sim SEED=\(seed)")
    }
}
