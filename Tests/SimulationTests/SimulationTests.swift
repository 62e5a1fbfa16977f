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

    /// The runs are the same each time. With a fence for every reading of a slot there are twice as many, and with a lane
    /// or coordinator that rests for failures of before, slots stay in nobody's hands half as long again.
    @Test func `live members that get each other's slots soon leave each other alone`() {
        var fences = 0
        var unrest: Int64 = 0
        for seed in 1...200 as ClosedRange<UInt64> {
            let world = SimWorld(seed: seed, .swaps)
            world.run()
            #expect(world.violations.isEmpty)
            fences += world.livingFenced
            unrest += world.longestUnrest
        }
        #expect(fences < 800, "three times in each of 200 runs all slots were shared out anew")
        #expect(unrest / 200 < 800_000, "microseconds, the longest of each run on average")
    }

    @Test func `everything that can go wrong goes wrong in some world`() {
        var awaited: Set = [
            "is killed", "is frozen", "goes on", "leaves", "trespass in", "ILLEGAL_GENERATION", "fenced",
            "another process wrote to the slot", "the outcome of a commit is unknown", "could not be aborted",
            "no producer yet", "came back undelivered", "the destination refuses", "quarantined(",
            "the log does not hold",
            "drop(", "release(", "adopt(", "registered(", "secondLook", "cancelReading", "unsure(",
            "moves slots to another lane",
            "is not read on until", "is deleted", "gone(", "is back", "partitionGoesOn(", "SeekRecord.State.applied",
            "SeekRecord.State.refused",
        ]
        for seed in 1...150 as ClosedRange<UInt64> where !awaited.isEmpty {
            let lines = trace(of: seed)
            awaited = awaited.filter { word in !lines.contains { $0.contains(word) } }
        }
        #expect(awaited.isEmpty)
    }
}
