import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

extension MirrorTests.UnderFire {
    /// Brokers of the source die, and take with them what no other broker has.
    @Suite(.serialized)
    struct SourceBrokerLoss {
        /// Two things in one test, since each broker that goes and comes takes ten seconds.
        @Test func `a partition without a leader waits, and an unclean election is a loss that is treated by policy`()
            throws
        {
            let pair = try FaultClusters.pair()
            let (stopping, skipping, lonely) = (
                Clusters.uniqueName("stopping"), Clusters.uniqueName("skipping"), Clusters.uniqueName("lonely")
            )
            let flow = try MirrorFlow(
                from: pair.source, to: pair.destination, topics: [stopping, skipping, lonely],
                settings: ["policies": "[{ topics: ['\(skipping)'], on-loss: skip }]"])
            // Any leader is preferred to none.
            let settings = ["unclean.leader.election.enable=true", "min.insync.replicas=1"]
            try flow.source.create(stopping, assignment: "2:3", settings: settings)
            try flow.source.create(skipping, assignment: "2:3", settings: settings)
            try flow.source.create(lonely, assignment: "3", settings: settings)
            for topic in flow.topics { try flow.source.produce(records(topic, "both", 100)) }
            let process = try flow.start()
            for topic in flow.topics { try awaitRecords(100, of: topic, flow) }

            try flow.source.stop(broker: 3)
            for topic in [stopping, skipping] {
                try flow.source.produce(records(topic, "one", 50))
                try awaitRecords(150, of: topic, flow)
            }
            let waits = process.waitForLine(containing: "partition waits", seconds: 60)
            try flow.source.kill(broker: 2)
            try flow.source.restart(broker: 3)
            defer { #expect(throws: Never.self) { try flow.source.restart(broker: 2) } }
            #expect(waits?.contains("\(lonely)[0]") == true, "\(flow.logs)")
            #expect(waits?.contains("the source partition has no leader") == true, "\(flow.logs)")

            for topic in [stopping, skipping] {
                try flow.eventually("the loss in \(topic) is told") {
                    process.output.split(separator: "\n").contains { line in
                        line.contains("records are missing at the source") && line.contains("\(topic)[0]")
                            && line.contains("ends at offset 100, below the position 150")
                    }
                }
            }
            for topic in flow.topics { try flow.source.produce(records(topic, "new", 10)) }
            try awaitRecords(160, of: skipping, flow)
            try awaitRecords(110, of: lonely, flow)
            #expect(try arrived(flow, skipping) == texts("both", 100) + texts("one", 50) + texts("new", 10))
            #expect(try arrived(flow, stopping) == texts("both", 100) + texts("one", 50), "\(flow.logs)")
            let goesOn = process.waitForLine(containing: "partition goes on", seconds: 60)
            #expect(goesOn?.contains("\(lonely)[0]") == true, "\(flow.logs)")
        }

        private func awaitRecords(_ count: Int, of topic: String, _ flow: MirrorFlow) throws {
            try flow.eventually("\(count) records of \(topic)") { try arrived(flow, topic).count == count }
        }

        private func texts(_ word: String, _ count: Int) -> [String] { (0..<count).map { "\(word) \($0)" } }

        private func records(_ topic: String, _ word: String, _ count: Int) -> [LoadRecord] {
            texts(word, count).map { LoadRecord(TopicPartition(topic, 0), key: nil, value: Array($0.utf8)) }
        }

        private func arrived(_ flow: MirrorFlow, _ topic: String) throws -> [String] {
            try flow.destination.records(of: topic).flatMap { $0 }.map {
                String(decoding: $0.value ?? [], as: UTF8.self)
            }
        }
    }
}
