import Foundation
import KafkaHarness
import Model
import Rig
import Testing
import Verify

extension MirrorTests {
    /// Processes come and go under load, and nobody downstream sees it.
    @Suite(.serialized)
    struct Sharing {
        @Test(arguments: Delivery.allCases)
        func `processes that join and leave in good order lose nothing and add nothing`(delivery: Delivery) throws {
            let flow = try MirrorFlow(delivery: delivery)
            let load = try MirrorLoad(flow, partitions: 12, ratePerSecond: 4_000, total: .max / 2)
            load.start()
            var running = try ["p1", "p2"].map { try flow.start(instance: $0) }
            try flow.eventually("both have slots") { running.allSatisfy { $0.slotsHeld > 0 } }
            try load.awaitReceived(1)

            for round in 0..<MirrorScale.rounds {
                let joined = try flow.start(instance: "p\(round + 3)")
                running.append(joined)
                try flow.eventually("the process that joined has slots") { joined.slotsHeld > 0 }
                let left = running.removeFirst()
                left.terminate()
                #expect(left.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
                // The load goes through whoever is left before the next one joins.
                try load.awaitReceived(load.received + 4_000)
            }
            #expect(running.allSatisfy { $0.slotsHeld > 0 })
            load.stop()
            let verdict = try load.verdict()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
            #expect(!flow.logs.contains("slots lost"), "\(flow.logs)")
        }
    }
}

extension MartletProcess {
    /// Slots that it was given and has not been asked back, as its log tells.
    var slotsHeld: Int {
        output.split(separator: "\n").reduce(0) { held, line in
            guard let number = line.split(separator: " slots=").last.flatMap({ Int($0) }) else { return held }
            if line.contains("slots assigned") { return held + number }
            return line.contains("slots revoked") || line.contains("slots lost") ? held - number : held
        }
    }
}
