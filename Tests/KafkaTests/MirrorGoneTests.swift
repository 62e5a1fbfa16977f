import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

extension MirrorTests {
    /// A topic that the source has deleted is told of once, and is in nobody's way.
    @Suite(.serialized)
    struct Gone {
        private static func values(_ stem: String, _ count: Int, _ topic: String) -> [LoadRecord] {
            (0..<count).map { LoadRecord(TopicPartition(topic, 0), key: nil, value: Array("\(stem)-\($0)".utf8)) }
        }

        private static func texts(_ stem: String, _ count: Int) -> [String] { (0..<count).map { "\(stem)-\($0)" } }

        private static func arrived(_ flow: MirrorFlow, _ topic: String) throws -> [String] {
            try flow.destination.records(of: topic).joined().map { String(decoding: $0.value ?? [], as: UTF8.self) }
        }

        /// A flow of two topics with some records each.
        private static func flow(_ delivery: Delivery, _ policy: LossPolicy) throws -> MirrorFlow {
            let stem = Clusters.uniqueName("gone")
            let flow = try MirrorFlow(
                topics: ["\(stem)-a", "\(stem)-b"], delivery: delivery, settings: ["on-loss": policy.rawValue])
            for topic in flow.topics {
                try flow.source.create(topic, partitions: 1)
                try flow.source.produce(values("old", 500, topic))
            }
            return flow
        }

        private static func tellings(_ process: MartletProcess) -> [Substring] {
            process.output.split(separator: "\n").filter { $0.contains("source topic gone") }
        }

        private static func output(_ flow: MirrorFlow, _ arguments: [String]) throws -> (code: Int32?, text: String) {
            let process = try flow.command(arguments)
            let exit = process.waitForExit(seconds: 60)
            return (exit?.code, process.output)
        }

        @Test(arguments: zip(Delivery.allCases, [LossPolicy.restart, .stop]))
        func `a deleted topic does not hold up its flow, and is judged when it is made anew`(
            delivery: Delivery, policy: LossPolicy
        ) throws {
            let flow = try Self.flow(delivery, policy)
            let (deleted, kept) = (flow.topics[0], flow.topics[1])
            let process = try flow.start()
            let old = Self.texts("old", 500)
            try flow.eventually("all was copied") {
                try flow.topics.allSatisfy { try Self.arrived(flow, $0) == old }
            }
            try flow.source.delete(deleted)
            let told = process.waitForLine(containing: "source topic gone", seconds: 60)
            #expect(told?.contains(deleted) == true && told?.contains("0: 500") == true, "\(flow.logs)")
            try flow.source.produce(Self.values("new", 10, kept))
            try flow.eventually("the other topic goes on") {
                try Self.arrived(flow, kept) == old + Self.texts("new", 10)
            }
            let states = process.waitForLine(containing: " gone=1", seconds: 120)
            #expect(states?.contains("health=idle") == true && states?.contains("running=1") == true, "\(flow.logs)")
            let table = try Self.output(flow, ["positions", "show", "--config", "{config}"])
            let row = table.text.split(separator: "\n").first { $0.contains("\(deleted)[0]") }
            #expect(row?.contains("GONE") == true && row?.contains("500") == true, "\(table.text)")
            let check = try Self.output(flow, ["check", "--config", "{config}"])
            #expect(check.code == 0 && check.text.contains("\(deleted) was mirrored and is gone"), "\(check.text)")
            #expect(Self.tellings(process).count == 1, "\(flow.logs)")
            #expect(!process.output.contains("records are missing"), "\(flow.logs)")

            try flow.source.create(deleted, partitions: 1)
            try flow.source.produce(Self.values("anew", 300, deleted))
            try flow.eventually("the loss was told") { process.output.contains("ends at offset 300") }
            switch policy {
            case .restart, .skip:
                try flow.eventually("the new topic is copied") {
                    try Self.arrived(flow, deleted) == old + Self.texts("anew", 300)
                }
            case .stop:
                let stopped = process.waitForLine(containing: "partition stopped", seconds: 60)
                #expect(stopped?.contains("`on-loss: restart`") == true, "\(flow.logs)")
                #expect(try Self.arrived(flow, deleted) == old)
            }
        }

        @Test func `a topic that was deleted while no process ran is told, and a copy of the rest ends`() throws {
            let flow = try Self.flow(.exactlyOnce, .stop)
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            try flow.source.delete(flow.topics[0])
            try flow.source.produce(Self.values("new", 10, flow.topics[1]))
            let process = try flow.startOnce()
            #expect(process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            #expect(Self.tellings(process).count == 1, "\(flow.logs)")
            #expect(try Self.arrived(flow, flow.topics[1]) == Self.texts("old", 500) + Self.texts("new", 10))
        }
    }
}
