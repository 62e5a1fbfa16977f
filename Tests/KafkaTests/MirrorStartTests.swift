import Foundation
import KafkaHarness
import Model
import Rig
import Testing
import Verify

extension MirrorTests {
    /// Where a flow begins.
    @Suite(.serialized)
    struct Start {
        /// The judge of the second load knows nothing of the first one: a record of it would be unexpected.
        @Test func `latest begins with what comes next, and later topics with their first record`() throws {
            let stem = Clusters.uniqueName("latest")
            let flow = try MirrorFlow(
                topics: ["\(stem)-.*"], delivery: .atLeastOnce, settings: ["start": "latest"])
            let topic = "\(stem)-old"
            try MirrorLoad(flow, topic: topic, partitions: 3, total: 3_000).fill()
            let process = try flow.start()
            #expect(process.waitForLine(containing: "topic registered", seconds: 60) != nil, "\(flow.logs)")
            let next = try MirrorLoad(flow, topic: topic, partitions: 3, creating: false, total: 3_000)
            try next.fill()
            let late = try MirrorLoad(flow, topic: "\(stem)-late", partitions: 2, total: 2_000)
            try late.fill()
            for load in [next, late] {
                let verdict = try load.verdictAfterFill()
                #expect(verdict.isClean(.exactlyOnce), "\(load.topic): \(verdict.summary)\n\(flow.logs)")
            }
        }

        @Test func `a timestamp begins with the first record that is as young`() throws {
            let now = Int64(Date.now.timeIntervalSince1970 * 1_000)
            let (old, young) = (now - 3_600_000, now - 60_000)
            let flow = try MirrorFlow(delivery: .atLeastOnce, settings: ["start": "\(young)"])
            try MirrorLoad(flow, partitions: 3, plan: .dated(old), total: 3_000).fill()
            let next = try MirrorLoad(flow, partitions: 3, plan: .dated(young), creating: false, total: 3_000)
            try next.fill()
            let process = try flow.startOnce()
            #expect(process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            let verdict = try next.verdictAfterFill()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
        }

        @Test func `earliest begins with the first record, also where the destination holds data`() throws {
            let flow = try MirrorFlow(delivery: .atLeastOnce)
            try MirrorLoad(flow, partitions: 2, total: 500).fill()
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0)
            let again = try MirrorFlow(
                topics: flow.topics, delivery: .atLeastOnce, settings: ["start": "earliest"])
            #expect(try again.startOnce().waitForExit(seconds: 120)?.code == 0, "\(again.logs)")
            let source = try flow.source.records(of: flow.topic).map { $0.map(MirroredFields.init) }
            let destination = try flow.destination.records(of: flow.topic).map { $0.map(MirroredFields.init) }
            #expect(destination == source.map { $0 + $0 })
        }
    }
}

extension LoadPlan {
    /// Usual timestamps only, from this one on.
    fileprivate static func dated(_ milliseconds: Int64) -> LoadPlan {
        LoadPlan(seed: .random(in: 0 ... .max), valueBytes: 100...100, baseTimestampMilliseconds: milliseconds)
    }
}
