import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

extension MirrorTests {
    /// The files of `deploy/examples`, as they are shipped, with processes in the place of containers.
    @Suite(.serialized, .enabled(if: ExampleScript.hasPython, "no python3 for the scripts of the examples"))
    struct Examples {
        private static let names = ["mock", "elsewhere.mock"]

        @Test func `a consumer that calls every URL calls only the mock service, once for each record with one`() throws
        {
            let lines = try String(contentsOf: ExampleScript.file("orders.jsonl"), encoding: .utf8).split(
                separator: "\n")
            let orders = try lines.map { try ExampleScript.object($0) }
            let called = orders.filter { ($0["callbackUrl"] as? String)?.isEmpty == false }.compactMap {
                $0["id"] as? Int
            }
            #expect(orders.count == 50 && called.count == 42)

            let flow = try MirrorFlow(topics: ["orders"])
            try flow.copyExample(lines.map { Array($0.utf8) })
            defer { flow.removeOrders() }
            let mock = try ExampleMock()
            let resolve = Self.names.flatMap { ["--resolve", "\($0)=127.0.0.1:\(mock.port)"] }
            let output = try flow.consume("orders", count: orders.count, by: ["consumer.py"] + resolve)

            let recorded = try mock.calls()
            let bodies = try recorded.compactMap { call in
                try ExampleScript.object(Substring(call["body"] as? String ?? ""))["id"] as? Int
            }
            #expect(bodies.sorted() == called, "\(output)")
            let hosts = recorded.compactMap { ($0["host"] as? String)?.split(separator: ":").first.map(String.init) }
            #expect(hosts.count { $0 == "mock" } == 14 && Set(hosts) == Set(Self.names), "\(hosts)")
            // It would have called any other: what it could not resolve is told as well.
            let summary = try ExampleScript.object(try #require(output.split(separator: "\n").last))
            #expect(summary["records"] as? Int == 50 && summary["failed"] as? Int == 0, "\(output)")
            #expect(summary["calls"] as? [String: Int] == ["mock": 14, "elsewhere.mock": 28], "\(output)")
            for trace in ["partner", "vil", "shop.example", "192.0.2.7", "2001:db8"] {
                #expect(!output.contains(trace), "\(trace)\n\(output)")
            }
        }
    }
}

/// Where the example lies, and how its scripts are run.
private enum ExampleScript {
    static func file(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "deploy/examples/mock-service/\(name)")
    }

    static var hasPython: Bool {
        let python = try? ChildProcess(Spawn(program: "python3", arguments: ["--version"]))
        return python?.wait(seconds: 30)?.code == 0
    }

    static func object(_ line: Substring) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
    }
}

/// The mock service of the example, on a port of its own choice.
private final class ExampleMock {
    let port: Int
    private let process: ChildProcess
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "martlet-mock-\(UUID().uuidString.prefix(8))")
        CleanupGuard.watch(folder: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let log = folder.appending(path: "mock.log")
        process = try ChildProcess(
            Spawn(
                program: "python3",
                arguments: [
                    "-B", ExampleScript.file("mock.py").path, "--address", "127.0.0.1", "--port", "0", "--record",
                    folder.appending(path: "calls").path,
                ], log: log))
        let deadline = Date.now.addingTimeInterval(60)
        var found: Int?
        while found == nil, Date.now < deadline {
            Thread.sleep(forTimeInterval: 0.05)
            let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            found = text.split(separator: "\n").first.flatMap { Int($0.split(separator: ":").last ?? "") }
        }
        port = try #require(found)
    }

    deinit {
        process.killAndWait()
        try? FileManager.default.removeItem(at: folder)
    }

    func calls() throws -> [[String: Any]] {
        try String(contentsOf: folder.appending(path: "calls"), encoding: .utf8).split(separator: "\n")
            .map { try ExampleScript.object($0) }
    }
}

extension MirrorFlow {
    /// Writes the orders at the source, and copies them with the example's configuration.
    fileprivate func copyExample(_ orders: [[UInt8]]) throws {
        removeOrders()
        try source.create("orders", partitions: 2)
        try source.produce(
            orders.enumerated().map { number, order in
                LoadRecord(TopicPartition("orders", Int32(number % 2)), key: nil, value: order)
            })
        let id = try #require(try destination.admin().clusterID(timeoutMilliseconds: 10_000))
        let process = try MartletProcess(
            configuration: String(contentsOf: ExampleScript.file("mirror.yaml"), encoding: .utf8),
            arguments: ["run", "--config", "{config}", "--once"],
            environment: [
                "SOURCE_BOOTSTRAP": ClusterAccess(source).bootstrap,
                "DESTINATION_BOOTSTRAP": ClusterAccess(destination).bootstrap, "DESTINATION_CLUSTER_ID": id,
                "MASK_KEY": "a key for these tests only",
            ])
        #expect(process.waitForExit(seconds: 120)?.code == 0, "\(process.output)")
    }

    /// Kafka's own console consumer in front of a script, as in the compose file; answers what the script wrote.
    fileprivate func consume(_ topic: String, count: Int, by script: [String]) throws -> String {
        let log = FileManager.default.temporaryDirectory.appending(
            path: "martlet-consumer-\(UUID().uuidString.prefix(8))")
        defer { try? FileManager.default.removeItem(at: log) }
        let console = JavaTool(
            home: destination.home, mainClass: "org.apache.kafka.tools.consumer.ConsoleConsumer",
            arguments: [
                "--bootstrap-server", ClusterAccess(destination).bootstrap, "--topic", topic, "--from-beginning",
                "--max-messages", "\(count)", "--timeout-ms", "60000",
            ], folder: destination.folder, log: log
        ).spawn
        let words = ["python3", "-B", ExampleScript.file(script[0]).path] + script.dropFirst()
        // What the tool has to say is on its standard output here, too.
        let pipe = "\"$@\" 2>/dev/null | grep '^{' | \(words.map { "'\($0)'" }.joined(separator: " "))"
        let process = try ChildProcess(
            Spawn(program: "sh", arguments: ["-c", pipe, "sh", console.program] + console.arguments, log: log))
        let exit = process.wait(seconds: 120)
        let output = try String(contentsOf: log, encoding: .utf8)
        #expect(exit?.code == 0, "\(output)")
        return output
    }

    /// Recipes have a topic of that name, too.
    fileprivate func removeOrders() {
        for cluster in [source, destination] {
            _ = try? cluster.admin().delete(["orders"], timeoutMilliseconds: 10_000)
            try? eventually("orders is gone", seconds: 20) {
                try cluster.admin().topic("orders", timeoutMilliseconds: 5_000) == nil
            }
        }
    }
}
