import Foundation
import KafkaHarness
import Model
import Rig
import Testing
import Verify

extension MirrorTests {
    /// Every record arrives as it left: in its partition, in its order, once, whatever happens to the process.
    @Suite(.serialized)
    struct Fidelity {
        @Test(arguments: Delivery.allCases)
        func `a restart in good order loses nothing and adds nothing`(delivery: Delivery) throws {
            let flow = try MirrorFlow(delivery: delivery)
            let load = try MirrorLoad(flow, total: MirrorScale.records)
            load.start()
            let first = try flow.start()
            try load.awaitMiddle()
            first.terminate()
            #expect(first.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
            #expect(load.arrived < load.total, "the restart came too late to be one in the middle")
            _ = try flow.start()
            let verdict = try load.verdict()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
        }

        @Test(arguments: Delivery.allCases)
        func `a kill loses nothing, and with exactly-once adds nothing`(delivery: Delivery) throws {
            let flow = try MirrorFlow(delivery: delivery)
            let load = try MirrorLoad(flow, total: MirrorScale.records)
            load.start()
            let first = try flow.start()
            try load.awaitMiddle()
            first.kill()
            #expect(load.arrived < load.total, "the kill came too late to be one in the middle")
            _ = try flow.start()
            let verdict = try load.verdict()
            #expect(verdict.isClean(delivery.claim), "\(verdict.summary)\n\(flow.logs)")
            report("\(delivery.rawValue): \(verdict.counts.duplicated) records twice after a kill")
        }
    }
}

extension Delivery {
    /// What is claimed when not everything went in good order.
    var claim: Claim { self == .exactlyOnce ? .exactlyOnce : .atLeastOnce }
}
