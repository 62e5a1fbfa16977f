import Foundation
import Testing

@testable import Simulation

/// `SEED` repeats one run and prints what happens in it; `MARTLET_SEEDS` says how many runs there are.
private enum Seeds {
    static let all: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["SEED"].flatMap(UInt64.init) { return [seed] }
        return Array(1...max(1, environment["MARTLET_SEEDS"].flatMap(UInt64.init) ?? 1_000))
    }()

    static let isOne = all.count == 1
}

private func trace(of seed: UInt64) -> [String] {
    var lines: [String] = []
    SimWorld(seed: seed) { lines.append($0) }.run()
    return lines
}

@Suite struct SimulationTests {
    @Test(arguments: Seeds.all)
    func `nothing is lost, repeated or leaked while members, brokers and calls fail`(seed: UInt64) {
        let world = SimWorld(seed: seed, trace: Seeds.isOne ? { print($0) } : nil)
        world.run()
        let found = world.violations.prefix(3).joined(separator: "\n")
        #expect(world.violations.isEmpty, "\(found)\nmake sim SEED=\(seed)")
    }

    @Test(arguments: [3, 44, 500] as [UInt64])
    func `a seed repeats its run`(seed: UInt64) {
        #expect(trace(of: seed) == trace(of: seed))
    }

    @Test func `everything that can go wrong goes wrong in some world`() {
        var awaited: Set = [
            "is killed", "is frozen", "goes on", "leaves", "trespass in", "ILLEGAL_GENERATION", "fenced",
            "another process wrote to the slot", "the outcome of a commit is unknown", "could not be aborted",
            "no producer yet", "came back undelivered", "the destination refuses", "quarantined(",
            "the log does not hold",
            "drop(", "release(", "adopt(", "registered(", "secondLook", "cancelReading", "unsure(",
            "is not read on until", "SeekRecord.State.applied", "SeekRecord.State.refused",
        ]
        for seed in 1...150 as ClosedRange<UInt64> where !awaited.isEmpty {
            let lines = trace(of: seed)
            awaited = awaited.filter { word in !lines.contains { $0.contains(word) } }
        }
        #expect(awaited.isEmpty)
    }
}
