import Foundation
import KafkaHarness
import Model
import Rig
import Testing
import Verify

extension MirrorTests {
    /// The end of a process, where nothing can be finished any more.
    @Suite(.serialized)
    struct Stopping {
        /// A process ends 15 s after it was told to at the latest.
        private static let stopSeconds = 17.0

        @Test func `a process that is told to stop ends in time, also when the destination stands still`() throws {
            let destination = try KafkaCluster.start(brokers: 1)
            defer { destination.shutdown() }
            let runs = try Delivery.allCases.map { delivery in
                let flow = try MirrorFlow(to: destination, delivery: delivery)
                let load = try MirrorLoad(flow, partitions: 4, ratePerSecond: 2_000, total: .max / 2)
                load.start()
                return (flow: flow, load: load, process: try flow.start())
            }
            for run in runs { try run.load.awaitReceived(1_000) }
            destination.freeze(broker: 1)
            let starting = try runs[0].flow.start(instance: "late")
            #expect(starting.waitForLine(containing: "not ready to start", seconds: 60) != nil, "\(runs[0].flow.logs)")
            let begin = Date.now
            for run in runs { run.process.terminate() }
            starting.terminate()
            #expect(starting.waitForExit(seconds: 60)?.code == 0, "\(runs[0].flow.logs)")
            for run in runs {
                // Whether what was under way could be taken back in time, or was left to be fenced.
                #expect(run.process.waitForExit(seconds: 60) != nil, "\(run.flow.logs)")
            }
            let seconds = Date.now.timeIntervalSince(begin)
            report("all had ended \(seconds.formatted) s after SIGTERM, in front of a destination that stood still")
            #expect(seconds < MirrorScale.bound(Self.stopSeconds, else: 60))
            destination.thaw(broker: 1)
            for run in runs {
                run.load.stop()
                _ = try run.flow.start(instance: "next")
                let verdict = try run.load.verdict()
                #expect(verdict.isClean(run.flow.delivery.claim), "\(verdict.summary)\n\(run.flow.logs)")
            }
        }
    }
}
