import Testing

/// The rules of ARCHITECTURE.md and CONTRIBUTING.md that a machine can check, on the project as it is.
struct TidyTests {
    /// Read once for all tests.
    private struct Project {
        let sources: [SourceFile]
        let tests: [SourceFile]
        let map: PackageMap

        init() throws {
            sources = try SourceTree.swiftFiles(in: "Sources")
            tests = try SourceTree.swiftFiles(in: "Tests")
            map = PackageMap(manifest: try SourceTree.file("Package.swift"))
        }

        static let current = Result { try Project() }
    }

    private let sources: [SourceFile]
    private let tests: [SourceFile]
    private let map: PackageMap

    init() throws {
        let project = try Project.current.get()
        (sources, tests, map) = (project.sources, project.tests, project.map)
    }

    @Test func `the project is found, and its manifest is understood`() {
        #expect(sources.contains { $0.path == "Sources/Model/TopicPartition.swift" })
        #expect(map.targets["Model"]?.rank == 0)
        #expect(map.targets["RdKafka"]?.dependencies.contains("CRdKafka") == true)
        #expect(Set(sources.map(\.target)).isSubset(of: map.targets.keys))
    }

    @Test func `dependencies point downward, and every C library has one door`() {
        #expect(Rules.faults(in: map) == [])
    }

    @Test func `every import is declared`() {
        #expect(sources.flatMap { Rules.undeclaredImports(in: $0, map: map) } == [])
    }

    @Test func `files and functions are short`() {
        #expect(sources.flatMap { Rules.length(of: $0, limit: 500) } == [])
        #expect(tests.flatMap { Rules.length(of: $0, limit: 800) } == [])
        #expect(sources.flatMap { Rules.longFunctions(in: $0, limit: 60) } == [])
    }

    @Test func `unsafe code stands behind the doors to C libraries, and only RdKafka vouches for its threads`() {
        #expect(sources.flatMap(Rules.unsafeCode) == [])
        #expect(sources.flatMap(Rules.uncheckedSendable) == [])
    }

    @Test func `the engine waits for nothing`() {
        #expect(sources.filter { $0.target == "Engine" }.flatMap(Rules.waiting) == [])
    }

    @Test func `no unfinished work, no path of one machine, no public access`() {
        // The rules and their own tests spell out what they forbid.
        let others = tests.filter { $0.target != "TidyTests" }
        #expect(sources.flatMap(Rules.bannedCode) == [])
        #expect((sources + others).flatMap(Rules.bannedWords) == [])
        #expect(sources.filter { $0.target != "martlet" }.flatMap(Rules.printing) == [])
    }

    @Test func `no membership commits offsets beside a transaction`() {
        #expect(sources.flatMap(Rules.plainCommits) == [])
    }

    @Test(arguments: ["README.md", "CONTRIBUTING.md"])
    func `every verb of make that a page names is in the Makefile`(page: String) throws {
        let makefile = try SourceTree.file("Makefile").lines
        for line in try SourceTree.file(page).lines {
            for match in line.matches(of: /`?make ([a-z][a-z-]+)(?:`| *#|$)/) {
                #expect(makefile.contains { $0.hasPrefix("\(match.1):") }, "\(page): make \(match.1)")
            }
        }
    }
}
