import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials
import Verify

extension MirrorTests {
    /// What cannot be mirrored is said with its remedy, ends with the right exit code, and never holds up the rest.
    @Suite(.serialized)
    struct Refusals {
        @Test func `the same cluster at both ends is refused before anything is made`() throws {
            let pair = try Clusters.pair()
            let flow = try MirrorFlow(from: pair.source, to: pair.source)
            let process = try flow.start()
            #expect(process.waitForExit(seconds: 60)?.code == 1)
            #expect(process.output.contains("source and destination are the same cluster"), "\(flow.logs)")
            let topics = try pair.source.admin().topics(timeoutMilliseconds: 10_000).map(\.name)
            #expect(!topics.contains { $0.contains(flow.name) })
        }

        @Test func `positions of another source cluster are refused`() throws {
            let flow = try MirrorFlow()
            try flow.source.create(flow.topic, partitions: 1)
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0)
            let other = try MirrorFlow(from: MirrorClusters.third, name: flow.name, topics: flow.topics)
            #expect(try other.start().waitForExit(seconds: 60)?.code == 1)
            #expect(other.logs.contains("give a flow from another cluster another name"), "\(other.logs)")
        }

        @Test func `an unknown topic is told, the others are copied, and it is mirrored once it is there`() throws {
            let (known, unknown) = (Clusters.uniqueName("known"), Clusters.uniqueName("unknown"))
            let flow = try MirrorFlow(topics: [known, unknown])
            let load = try MirrorLoad(flow, topic: known, partitions: 2, total: 1_000)
            try load.fill()
            let once = try flow.startOnce()
            #expect(once.waitForExit(seconds: 120)?.code == 1)
            #expect(once.output.contains("the source has no such topic yet"), "\(flow.logs)")

            let process = try flow.start()
            let warning = process.waitForLine(containing: "the source has no such topic yet", seconds: 60)
            #expect(warning?.contains(unknown) == true, "\(flow.logs)")
            let late = try MirrorLoad(flow, topic: unknown, partitions: 2, total: 1_000)
            try late.fill()
            for load in [load, late] {
                let verdict = try load.verdictAfterFill()
                #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
            }
        }

        @Test func `a topic that holds data is refused without a start, and the others are copied`() throws {
            let (free, taken) = (Clusters.uniqueName("free"), Clusters.uniqueName("taken"))
            let flow = try MirrorFlow(topics: [free, taken])
            let loads = try [free, taken].map { try MirrorLoad(flow, topic: $0, partitions: 2, total: 1_000) }
            for load in loads { try load.fill() }
            try flow.destination.create(taken, partitions: 2)
            try flow.destination.produce([LoadRecord(TopicPartition(taken, 1), key: nil, value: [7])])

            let process = try flow.startOnce()
            #expect(process.waitForExit(seconds: 120)?.code == 1)
            let line = process.waitForLine(containing: "already holds data", seconds: 0)
            #expect(line?.contains(taken) == true && line?.contains("`start: earliest`") == true, "\(flow.logs)")
            #expect(try flow.destination.records(of: taken).map(\.count) == [0, 1])
            let verdict = try loads[0].verdictAfterFill()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")

            let decided = try MirrorFlow(name: flow.name, topics: flow.topics, settings: ["start": "earliest"])
            let second = try decided.startOnce()
            #expect(second.waitForExit(seconds: 120)?.code == 0, "\(decided.logs)")
            #expect(try flow.destination.records(of: taken).map(\.count) == [500, 501])
        }

        @Test func `a second process with the same name is told so, and leaves the first alone`() throws {
            let flow = try MirrorFlow()
            let load = try MirrorLoad(flow, partitions: 4, ratePerSecond: 1_000, total: .max / 2)
            load.start()
            _ = try flow.start(instance: "twin")
            try load.awaitReceived(1)
            let second = try flow.start(instance: "twin")
            let line = second.waitForLine(containing: "a member named twin", seconds: 60)
            #expect(line?.contains("--instance") == true, "\(flow.logs)")
            try load.awaitReceived(load.received + 3_000)
            second.terminate()
            #expect(second.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
            load.stop()
            let verdict = try load.verdict()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
        }

        /// With exactly-once the broker refuses the transaction as a whole: the lane finds out whom it means. A flow with
        /// each promise, at the same time: most of it is waiting.
        @Test func `a topic without rights in the destination is told, and the others are copied`() throws {
            let destination = try MirrorClusters.third
            let runs = try Delivery.allCases.map { delivery in
                let names = ["open", "sealed", "barred"].map(Clusters.uniqueName)
                let flow = try MirrorFlow(to: destination, topics: names, delivery: delivery)
                let loads = try names.map { try MirrorLoad(flow, topic: $0, partitions: 2, total: 1_000) }
                for load in loads { try load.fill() }
                try destination.create(names[1], partitions: 2)
                return (flow: flow, load: loads[0])
            }
            try destination.deny("Write", topics: runs.map { $0.flow.topics[1] })
            try destination.deny("Create", topics: runs.map { $0.flow.topics[2] })

            let processes = try runs.map { try $0.flow.startOnce() }
            for (process, run) in zip(processes, runs) {
                #expect(process.waitForExit(seconds: 60)?.code == 1, "\(run.flow.logs)")
                let lines = process.output.split(separator: "\n")
                for name in run.flow.topics.dropFirst() {
                    #expect(
                        lines.contains { $0.contains(name) && $0.contains("uthoriz") }, "\(name)\n\(run.flow.logs)")
                }
                let verdict = try run.load.verdictAfterFill()
                #expect(verdict.isClean(run.flow.delivery.claim), "\(verdict.summary)\n\(run.flow.logs)")
            }
        }

        @Test func `a topic that may not be read in the source is told, and the others are copied`() throws {
            let names = ["open", "closed"].map(Clusters.uniqueName)
            let flow = try MirrorFlow(from: MirrorClusters.third, topics: names)
            let loads = try names.map { try MirrorLoad(flow, topic: $0, partitions: 2, total: 1_000) }
            for load in loads { try load.fill() }
            try flow.source.deny("Read", topics: [names[1]])

            let process = try flow.startOnce()
            #expect(process.waitForExit(seconds: 60)?.code == 1, "\(flow.logs)")
            let lines = process.output.split(separator: "\n")
            #expect(lines.contains { $0.contains(names[1]) && $0.contains("uthoriz") }, "\(flow.logs)")
            let verdict = try loads[0].verdictAfterFill()
            #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)\n\(flow.logs)")
        }
    }
}

extension KafkaCluster {
    /// Denies one operation on some topics to everybody; all else of the topics stays allowed.
    fileprivate func deny(_ operation: String, topics: [String]) throws {
        try deny(operation, on: topics.flatMap { ["--topic", $0] })
    }
}
