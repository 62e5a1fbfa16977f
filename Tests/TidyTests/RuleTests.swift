import Testing

/// Each rule finds a planted fault, and leaves what is right alone.
struct RuleTests {
    private func file(_ path: String, _ lines: String...) -> SourceFile {
        SourceFile(path: path, text: lines.joined(separator: "\n") + "\n")
    }

    private let manifest = SourceFile(
        path: "Package.swift",
        text: """
            // Rank 0
            .systemLibrary(name: "CZip", pkgConfig: "zip", providers: [.apt(["libzip-dev"])]),
            library("Words"),
            // Rank 1
            library("Memory", ["CZip", "Words"]),
            // Rank 7
            .executableTarget(
                name: "tool",
                dependencies: ["Memory", "Words"],
                swiftSettings: strict),
            // Tests: all of them.
            .target(name: "Harness", dependencies: ["tool"], path: "Tests/Harness", swiftSettings: strict),
            tests("ToolTests", ["Harness", "tool"]),
            """)

    @Test func `the manifest's ranks and dependencies are read`() {
        let map = PackageMap(manifest: manifest)
        #expect(
            map.targets.mapValues(\.rank) == [
                "CZip": 0, "Words": 0, "Memory": 1, "tool": 7, "Harness": 100, "ToolTests": 101,
            ])
        #expect(map.targets["CZip"]?.dependencies == [])
        #expect(map.targets["tool"]?.dependencies == ["Memory", "Words"])
        #expect(Rules.faults(in: map) == [])
    }

    @Test func `an upward dependency and a second door are found`() {
        let text = manifest.lines.joined(separator: "\n")
        let upward = text.replacing("library(\"Words\")", with: "library(\"Words\", [\"Memory\"])")
        #expect(Rules.faults(in: PackageMap(manifest: SourceFile(path: "Package.swift", text: upward))).count == 1)
        let second = text.replacing("[\"Memory\", \"Words\"]", with: "[\"Memory\", \"Words\", \"CZip\"]")
        #expect(Rules.faults(in: PackageMap(manifest: SourceFile(path: "Package.swift", text: second))).count == 1)
    }

    @Test func `an import that is not declared is found, however it is written`() {
        let map = PackageMap(manifest: manifest)
        let imports = file(
            "Sources/Words/A.swift", "import Foundation", "package import Memory", "@testable import Memory",
            "import struct Memory.Page", "// import Memory")
        #expect(Rules.undeclaredImports(in: imports, map: map).count == 3)
        #expect(Rules.undeclaredImports(in: file("Sources/Memory/A.swift", "import Words"), map: map) == [])
        #expect(Rules.undeclaredImports(in: file("Sources/Other/A.swift", "import Words"), map: map).count == 1)
    }

    @Test func `a file one line too long is found`() {
        let text = SourceFile(path: "Sources/A/A.swift", text: String(repeating: "\n", count: 501))
        #expect(Rules.length(of: text, limit: 500).count == 1)
        #expect(Rules.length(of: text, limit: 501) == [])
    }

    @Test(arguments: [
        ["func long() {"], ["package static func long(", "    a: Int", ") throws(Fault) -> Int {"], ["init(a: Int) {"],
        ["deinit {"], ["mutating func `a long one`() {"],
    ])
    func `a function one line too long is found`(signature: [String]) {
        let wrapped = ["struct S {"] + (signature + Array(repeating: "    work()", count: 58)).map { "    " + $0 }
        let text = SourceFile(path: "Sources/A/A.swift", text: (wrapped + ["    }", "}", ""]).joined(separator: "\n"))
        let lines = signature.count + 59
        #expect(Rules.longFunctions(in: text, limit: lines - 1).count == 1)
        #expect(Rules.longFunctions(in: text, limit: lines) == [])
    }

    @Test func `short functions, requirements and long types are not taken for long functions`() {
        let text = file(
            "Sources/A/A.swift", "protocol P {", "    func one()", "    func two(", "        a: Int", "    )", "}",
            "struct S {", "    func three() { work() }", "    func four() {", "        work()", "    }", "}")
        #expect(Rules.longFunctions(in: text, limit: 3) == [])
    }

    @Test func `unsafe code outside the doors is found`() {
        #expect(Rules.unsafeCode(in: file("Sources/Engine/A.swift", "let a = unsafe b")).count == 1)
        #expect(Rules.unsafeCode(in: file("Sources/Engine/A.swift", "// unsafe", "let a = \"unsafe\"")) == [])
        #expect(Rules.unsafeCode(in: file("Sources/RdKafka/A.swift", "let a = unsafe b")) == [])
        #expect(Rules.unsafeCode(in: file("Sources/Configuration/A.swift", "let a = unsafe b")).count == 1)
        #expect(Rules.unsafeCode(in: file("Sources/Configuration/A.swift", "import CYAML", "let a = unsafe b")) == [])
        #expect(Rules.unsafeCode(in: file("Sources/Simulation/A.swift", "let a = unsafe b")).count == 1)
    }

    @Test func `a type that vouches for its own threads is found`() {
        let line = "final class A: @unchecked Sendable {}"
        #expect(Rules.uncheckedSendable(in: file("Sources/Mirror/A.swift", line)).count == 1)
        #expect(Rules.uncheckedSendable(in: file("Sources/RdKafka/A.swift", line)) == [])
        #expect(Rules.unsafeCode(in: file("Sources/Mirror/A.swift", "nonisolated(unsafe) var a = 1")).count == 1)
    }

    @Test func `an await is found`() {
        #expect(Rules.waiting(in: file("Sources/Engine/A.swift", "await turn()")).count == 1)
        #expect(Rules.waiting(in: file("Sources/Engine/A.swift", "// await nothing", "let awaited = 1")) == [])
    }

    @Test func `banned code and words are found`() {
        for line in ["try! a()", "a as! B", "public struct A {}"] {
            #expect(Rules.bannedCode(in: file("Sources/A/A.swift", line)).count == 1)
        }
        for line in ["// TODO later", "let a = \"/tmp/a\"", "// see /home/me/notes"] {
            #expect(Rules.bannedWords(in: file("Sources/A/A.swift", line)).count == 1)
        }
        for line in ["// the broker's log.dirs=/var/kafka", "let todo = 1", "a/tmp/b", "https://example.org/work/a"] {
            #expect(Rules.bannedWords(in: file("Sources/A/A.swift", line)) == [])
        }
        #expect(Rules.printing(in: file("Sources/A/A.swift", "print(a)")).count == 1)
        #expect(Rules.printing(in: file("Sources/A/A.swift", "sprint(a)", "// print(a)")) == [])
    }

    @Test func `plain commits are found, and transactions are none`() {
        for call in ["rd_kafka_commit(a, b, 0)", "rd_kafka_offsets_store(a, b)", "rd_kafka_commit_queue(a)"] {
            #expect(Rules.plainCommits(in: file("Sources/A/A.swift", "unsafe \(call)")).count == 1)
        }
        #expect(Rules.plainCommits(in: file("Sources/A/A.swift", "rd_kafka_commit_transaction(a, 1)")) == [])
    }

    @Test func `comments and strings are no code`() {
        let text = file(
            "Sources/A/A.swift", "let a = \"b // \\\" c\" // d", "let e = \"\"\"", "    unsafe", "    \"\"\"", "f()")
        #expect(text.code == ["let a = \"\" ", "let e = ", "", "", "f()"])
    }
}
