import Console
import Foundation
import Mirror
import Model
import RdKafka
import Testing

@testable import martlet

/// `martlet shape` as it is typed, on files and on clusters inside this process.
struct ShapeCommandTests {
    /// A folder with a configuration and samples, which goes with it.
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString)")

        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

        deinit { try? FileManager.default.removeItem(at: url) }

        func write(_ text: String, to name: String) throws -> String {
            let file = url.appending(path: name)
            try Data(text.utf8).write(to: file)
            return file.path(percentEncoded: false)
        }

        func configuration(shape: String, source: String = "127.0.0.1:1") throws -> String {
            try write(
                """
                clusters: { east: { bootstrap: "\(source)" }, west: { bootstrap: "127.0.0.1:2" } }
                flows:
                - from: east
                  to: west
                  topics: ["orders.*"]
                \(shape)
                """, to: "martlet-\(UUID().uuidString).yaml")
        }

        static func sanitize(_ policies: String, before: String = "") -> String {
            let indented = policies.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n")
            return "  shape:\n\(before)    sanitize:\n      key: a key of sixteen bytes\n      policies:\n\(indented)"
        }

        func input(_ command: String, _ words: [String], needsShape: Bool = true) throws -> ShapeInput {
            let invocation = try CommandParser.parse(["shape", command] + words)
            return try #require(try ShapeInput(invocation, needsShape: needsShape))
        }
    }

    private static let policy = """
        - topics: [orders]
          keep: [$.id]
          rules: [{ path: $.name, do: mask, with: "#", length: 3 }, { path: $.never, do: drop }]
        """

    @Test func `a file's records are shown before, masked, and after`() throws {
        let folder = try Folder()
        let config = try folder.configuration(shape: Folder.sanitize(Self.policy))
        let file = try folder.write("k1\t{\"id\":7,\"name\":\"Ada\",\"city\":\"London\"}\n", to: "orders.txt")
        let words = ["--config", config, "--topic", "orders", "--file", file, "--with-keys"]
        let answer = try ShapeTestCommand.answer(try folder.input("test", words))
        #expect(answer.counts == ["taken": 1])
        #expect(answer.records.first?.before.value == #"{"id":0,"name":"***","city":"***"}"#)
        #expect(answer.records.first?.after?.value == "{\"id\":7,\"name\":\"###\",\"city\":\"***\"}")
        #expect(answer.records.first?.after?.key?.count == 32)
        #expect(answer.rulesWithoutHit == ["$.never: drop"])
        for secret in ["Ada", "London", "k1"] { #expect(!answer.text.contains(secret)) }
        #expect(Martlet.run(["shape", "test"] + words) == .success)
        #expect(Martlet.run(["shape", "test"] + words + ["--json"]) == .success)
    }

    @Test func `a record that would go aside or stop its partition is exit code 1`() throws {
        let folder = try Folder()
        let file = try folder.write("{\"name\":\"Ada\"}\n{\"name\":\"Bob\n", to: "orders.txt")
        for (failure, code) in [("quarantine", 1), ("stop", 1), ("drop", 0), ("null_value", 0)] as [(String, Int32)] {
            let config = try folder.configuration(
                shape: Folder.sanitize(Self.policy + "\n  on-unparseable: \(failure)"))
            let words = ["--config", config, "--topic", "orders", "--file", file]
            let answer = try ShapeTestCommand.answer(try folder.input("test", words))
            #expect(!answer.text.contains("Bob"))
            #expect(Martlet.run(["shape", "test"] + words).rawValue == code, "\(failure)")
            #expect(Martlet.run(["shape", "explain", "--records", "2"] + words).rawValue == code, "\(failure)")
        }
    }

    @Test func `what passes without a policy is told, and not shown`() throws {
        let folder = try Folder()
        let config = try folder.configuration(shape: Folder.sanitize(Self.policy))
        let file = try folder.write("{\"name\":\"Ada\"}\n", to: "orders.txt")
        let input = try folder.input("test", ["--config", config, "--topic", "orders.eu", "--file", file])
        let answer = try ShapeTestCommand.answer(input)
        #expect(!answer.isSanitized && !answer.text.contains("Ada"))
        #expect(answer.text.contains("no policy of `shape.sanitize` names orders.eu"))
    }

    @Test func `explain tells rule by rule what was done to a record`() throws {
        let folder = try Folder()
        let sample = "    sample: { mode: by_id, ratio: 100%, id: $.id }\n"
        let config = try folder.configuration(shape: Folder.sanitize(Self.policy, before: sample))
        let file = try folder.write("{\"id\":7,\"name\":\"Ada\",\"city\":\"London\"}\n{}\n", to: "orders.txt")
        let words = ["--config", config, "--topic", "orders", "--file", file]
        let record = try #require(try ShapeExplainCommand.answer(try folder.input("explain", words)).records.first)
        #expect(record.rules == [.init(rule: 1, place: "$.name", action: "mask", places: 1)])
        #expect(record.rulesWithoutPlace == 1)
        #expect(record.unlisted == 1)
        #expect(record.sampling == "taken: by_id, its id is among the 100 % of them")
        let both = try ShapeExplainCommand.answer(try folder.input("explain", words + ["--records", "2"]))
        #expect(both.records.last?.verdict == "left out by the sample")
        #expect(both.records.last?.isSanitized == false)
        #expect(!both.text.contains("Ada"))
    }

    @Test func `mistakes are exit code 2`() throws {
        let folder = try Folder()
        let config = try folder.configuration(shape: Folder.sanitize(Self.policy))
        let bare = try folder.configuration(shape: "")
        let file = try folder.write("{\"name\":\"Ada\"}\n", to: "orders.txt")
        let empty = try folder.write("\n\n", to: "empty.txt")
        for command in ["test", "explain", "propose"] {
            let orders = ["shape", command, "--config", config, "--topic", "orders"]
            #expect(Martlet.run(["shape", command, "--config", config]) == .usage, "no topic")
            #expect(Martlet.run(orders + ["--file", "no such file"]) == .usage)
            #expect(Martlet.run(orders + ["--file", empty]) == .usage)
            #expect(Martlet.run(orders + ["--file", file, "--with-keys"]) == .usage, "no tab")
            #expect(Martlet.run(orders + ["--with-keys"]) == .usage, "no file")
            #expect(Martlet.run(["shape", command, "--config", config, "--topic", "users", "--file", file]) == .usage)
            let withoutShape = ["shape", command, "--config", bare, "--topic", "orders", "--file", file]
            #expect(Martlet.run(withoutShape) == (command == "propose" ? .success : .usage))
        }
    }

    @Test func `what is wrong is said with what to do, and without what a file holds`() throws {
        let folder = try Folder()
        let config = try folder.configuration(shape: Folder.sanitize(Self.policy))
        let file = try folder.write("{\"name\":\"Ada\"}\n", to: "orders.txt")
        let words = ["--config", config, "--topic", "orders", "--file"]
        let missing = try folder.input("test", words + ["no such file"])
        #expect(
            throws: ShapeStop.mistake(
                "no such file cannot be read: name an existing file with --file, or - for standard input")
        ) { try ShapeTestCommand.answer(missing) }
        let untabbed = try folder.input("test", words + [file, "--with-keys"])
        #expect(
            throws: ShapeStop.mistake("line 1 of \(file) has no tab: --with-keys expects KEY, a tab, and VALUE")
        ) { try ShapeTestCommand.answer(untabbed) }
    }

    @Test func `the last records of a topic are those that are tried`() throws {
        let folder = try Folder()
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic("orders", partitions: 3, replicationFactor: 1)
        let client = ClientConfiguration(bootstrap: cluster.bootstrap, properties: [], clientID: "test")
        var producer = try LoadProducer(client) { _ in }
        for number in 0..<60 {
            let isTaken = try producer.produce(
                LoadRecord(
                    TopicPartition("orders", Int32(number % 3)), key: nil, value: Array("{\"id\":\(number)}".utf8)),
                ticket: Int32(number))
            #expect(isTaken)
        }
        try producer.flush(timeoutMilliseconds: 10_000)
        let config = try folder.configuration(shape: Folder.sanitize(Self.policy), source: cluster.bootstrap)
        let words = ["--config", config, "--topic", "orders"]
        let answer = try ShapeTestCommand.answer(try folder.input("test", words + ["--records", "6"]))
        #expect(
            Set(answer.records.map { $0.after?.value ?? "" }) == Set((54..<60).map { "{\"id\":\($0)}" }))
        #expect(try ShapeTestCommand.answer(try folder.input("test", words)).records.count == 10)
        #expect(try ShapeTestCommand.answer(try folder.input("test", words + ["--records", "99"])).records.count == 60)
        #expect(try ShapeExplainCommand.answer(try folder.input("explain", words)).records.count == 1)
        // (The cluster inside this process has every topic that it is asked for.)
        let none = try folder.input("test", ["--config", config, "--topic", "orders.eu"])
        #expect(
            throws: ShapeStop.mistake(
                "orders.eu holds no records: name records with --file, or a topic that has some")
        ) { try ShapeTestCommand.answer(none) }
    }

    @Test(arguments: [
        #"{"mail":"ada@example.org","card":"4111 1111 1111 1111","iban":"DE89 3704 0044 0532 0130 00"}"#,
        #"{"ip":"2001:db8::1","tel":"+49 171 1234567","hook":"https://a.example/x","orderId":"o-1","n":1.5}"#,
        #"{"it's":"ada@example.org","a.b":"ada@example.org","say \"x\"":"ada@example.org","x[0]":"ada@example.org"}"#,
        #"{"*":"ada@example.org"," ":"ada@example.org","c #":"ada@example.org","k: v":"ada@example.org","ä ":"10.0.0.1"}"#,
        #"{"$":"ada@example.org","{":"ada@example.org","- a":"ada@example.org","..a":"10.0.0.1","b]":"10.0.0.1"}"#,
        #"{"m":{"ada@example.org":{"ip":"10.0.0.1"},"x":["10.0.0.1"]},"l":[["10.0.0.1"],[]],"e":{}}"#, "no JSON", "7",
    ])
    func `a proposal loads, with its suggestions too, and shapes what it was made of`(value: String) throws {
        let folder = try Folder()
        let bare = try folder.configuration(shape: "")
        let file = try folder.write(value + "\n", to: "orders.txt")
        let words = ["--topic", "orders", "--file", file]
        let proposed = try ShapeProposeCommand.answer(
            try folder.input("propose", ["--config", bare] + words, needsShape: false))
        #expect(!proposed.contains("ada@example.org"))
        let config = try folder.configuration(shape: Folder.sanitize(proposed))
        let answer = try ShapeTestCommand.answer(try folder.input("test", ["--config", config] + words))
        #expect(answer.counts == ["taken": 1], "\(proposed)")
        #expect(answer.rulesWithoutHit == [], "\(proposed)")
        // Names of members stay, also those that are data: only a rule around them takes them away.
        #expect(!answer.text.contains(":\"ada@example.org\"") && !answer.text.contains("10.0.0.1"))
        let suggested = proposed.replacing("  #   - {", with: "    - {")
        let isRuled = proposed.contains("\n  rules:")
        // Suggestions stand behind the rules; comments between them do not matter.
        guard isRuled, suggested != proposed else { return }
        let bold = try folder.configuration(shape: Folder.sanitize(suggested))
        let tried = try ShapeTestCommand.answer(try folder.input("test", ["--config", bold] + words))
        #expect(tried.counts == ["taken": 1], "\(suggested)")
    }
}

struct TopicSampleTests {
    @Test func `partitions give alike, and more where others have less`() {
        #expect(TopicSample.shares(of: [100, 100, 100], 6) == [2, 2, 2])
        #expect(TopicSample.shares(of: [1, 100, 0], 10) == [1, 9, 0])
        #expect(TopicSample.shares(of: [2, 1], 10) == [2, 1])
        #expect(TopicSample.shares(of: [9, 9, 9], 2).reduce(0, +) == 2)
        #expect(TopicSample.shares(of: [], 2) == [])
    }
}
