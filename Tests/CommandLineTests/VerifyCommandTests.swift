import Console
import Foundation
import RdKafka
import Testing
import Trials

@testable import martlet

/// `martlet verify produce`, `consume` and `judge` as they are typed.
struct VerifyCommandTests {
    private static let produce = ["verify", "produce", "--bootstrap", "localhost:1", "--topics", "orders"]

    @Test(arguments: [
        ["--size", "0"], ["--size", "9-2"], ["--size", "exp:5"], ["--size", "exp:100:5"], ["--size", "1-2-3"],
        ["--burst", "5:1"], ["--burst", "5:100:10"], ["--rate", "0", "--burst", "5:10:100"], ["--aborted", "5"],
        ["--rate", "0", "--format", "body"], ["--format", "headers", "--id", "a;b"],
    ])
    func `what makes no load is a mistake of usage`(words: [String]) {
        #expect(Martlet.run(Self.produce + words) == .usage)
    }

    @Test func `names, shares and files that cannot be are mistakes of usage`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "client-\(UUID()).properties")
        defer { try? FileManager.default.removeItem(at: path) }
        try Data("# a comment\nsasl.password=hidden\nno.such.property=1\n".utf8).write(to: path)
        let consume = ["verify", "consume", "--bootstrap", "localhost:1", "--topics"]
        #expect(Martlet.run(consume + ["a,,b"]) == .usage)
        #expect(Martlet.run(consume + ["a,a"]) == .usage)
        #expect(Martlet.run(consume + ["a", "--share", "3/2"]) == .usage)
        #expect(Martlet.run(consume + ["a", "--properties", path.path(percentEncoded: false)]) == .usage)
        let judge = ["verify", "judge", "--bootstrap", "localhost:1", "--ledger"]
        #expect(Martlet.run(judge + [path.path(percentEncoded: false)]) == .usage)
    }

    @Test func `a load is judged clean where it was sent, and missing where it was not`() throws {
        let cluster = try MockCluster(brokers: 1)
        for topic in ["orders", "copy.orders"] {
            try cluster.createTopic(topic, partitions: 2, replicationFactor: 1)
        }
        let path = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: path) }
        let ledger = path.path(percentEncoded: false)
        let at = ["--bootstrap", cluster.bootstrap, "--json"]
        let load = [
            "verify", "produce", "--topics", "orders", "--records", "2000", "--rate", "5000", "--ledger", ledger,
        ]
        #expect(Martlet.run(load + at) == .success)
        #expect(Martlet.run(["verify", "judge", "--ledger", ledger] + at) == .success)
        #expect(Martlet.run(["verify", "consume", "--topics", "orders", "--seconds", "3"] + at) == .success)
        let elsewhere = ["verify", "judge", "--ledger", ledger, "--prefix", "copy.", "--seconds", "1"]
        #expect(Martlet.run(elsewhere + at) == .failure)
        // Every record would be a duplicate of one of two loads, or missing in the other.
        try FileManager.default.copyItem(atPath: ledger, toPath: ledger + ".2")
        defer { try? FileManager.default.removeItem(atPath: ledger + ".2") }
        #expect(Martlet.run(["verify", "judge", "--ledger", "\(ledger),\(ledger).2"] + at) == .failure)
    }
}

/// `martlet verify run` as it is typed; nothing is started.
struct VerifyRunCommandTests {
    private static let run = ["verify", "run"]

    @Test func `a scenario, a mirror or a Kafka that is not there is a mistake of usage`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kafka-\(UUID())")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "libs"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let kafka = folder.path(percentEncoded: false)
        #expect(Martlet.run(Self.run + ["--scenario", "S9", "--kafka", kafka]) == .usage)
        for jar in ["kafka-clients-4.3.0.jar", "kafka_2.13-4.3.0.jar"] {
            try Data().write(to: folder.appending(path: "libs/\(jar)"))
        }
        #expect(Martlet.run(Self.run + ["--scenario", "S99", "--kafka", kafka]) == .usage)
        #expect(Martlet.run(Self.run + ["--scenario", "S9", "--kafka", kafka, "--mirror", "mirrormaker3"]) == .usage)
        #expect(Martlet.run(Self.run + ["--scenario", "S9", "--kafka", kafka, "--mirror", "mirrormaker1"]) == .usage)
    }
}

/// `martlet verify attach` as it is typed; no cluster is asked.
struct VerifyAttachCommandTests {
    private static let attach = ["verify", "attach", "--source", "localhost:1", "--destination", "localhost:2"]

    @Test(arguments: [
        ["--topic-prefix", "a b"], ["--destination-prefix", "us/east"], ["--size", "9-2"], ["--rate", "0"],
        ["--source-properties", "no-such-file"], ["--destination-properties", "no-such-file"], ["--expect", "luck"],
    ])
    func `what cannot be judged with is a mistake of usage`(words: [String]) {
        #expect(Martlet.run(Self.attach + words) == .usage)
    }

    @Test func `what is typed is what is done, and what the report says to type again`() throws {
        let words = Self.attach + ["--destination-prefix", "us-east.", "--seconds", "5", "--report", "here", "--json"]
        let options = try VerifyAttachCommand(try CommandParser.parse(words)).options
        #expect(options.copy.hasPrefix("us-east.martlet-verify-2"))
        #expect(options.seconds == 5)
        #expect(options.ratePerSecond == 100)
        #expect(
            options.command == "martlet verify attach --source localhost:1 --destination localhost:2 "
                + "--destination-prefix us-east. --seconds 5")
    }
}
