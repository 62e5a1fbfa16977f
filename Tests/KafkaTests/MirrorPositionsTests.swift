import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

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

            // A request that a command did not live to take back is none of an export, and of no use any more.
            let control = TopicPartition("martlet.\(flow.name).control", 0)
            let key = "seek/\(flow.topic)/1"
            let request = Array(#"{"v":1,"id":"left","from":0,"to":0}"#.utf8)
            try flow.destination.produce([LoadRecord(control, key: Array(key.utf8), value: request)])
            let export = try positions(flow, "export")
            #expect(export.code == 0 && !export.output.contains("seek/"), "\(export.output)")
            let set = try positions(flow, "set", "--topic", flow.topic, "--partition", "1", "--to", "earliest")
            #expect(set.code == 0 && set.output.contains("written: 1 position(s)"), "\(set.output)")
            let requests = try flow.destination.records(of: control.topic)[0].filter { $0.key == Array(key.utf8) }
            #expect(requests.map { $0.value == nil } == [false, true])
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

        @Test func `a flow that has lost its positions goes on from what the destination holds`() throws {
            let flow = try MirrorFlow(delivery: .exactlyOnce)
            try MirrorLoad(flow, partitions: 3, total: 900).fill()
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            let before = try rows(flow).map { $0["offset"] as? Int }
            let copied = try copied(flow)
            try flow.destination.delete("martlet.\(flow.name).positions")

            let derived = try positions(flow, "derive")
            #expect(derived.code == 0, "\(derived.output)")
            let file = FileManager.default.temporaryDirectory.appendingPathComponent(flow.name + ".json")
            try Data(derived.output[try #require(derived.output.firstIndex(of: "{"))...].utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let restored = try positions(flow, "import", "--file", file.path)
            #expect(restored.code == 0, "\(restored.output)")
            #expect(try rows(flow).map { $0["offset"] as? Int } == before, "\(derived.output)")
            try MirrorLoad(flow, partitions: 3, creating: false, total: 300).fill()
            #expect(try flow.startOnce().waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            #expect(try self.copied(flow).values.reduce(0, +) == copied.values.reduce(0, +) + 300)
        }

        @Test func `positions of a flow that runs are shown, and of what runs none is changed`() throws {
            let flow = try MirrorFlow(delivery: .atLeastOnce)
            try MirrorLoad(flow, partitions: 2, total: 200).fill()
            let process = try flow.start()
            #expect(process.waitForLine(containing: "topic registered", seconds: 60) != nil, "\(flow.logs)")
            try flow.eventually("all is copied, and the owner is shown") {
                try rows(flow).allSatisfy { ($0["lag"] as? Int) == 0 && $0["owner"] is String }
            }
            let before = try rows(flow).map { $0["offset"] as? Int }
            let set = try positions(flow, "set", "--to", "earliest")
            #expect(set.code == 1, "\(set.output)")
            for number in 0..<2 {
                let answer = "\(flow.topic)[\(number)]: not set: it is not stopped, but running"
                #expect(set.output.contains(answer), "\(set.output)")
            }
            #expect(set.output.contains("2 of 2 position(s) were not set"), "\(set.output)")
            #expect(try rows(flow).map { $0["offset"] as? Int } == before)
            #expect(try copied(flow).values.reduce(0, +) == 200)
        }

        /// Stopped in front of a record that the destination refuses, set behind it.
        @Test func `a stopped partition is set while the flow runs, and goes on there`() throws {
            // Long, so that a process that is frozen for a moment counts as one that runs.
            let flow = try MirrorFlow(delivery: .exactlyOnce, settings: ["session-timeout": "60s"])
            try flow.source.create(flow.topic, partitions: 2)
            try flow.destination.create(flow.topic, partitions: 2, settings: [("max.message.bytes", "50000")])
            func values(_ partition: Int) -> [[UInt8]] {
                (0..<100).map { number in
                    let isPoison = partition == 0 && number == 40
                    return isPoison ? [UInt8](repeating: 7, count: 200_000) : Array("\(partition)-\(number)".utf8)
                }
            }
            for partition in 0..<2 {
                let place = TopicPartition(flow.topic, Int32(partition))
                try flow.source.produce(values(partition).map { LoadRecord(place, key: nil, value: $0) })
            }
            func arrived() throws -> [[[UInt8]?]] {
                try flow.destination.records(of: flow.topic).map { $0.map(\.value) }
            }
            let process = try flow.start()
            #expect(process.waitForLine(containing: "partition stopped", seconds: 60) != nil, "\(flow.logs)")
            try flow.eventually("all else is copied") { try arrived() == [Array(values(0)[..<40]), values(1)] }

            let place = ["--topic", flow.topic, "--partition", "0", "--config", "{config}"]
            process.freeze()
            let given = try flow.command(["positions", "set", "--to", "40"] + place)
            #expect(given.waitForLine(containing: "asking it", seconds: 60) != nil, "\(given.output)")
            given.signal(SIGINT)
            #expect(given.waitForExit(seconds: 60)?.code == 1, "\(given.output)")
            #expect(given.output.contains("no process answered, and the request was taken back"), "\(given.output)")
            process.thaw()

            let set = try positions(flow, "set", "--topic", flow.topic, "--partition", "0", "--to", "41")
            #expect(set.code == 0, "\(set.output)\n\(flow.logs)")
            #expect(set.output.contains("\(flow.topic)[0]: set\n"), "\(set.output)")
            let expected = [Array(values(0)[..<40] + values(0)[41...]), values(1)]
            try flow.eventually("the partition goes on") { try arrived() == expected }
            try flow.eventually("it is at the end") { try rows(flow).allSatisfy { $0["lag"] as? Int == 0 } }
            #expect(process.output.contains("position set, the partition goes on"), "\(flow.logs)")
            process.terminate()
            #expect(process.waitForExit(seconds: 60)?.code == 0, "\(flow.logs)")
            #expect(try arrived() == expected)
        }
    }
}
