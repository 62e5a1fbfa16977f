import Console
import Foundation
import Testing

@testable import Configuration

/// `deploy/verify/drive` with a kubectl that only writes down what it was told, and answers as a healthy cluster would.
struct DriveTests {
    private static let addresses = ["--source-bootstrap", "from:9092", "--destination-bootstrap", "to:9092"]

    @Test(arguments: [
        ["--scenario", "shrink-everything"], ["--scenario", "long-haul", "--rate", "many"], ["--no-such", "1"],
        ["--scenario", "long-haul", "--mirror", "martlet"], ["--scenario", "long-haul", "--expect", "luck"],
        ["--scenario"], [],
    ])
    func `mistakes in usage start nothing`(words: [String]) throws {
        let run = try DriveRun(Self.addresses + words)
        #expect(run.exitCode == 2)
        #expect(run.calls == [])
    }

    @Test func `a scenario that is not told what it needs is not played, and that is no success`() throws {
        let run = try DriveRun(Self.addresses + ["--scenario", "kill-all,packet-loss"])
        #expect(run.exitCode == 1)
        #expect(run.output.contains("kill-all: not played: needs --mirror"))
        #expect(run.output.contains("packet-loss: not played: needs --netem-image and --mirror"))
        #expect(!run.calls.contains { $0.contains("apply") })
    }

    @Test func `what is applied and what the judge is told are command lines of martlet`() throws {
        let run = try DriveRun(
            Self.addresses + [
                "--scenario", "long-haul", "--prefix", "us-east.", "--rate", "700", "--producers", "2", "--expect",
                "at-least-once",
            ])
        #expect(run.exitCode == 0, "\(run.output)")
        let loadWords = try run.words(appliedAs: "load", file: "produce.yaml")
        let load = try CommandParser.parse(loadWords)
        #expect(load.number(.loadRate) == 700)
        #expect(load.required(.bootstrap) == "from:9092")
        let consume = try CommandParser.parse(try run.words(appliedAs: "readers", file: "consume.yaml"))
        #expect(consume.text(.prefix) == "us-east.")
        #expect(consume.required(.loadTopics).split(separator: ",").count == 2)
        let judged = try #require(run.calls.first { $0.contains("verify judge") })
        let words = judged.split(separator: " ").map(String.init)
        let judge = try CommandParser.parse(Array(words[(try #require(words.firstIndex(of: "martlet")) + 1)...]))
        #expect(judge.required(.expect) == "at-least-once")
        #expect(judge.required(.ledgers) == "/ledgers/verify-produce-0.ledger,/ledgers/verify-produce-1.ledger")
        #expect(judge.text(.prefix) == "us-east.")
    }

    @Test func `a broker that was taken away comes back, after the verdict`() throws {
        let run = try DriveRun(
            Self.addresses + [
                "--scenario", "shrink-source", "--source-kafka", "kafka/broker", "--source-context", "east",
            ])
        #expect(run.exitCode == 0, "\(run.output)")
        let scale = "--context east --namespace kafka scale statefulset/broker --replicas="
        let shrunk = try #require(run.calls.firstIndex(of: scale + "2"))
        let judged = try #require(run.calls.firstIndex { $0.contains("verify judge") })
        let back = try #require(run.calls.firstIndex(of: scale + "3"))
        #expect(shrunk < judged && judged < back)
    }

    @Test func `under capacity, the mirror has all its pods again before the verdict`() throws {
        let run = try DriveRun(Self.addresses + ["--scenario", "under-capacity", "--mirror", "m/deployment/mirror"])
        #expect(run.exitCode == 0, "\(run.output)")
        let scales = run.calls.enumerated().filter { $0.element.contains("scale deployment/mirror") }
        #expect(scales.map { $0.element.suffix(1) } == ["1", "3"])
        let judged = try #require(run.calls.firstIndex { $0.contains("verify judge") })
        #expect(scales.allSatisfy { $0.offset < judged })
    }

    @Test func `what was changed is put back also where a scenario fails in its middle`() throws {
        let run = try DriveRun(
            Self.addresses + ["--scenario", "under-capacity", "--mirror", "m/deployment/mirror"],
            environment: ["FAKE_ROLLOUT": "1"])
        #expect(run.exitCode == 1)
        #expect(run.calls.last { $0.contains("scale deployment/mirror") }?.hasSuffix("--replicas=3") == true)
        #expect(run.calls.last?.contains("delete job verify-produce") == true)
        #expect(!run.calls.contains { $0.contains("verify judge") })
    }

    @Test func `a topic is grown between two loads, and both ledgers are judged`() throws {
        let run = try DriveRun(
            Self.addresses + [
                "--scenario", "more-partitions", "--source-kafka", "kafka/broker", "--kafka-topics",
                "kafka-topics.sh --bootstrap-server here:1",
            ])
        #expect(run.exitCode == 0, "\(run.output)")
        let grown = try #require(
            run.calls.firstIndex { $0.contains("kafka-topics.sh --bootstrap-server here:1 --alter") })
        #expect(run.calls[grown].hasSuffix("--partitions 24"))
        let loads = run.calls.indices.filter { run.calls[$0].contains("apply -k") && run.calls[$0].contains("/load") }
        #expect(loads.count == 2 && loads[0] < grown && grown < loads[1])
        #expect(run.calls.contains { $0.contains("verify judge") && $0.contains("-2-0.ledger") })
        // Without quotes it would be a number, which kustomize refuses.
        #expect(run.text(appliedAs: "load-2", file: "kustomization.yaml").contains("\nnameSuffix: \"-2\"\n"))
    }

    @Test func `packets are lost and found again; where tc cannot run, nothing is said of the mirror`() throws {
        let words = ["--scenario", "packet-loss", "--mirror", "m/deployment/mirror", "--netem-image", "tc"]
        let run = try DriveRun(Self.addresses + words)
        #expect(run.exitCode == 0, "\(run.output)")
        let done = run.calls.filter { $0.contains(" debug ") }
        #expect(done.filter { $0.hasSuffix("replace dev eth0 root netem loss 10%") }.count == 2)
        #expect(done.filter { $0.hasSuffix("del dev eth0 root") }.count == 2)
        let refused = try DriveRun(Self.addresses + words, environment: ["FAKE_TC": "2"])
        #expect(refused.exitCode == 1)
        #expect(refused.output.contains("packet-loss: not played"))
        #expect(!refused.calls.contains { $0.contains("verify judge") })
    }

    @Test func `a verdict that is not clean, and a mirror that brings nothing, are failures`() throws {
        let words = Self.addresses + ["--scenario", "add-process", "--mirror", "m/statefulset/mirror", "--wait", "0"]
        let judged = try DriveRun(words, environment: ["FAKE_JUDGE": "1"])
        #expect(judged.exitCode == 1)
        #expect(judged.output.contains("add-process: NOT CLEAN"))
        #expect(judged.calls.last { $0.contains("scale") }?.hasSuffix("--replicas=3") == true)
        let silent = try DriveRun(words, environment: ["FAKE_CONSUMED": "0"])
        #expect(silent.exitCode == 1)
        #expect(!silent.calls.contains { $0.contains("verify judge") })
        #expect(silent.calls.last?.contains("delete job verify-produce") == true)
    }
}

/// One run of the script.
private struct DriveRun {
    let exitCode: Int32
    /// Both streams.
    let output: String
    /// What kubectl was told, in order.
    let calls: [String]
    private let applied: [String: [UInt8]]

    /// Of two producers there are two pods, of the mirror two; everything else is as one would wish.
    private static let kubectl = """
        #!/bin/sh
        printf '%s\\n' "$*" >>"$FAKE/calls"
        case "$*" in
            *"apply -k"*)
                for folder; do :; done
                for file in "$folder"/*.yaml; do cp "$file" "$FAKE/applied.${folder##*/}.${file##*/}"; done
                grep -c . <"$folder/client.properties" >/dev/null
                grep -h 'completions:' "$folder"/*.yaml | sed 's/[^0-9]//g' >>"$FAKE/producers" || :
                ;;
            *ephemeralContainerStatuses*) echo "${FAKE_TC:-0}" ;;
            *exitCode*) while read -r _; do echo 0; done <<END
        $(seq "$(tail -n 1 "$FAKE/producers")")
        END
                ;;
            *"get pods -l job-name="*)
                job=${*##*job-name=}
                for number in $(seq "$(tail -n 1 "$FAKE/producers")"); do
                    echo "pod/${job%% *}-$((number - 1))"
                done
                ;;
            *"verify consume"*) printf '{\\n  "consumed" : %s\\n}\\n' "${FAKE_CONSUMED:-12}" ;;
            *"verify judge"*) echo "a verdict"; exit "${FAKE_JUDGE:-0}" ;;
            *"cat /ledger/load.ledger"*) echo '{}' ;;
            *" exec -i "*) cat >/dev/null ;;
            *spec.replicas*) echo 3 ;;
            *"rollout status deployment/mirror"*) exit "${FAKE_ROLLOUT:-0}" ;;
            *conditions*) echo True ;;
            *go-template*) echo 'app=mirror,' ;;
            *"get pods -l app=mirror "*) echo mirror-a; echo mirror-b ;;
        esac
        """

    init(_ words: [String], environment: [String: String] = [:]) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "drive-\(UUID())")
        let bin = folder.appending(path: "bin")
        try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = bin.appending(path: "kubectl").path(percentEncoded: false)
        try Data(Self.kubectl.utf8).write(to: URL(filePath: program))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)

        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let own = ["--settle", "0", "--out", folder.appending(path: "out").path(percentEncoded: false)]
        process.arguments =
            ["bash", Manifest.root.appending(path: "deploy/verify/drive").path(percentEncoded: false)]
            + (words.isEmpty ? [] : own) + words
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        process.environment = environment.merging([
            "PATH": "\(bin.path(percentEncoded: false)):\(path)", "FAKE": folder.path(percentEncoded: false),
        ]) { $1 }
        let log = folder.appending(path: "log").path(percentEncoded: false)
        try Data().write(to: URL(filePath: log))
        let handle = try #require(FileHandle(forWritingAtPath: log))
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        exitCode = process.terminationStatus
        output = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
        let written = FileManager.default.contents(atPath: folder.appending(path: "calls").path(percentEncoded: false))
        calls = String(decoding: written ?? Data(), as: UTF8.self).split(separator: "\n").map(String.init)
        var applied: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
        where name.hasPrefix("applied.") {
            applied[name] = [UInt8](try Data(contentsOf: folder.appending(path: name)))
        }
        self.applied = applied
    }

    func text(appliedAs folder: String, file: String) -> String {
        String(decoding: applied["applied.\(folder).\(file)"] ?? [], as: UTF8.self)
    }

    /// The command line of the one container of what was applied, with the literals it was applied with.
    func words(appliedAs folder: String, file: String) throws -> [String] {
        func manifest(_ name: String) throws -> Node {
            try Manifest(try #require(applied["applied.\(folder).\(name)"]), name: name).root
        }
        let container = try #require(try manifest(file).containers.first { $0["command"] == nil })
        return Literals(try manifest("kustomization.yaml")).words(of: container)
    }
}
