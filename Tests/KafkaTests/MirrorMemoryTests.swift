import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

extension MirrorTests {
    /// What a flow remembers lies in topics that keep it.
    @Suite(.serialized)
    struct Memory {
        private static func copied(_ flow: MirrorFlow, partitions: Int) -> Int64 {
            flow.destination.ends(of: flow.topic, partitions: partitions).reduce(0, +)
        }

        private static func records(_ topic: String, _ count: Int) -> [LoadRecord] {
            (0..<count).map { LoadRecord(TopicPartition(topic, 0), key: nil, value: Array("\($0)".utf8)) }
        }

        @Test func `the flow's own topics are compacted, soon and in small pieces, and elect nobody who is behind`()
            throws
        {
            let flow = try MirrorFlow()
            try flow.source.create(flow.topic, partitions: 1)
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            #expect(!flow.logs.contains("memory is in danger"), "\(flow.logs)")
            let wanted = [
                "cleanup.policy": "compact", "segment.bytes": "16777216", "segment.ms": "600000",
                "min.cleanable.dirty.ratio": "0.1", "delete.retention.ms": "300000",
                "unclean.leader.election.enable": "false",
            ]
            for topic in ["positions", "control"].map({ "martlet.\(flow.name).\($0)" }) {
                let settings = try flow.destination.admin().topicSettings(of: topic, timeoutMilliseconds: 10_000)
                #expect(settings.filter { wanted[$0.key] != nil } == wanted, "\(topic)")
            }
        }

        @Test func `topics of its own that lose what they hold are told by run and by check`() throws {
            let flow = try MirrorFlow()
            try flow.source.create(flow.topic, partitions: 1)
            let (positions, control) = ("martlet.\(flow.name).positions", "martlet.\(flow.name).control")
            try flow.destination.create(positions, partitions: 12, settings: [("cleanup.policy", "delete")])
            try flow.destination.create(
                control, partitions: 1,
                settings: [("cleanup.policy", "compact"), ("unclean.leader.election.enable", "true")])
            let check = try flow.startCheck()
            #expect(check.waitForExit(seconds: 60)?.code == 1)
            let lines = check.output.split(separator: "\n")
            #expect(
                lines.contains {
                    $0.contains("problem:") && $0.contains("\(positions) at to: cleanup.policy is delete")
                })
            #expect(lines.contains { $0.contains("note:") && $0.contains("\(control) at to: unclean.leader.election") })
            #expect(check.output.contains("--entity-name \(positions) --add-config cleanup.policy=compact"))

            let process = try flow.start()
            try flow.eventually("both are told") {
                [positions, control].allSatisfy { topic in
                    process.output.split(separator: "\n")
                        .contains { $0.contains("memory is in danger") && $0.contains(topic) }
                }
            }
            process.terminate()
            #expect(process.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
        }

        /// What weeks do to a cluster, in seconds: nobody knows the group, the transactional ids or the producers any more,
        /// and retention has taken the mirrored records at both ends, the marked one among them. Both promises wait for it
        /// together.
        @Test func `a flow that stood still for weeks goes on where it was`() throws {
            let destination = try KafkaCluster.start(
                brokers: 1,
                settings: [
                    "transactional.id.expiration.ms": "1000",
                    "transaction.remove.expired.transaction.cleanup.interval.ms": "500",
                    "producer.id.expiration.ms": "1000", "log.retention.ms": "1000",
                    "log.retention.check.interval.ms": "500", "log.cleaner.backoff.ms": "500",
                ])
            defer { destination.shutdown() }
            let flows = try Delivery.allCases.map { try MirrorFlow(to: destination, delivery: $0) }
            for flow in flows {
                try flow.source.create(flow.topic, partitions: 1)
                try flow.source.produce(Self.records(flow.topic, 500))
            }
            try copy(flows)
            let before = flows.map { Self.copied($0, partitions: 1) }

            let groups = flows.flatMap { ["--group", "martlet.\($0.name)"] }
            _ = try destination.run(
                tool: "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
                ["--bootstrap-server", destination.bootstrap, "--delete"] + groups)
            for flow in flows {
                try flow.source.produce(Self.records(flow.topic, 200))
                try flow.source.deleteRecords(of: TopicPartition(flow.topic, 0), below: 500)
                try flow.eventually("retention has emptied the destination topic") {
                    try destination.isEmpty(TopicPartition(flow.topic, 0))
                }
            }
            // As long as it takes until the ids have expired, too.
            Thread.sleep(forTimeInterval: 3)
            try copy(flows)
            for (flow, before) in zip(flows, before) {
                #expect(!flow.logs.contains("records are missing"), "\(flow.logs)")
                // With exactly-once a marker of the transaction stands there, too.
                let added = Self.copied(flow, partitions: 1) - before
                #expect(added >= 200 && added < 250, "\(added) more: \(flow.logs)")
            }
        }

        private func copy(_ flows: [MirrorFlow]) throws {
            let processes = try flows.map { try $0.startOnce() }
            for (flow, process) in zip(flows, processes) {
                #expect(process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            }
        }
    }
}

extension KafkaCluster {
    /// Nothing of what was in it is left.
    fileprivate func isEmpty(_ partition: TopicPartition) throws -> Bool {
        let bounds = try admin().watermarks(of: partition, timeoutMilliseconds: 10_000)
        return bounds.low == bounds.high && bounds.high > 0
    }
}
