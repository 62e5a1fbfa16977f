import Foundation
import KafkaHarness
import Model
import RdKafka
import Testing

extension MirrorTests.UnderFire {
    /// Brokers of the source die, and take with them what no other broker has.
    @Suite(.serialized)
    struct SourceBrokerLoss {
        @Test func `a source partition without a leader waits, says so, and goes on when it has one`() throws {
            let pair = try FaultClusters.pair()
            let flow = try MirrorFlow(from: pair.source, to: pair.destination)
            try flow.source.create(
                flow.topic, partitions: 3, replicas: 1, settings: [("min.insync.replicas", "1")])
            let all = (0..<3).map { TopicPartition(flow.topic, $0) }
            try flow.source.produce(all.map { LoadRecord($0, key: [1], value: [1]) })
            let alone = all[try #require(try flow.source.partitions(of: flow.topic, onBroker: 2).first)]
            let process = try flow.start()
            try flow.eventually("a record of each partition") { try arrived(flow, flow.topic).count == 3 }
            try flow.source.kill(broker: 2)
            let waits = process.waitForLine(containing: "partition waits", seconds: 60)
            try flow.source.restart(broker: 2)
            #expect(waits?.contains("\(alone)") == true, "\(flow.logs)")
            #expect(waits?.contains("the source partition has no leader") == true, "\(flow.logs)")
            try flow.source.produce([LoadRecord(alone, key: [1], value: [2])])
            try flow.eventually("the partition goes on") { try arrived(flow, flow.topic).count == 4 }
            #expect(process.waitForLine(containing: "partition goes on", seconds: 60) != nil, "\(flow.logs)")
        }

        @Test func `an unclean election that takes mirrored records back is a loss, and the policy is followed`() throws
        {
            let pair = try FaultClusters.pair()
            let (stopping, skipping) = (Clusters.uniqueName("stopping"), Clusters.uniqueName("skipping"))
            let flow = try MirrorFlow(
                from: pair.source, to: pair.destination, topics: [stopping, skipping],
                settings: ["policies": "[{ topics: ['\(skipping)'], on-loss: skip }]"])
            for topic in flow.topics {
                try flow.source.createUnclean(topic, leader: 2, follower: 3)
                try flow.source.produce(records(topic, "both", 100))
            }
            let process = try flow.start()
            try flow.source.stop(broker: 3)
            for topic in flow.topics { try flow.source.produce(records(topic, "one", 50)) }
            for topic in flow.topics {
                try flow.eventually("all of \(topic)") { try arrived(flow, topic).count == 150 }
            }
            try flow.source.kill(broker: 2)
            try flow.source.restart(broker: 3)
            defer { #expect(throws: Never.self) { try flow.source.restart(broker: 2) } }
            for topic in flow.topics {
                try flow.eventually("the loss in \(topic) is told") {
                    process.output.split(separator: "\n").contains { line in
                        line.contains("records are missing at the source") && line.contains("\(topic)[0]")
                            && line.contains("ends at offset 100, below the position 150")
                    }
                }
                try flow.source.produce(records(topic, "new", 10))
            }
            try flow.eventually("the new records") { try arrived(flow, skipping).count == 160 }
            #expect(try arrived(flow, skipping).suffix(10) == texts("new", 10)[...])
            #expect(try arrived(flow, stopping) == texts("both", 100) + texts("one", 50), "\(flow.logs)")
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

extension KafkaCluster {
    /// A partition that prefers any leader to none.
    fileprivate func createUnclean(_ topic: String, leader: Int, follower: Int) throws {
        _ = try run(
            tool: "org.apache.kafka.tools.TopicCommand",
            [
                "--bootstrap-server", bootstrap, "--create", "--topic", topic, "--replica-assignment",
                "\(leader):\(follower)", "--config", "unclean.leader.election.enable=true", "--config",
                "min.insync.replicas=1",
            ])
    }
}
