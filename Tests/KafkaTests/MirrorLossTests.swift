import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

extension MirrorTests {
    /// What the source no longer holds is noticed before anything is read on, told with its offsets, and treated as the
    /// policy says.
    @Suite(.serialized)
    struct Loss {
        /// A flow that has mirrored `count` records of its topic's only partition, and has ended.
        private static func mirrored(
            _ count: Int, _ delivery: Delivery = .exactlyOnce, settings: [String: String] = [:]
        ) throws -> MirrorFlow {
            let flow = try MirrorFlow(delivery: delivery, settings: settings)
            try flow.source.create(flow.topic, partitions: 1)
            try flow.source.produce(values("old", count, flow.topic))
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            return flow
        }

        private static func values(_ stem: String, _ count: Int, _ topic: String) -> [LoadRecord] {
            (0..<count).map { LoadRecord(TopicPartition(topic, 0), key: nil, value: Array("\(stem)-\($0)".utf8)) }
        }

        private static func texts(_ stem: String, _ range: Range<Int>) -> [String] { range.map { "\(stem)-\($0)" } }

        private static func arrived(_ flow: MirrorFlow) throws -> [String] {
            try flow.destination.records(of: flow.topic).joined().map {
                String(decoding: $0.value ?? [], as: UTF8.self)
            }
        }

        /// The same flow with another policy.
        private static func again(_ flow: MirrorFlow, _ policy: LossPolicy) throws -> MirrorFlow {
            try MirrorFlow(
                name: flow.name, topics: flow.topics, delivery: flow.delivery, settings: ["on-loss": policy.rawValue])
        }

        @Test(arguments: Delivery.allCases)
        func `records deleted before they were read stop the partition, or are skipped`(delivery: Delivery) throws {
            let flow = try Self.mirrored(1_000, delivery)
            try flow.source.produce(Self.values("new", 500, flow.topic))
            try flow.source.deleteRecords(of: TopicPartition(flow.topic, 0), below: 1_200)
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 1, "\(flow.logs)")
            #expect(flow.logs.contains("offsets 1000 to 1199 are gone"), "\(flow.logs)")
            #expect(flow.logs.contains("`on-loss: skip`"), "\(flow.logs)")
            #expect(try Self.arrived(flow).count == 1_000)

            let skipping = try Self.again(flow, .skip)
            #expect(try skipping.startOnce().waitForExit(seconds: 120)?.code == 0, "\(skipping.logs)")
            #expect(skipping.logs.contains("offsets 1000 to 1199 are gone"), "\(skipping.logs)")
            #expect(try Self.arrived(flow) == Self.texts("old", 0..<1_000) + Self.texts("new", 200..<500))
        }

        @Test func `retention that has taken mirrored records only is no loss`() throws {
            let flow = try Self.mirrored(1_000)
            try flow.source.produce(Self.values("new", 500, flow.topic))
            try flow.source.deleteRecords(of: TopicPartition(flow.topic, 0), below: 1_000)
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            #expect(try Self.arrived(flow) == Self.texts("old", 0..<1_000) + Self.texts("new", 0..<500))
        }

        /// Below the position the broker refuses the offset; beyond it only the marked record tells.
        @Test(arguments: zip([300, 3_000, 3_000], [LossPolicy.restart, .skip, .restart]))
        func `a recreated topic stops the partition, or is treated as the policy says`(
            count: Int, policy: LossPolicy
        ) throws {
            let flow = try Self.mirrored(1_000)
            try flow.source.recreate(flow.topic, partitions: 1)
            try flow.source.produce(Self.values("new", count, flow.topic))
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 1, "\(flow.logs)")
            let told = count < 1_000 ? "ends at offset 300" : "is another than the one mirrored"
            #expect(flow.logs.contains(told), "\(flow.logs)")
            #expect(try Self.arrived(flow) == Self.texts("old", 0..<1_000))

            let decided = try Self.again(flow, policy)
            let process = try decided.start()
            try decided.eventually("the loss was told") { decided.logs.contains("records are missing at the source") }
            let old = Self.texts("old", 0..<1_000)
            let expected = old + (policy == .restart ? Self.texts("new", 0..<count) : [])
            try decided.eventually("what the policy says") { try Self.arrived(flow).count >= expected.count }
            // What comes next is mirrored with every policy but `stop`. Skipping, it must wait for the jump.
            try decided.eventually("the partition runs again", seconds: 30) {
                try flow.source.produce([LoadRecord(TopicPartition(flow.topic, 0), key: nil, value: Array("tail".utf8))]
                )
                Thread.sleep(forTimeInterval: 0.5)
                return try Self.arrived(flow).last == "tail"
            }
            let arrived = try Self.arrived(flow)
            #expect(Array(arrived.prefix(expected.count)) == expected)
            #expect(Set(arrived.dropFirst(expected.count)) == ["tail"])
            process.terminate()
            #expect(process.waitForExit(seconds: 60)?.code == 0, "\(decided.logs)")
            let after = try Self.again(flow, .stop)
            #expect(try after.startOnce().waitForExit(seconds: 120)?.code == 0, "the new log stands now: \(after.logs)")
        }

        @Test(arguments: Delivery.allCases)
        func `a topic recreated under a running flow stops it before anything of the new one is copied`(
            delivery: Delivery
        ) throws {
            let flow = try MirrorFlow(delivery: delivery)
            try flow.source.create(flow.topic, partitions: 1)
            try flow.source.produce(Self.values("old", 1_000, flow.topic))
            let process = try flow.start()
            try flow.eventually("all was copied") { try Self.arrived(flow).count == 1_000 }
            try flow.source.delete(flow.topic)
            try flow.eventually("the missing topic is noticed") {
                process.output.contains("does not show the topic") || process.output.contains("has no topic")
            }
            try flow.source.create(flow.topic, partitions: 1)
            try flow.source.produce(Self.values("new", 3_000, flow.topic))
            try flow.eventually("the loss was told") { process.output.contains("records are missing at the source") }
            #expect(try Self.arrived(flow) == Self.texts("old", 0..<1_000), "\(flow.logs)")
        }

        @Test func `a record that compaction has removed is no alarm`() throws {
            let flow = try MirrorFlow()
            try flow.source.create(
                flow.topic, partitions: 1,
                settings: [
                    ("cleanup.policy", "compact"), ("segment.ms", "100"), ("min.cleanable.dirty.ratio", "0.001"),
                    ("max.compaction.lag.ms", "1000"),
                ])
            let partition = TopicPartition(flow.topic, 0)
            try flow.source.produce((0..<50).map { LoadRecord(partition, key: [1], value: [UInt8($0)]) })
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            try flow.eventually("the mirrored record was compacted away", seconds: 120) {
                try flow.source.produce([LoadRecord(partition, key: [1], value: [99])])
                Thread.sleep(forTimeInterval: 0.5)
                return try flow.source.records(of: flow.topic)[0].allSatisfy { $0.offset > 50 }
            }
            let end = try flow.source.end(of: partition)
            let process = try flow.startOnce()
            #expect(process.waitForExit(seconds: 120)?.code == 0, "of \(end): \(flow.logs)")
            #expect(!flow.logs.contains("records are missing"), "\(flow.logs)")
        }

        @Test(arguments: Delivery.allCases)
        func `a destination topic made anew stops its partitions, or is gone on with`(delivery: Delivery) throws {
            let flow = try Self.mirrored(1_000, delivery)
            try flow.destination.recreate(flow.topic, partitions: 1)
            try flow.source.produce(Self.values("new", 10, flow.topic))
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 1, "\(flow.logs)")
            #expect(flow.logs.contains("was deleted and made anew, or truncated"), "\(flow.logs)")
            let before = try Self.arrived(flow)
            if delivery == .exactlyOnce { #expect(before.isEmpty) }

            let decided = try MirrorFlow(
                name: flow.name, topics: flow.topics, delivery: delivery, settings: ["on-destination-loss": "recreate"])
            #expect(try decided.startOnce().waitForExit(seconds: 120)?.code == 0, "\(decided.logs)")
            // At least once the first batch had arrived when it was noticed.
            #expect(try Self.arrived(flow) == Self.texts("new", 0..<10))
        }

        @Test(arguments: Delivery.allCases)
        func `a deleted destination topic is told and not made again, unless the policy says so`(
            delivery: Delivery
        ) throws {
            let flow = try Self.mirrored(1_000, delivery)
            try flow.destination.delete(flow.topic)
            let process = try flow.start()
            let told = process.waitForLine(containing: "it was deleted at the destination", seconds: 60)
            #expect(told?.contains("`on-destination-loss: recreate`") == true, "\(flow.logs)")
            #expect(try flow.destination.admin().topic(flow.topic, timeoutMilliseconds: 10_000) == nil)
            process.terminate()
            #expect(process.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")

            let decided = try MirrorFlow(
                name: flow.name, topics: flow.topics, delivery: delivery, settings: ["on-destination-loss": "recreate"])
            let second = try decided.start()
            #expect(
                second.waitForLine(containing: "destination topic made or grown", seconds: 60) != nil, "\(decided.logs)"
            )
            try flow.source.produce(Self.values("new", 10, flow.topic))
            try decided.eventually("the new records") { try Self.arrived(flow) == Self.texts("new", 0..<10) }
        }
    }
}

extension KafkaCluster {
    /// Returns when the topic is gone.
    func delete(_ topic: String) throws {
        _ = try run(
            tool: "org.apache.kafka.tools.TopicCommand",
            ["--bootstrap-server", bootstrap, "--delete", "--topic", topic])
        let deadline = Date.now.addingTimeInterval(30)
        while try admin().topic(topic, timeoutMilliseconds: 10_000) != nil {
            try #require(Date.now < deadline, "\(topic) was not deleted")
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    func recreate(_ topic: String, partitions: Int32) throws {
        try delete(topic)
        try create(topic, partitions: partitions)
    }
}
