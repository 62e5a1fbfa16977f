import Foundation
import KafkaHarness
import Model
import RdKafka
import Testing

extension MirrorTests {
    /// `martlet positions` on a flow that has run.
    @Suite(.serialized)
    struct Positions {
        /// Runs the command to its end.
        private func positions(_ flow: MirrorFlow, _ arguments: String...) throws -> (code: Int32, output: String) {
            let process = try flow.command(["positions"] + arguments + ["--config", "{config}"])
            let exit = process.waitForExit(seconds: MirrorFlow.limitSeconds)
            return (exit?.code ?? -1, process.output)
        }

        private func rows(_ flow: MirrorFlow) throws -> [[String: Any]] {
            let answer = try positions(flow, "show", "--json")
            #expect(answer.code == 0, "\(answer.output)")
            let begin = try #require(answer.output.firstIndex(of: "{"))
            let json = try JSONSerialization.jsonObject(with: Data(answer.output[begin...].utf8))
            return (json as? [String: Any])?["partitions"] as? [[String: Any]] ?? []
        }

        private func copied(_ flow: MirrorFlow) throws -> [Int32: Int] {
            try flow.destination.records(of: flow.topic).reduce(into: [:]) { counts, records in
                for record in records { counts[record.partition.partition, default: 0] += 1 }
            }
        }

        @Test func `a partition that is set back is copied again, and no other`() throws {
            let flow = try MirrorFlow(delivery: .exactlyOnce)
            try MirrorLoad(flow, partitions: 3, total: 900).fill()
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            let shown = try rows(flow)
            #expect(shown.map { $0["lag"] as? Int } == [0, 0, 0])
            #expect(shown.allSatisfy { $0["owner"] == nil || $0["owner"] is NSNull })
            let before = try copied(flow)

            let outside = try positions(flow, "set", "--topic", flow.topic, "--partition", "1", "--to", "100000")
            #expect(outside.code == 1 && outside.output.contains("is not among them"), "\(outside.output)")
            let dry = try positions(
                flow, "set", "--topic", flow.topic, "--partition", "1", "--to", "earliest", "--dry-run")
            #expect(dry.code == 0 && dry.output.contains("nothing was written"), "\(dry.output)")
            #expect(try rows(flow).map { $0["lag"] as? Int } == [0, 0, 0])

            let set = try positions(flow, "set", "--topic", flow.topic, "--partition", "1", "--to", "earliest")
            #expect(set.code == 0 && set.output.contains("written: 1 position(s)"), "\(set.output)")
            #expect(try rows(flow).map { ($0["lag"] as? Int ?? 0) > 0 } == [false, true, false])
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            let after = try copied(flow)
            #expect(after == before.merging([1: 2 * (before[1] ?? 0)]) { $1 })
        }

        @Test func `a flow that has lost both its topics goes on from an export`() throws {
            let flow = try MirrorFlow(delivery: .exactlyOnce)
            try MirrorLoad(flow, partitions: 3, total: 900).fill()
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            let export = try positions(flow, "export")
            #expect(export.code == 0, "\(export.output)")
            let file = FileManager.default.temporaryDirectory.appendingPathComponent(flow.name + ".json")
            let json = export.output[try #require(export.output.firstIndex(of: "{"))...]
            try Data(json.utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let before = try copied(flow)

            _ = try flow.destination.run(
                tool: "org.apache.kafka.tools.TopicCommand",
                [
                    "--bootstrap-server", flow.destination.bootstrap, "--delete", "--topic",
                    "martlet\\.\(flow.name)\\.(positions|control)",
                ])
            try flow.eventually("the topics are gone") { try positions(flow, "show").code == 1 }
            let restored = try positions(flow, "import", "--file", file.path)
            #expect(restored.code == 0, "\(restored.output)")
            try MirrorLoad(flow, partitions: 3, creating: false, total: 300).fill()
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            #expect(try copied(flow).values.reduce(0, +) == before.values.reduce(0, +) + 300)
        }

        @Test func `positions of a flow that runs are shown, and not changed`() throws {
            let flow = try MirrorFlow(delivery: .atLeastOnce)
            try MirrorLoad(flow, partitions: 2, total: 200).fill()
            let process = try flow.start()
            #expect(process.waitForLine(containing: "topic registered", seconds: 60) != nil, "\(flow.logs)")
            try flow.eventually("all is copied, and the owner is shown") {
                try rows(flow).allSatisfy { ($0["lag"] as? Int) == 0 && $0["owner"] is String }
            }
            let set = try positions(flow, "set", "--to", "earliest")
            #expect(set.code == 1 && set.output.contains("process(es) of the flow run"), "\(set.output)")
        }
    }
}
