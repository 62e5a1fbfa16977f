import Foundation
import KafkaHarness
import Model
import Rig
import Testing
import Trials
import Verify

extension MirrorTests {
    /// A destination in another data centre.
    @Suite(.serialized)
    struct Far {
        @Test(arguments: Delivery.allCases)
        func `a flow that names no lanes takes several over a long way, and loses nothing`(
            delivery: Delivery
        ) throws {
            let destination = try KafkaCluster.start(brokers: 1, isProxied: true)
            defer { destination.shutdown() }
            try destination.apply(.latency(milliseconds: 50), broker: 1)
            let flow = try MirrorFlow(
                from: try Clusters.source(), to: destination, delivery: delivery,
                settings: ["session-timeout": "20s"])
            let load = try MirrorLoad(flow, partitions: 8, total: 30_000)
            try load.fill()
            let check = try flow.startCheck()
            #expect(check.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
            #expect(check.output.contains("ms away: a run moves records with 4 lanes"), "\(flow.logs)")
            let process = try flow.start()
            try flow.eventually("lanes by the way", seconds: MirrorFlow.limitSeconds) {
                flow.logs.contains("the destination is far: several lanes") && flow.logs.contains("lanes=4")
            }
            let verdict = try load.verdictAfterFill()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
            let claimed = (0..<4).filter { flow.logs.contains("lane=\($0)") }
            #expect(claimed == [0, 1, 2, 3], "\(flow.logs)")
            process.terminate()
            #expect(process.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
        }
    }
}
