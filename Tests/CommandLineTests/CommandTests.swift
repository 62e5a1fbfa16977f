import Foundation
import Testing

@testable import martlet

/// Whole commands, by their exit codes: what scripts rely on.
struct CommandTests {
    @Test(arguments: [["help"], ["--help"], ["help", "run"], ["version"], ["--version"], ["completions", "fish"]])
    func `what only answers succeeds`(words: [String]) {
        #expect(Martlet.run(words) == .success)
    }

    @Test(arguments: [
        [], ["runn"], ["run"], ["run", "--config"], ["run", "--config", "a", "--instance", "a.b"],
        ["demo", "--records", "0"],
    ])
    func `a mistake in the command line is exit code 2`(words: [String]) {
        #expect(Martlet.run(words) == .usage)
    }

    @Test(arguments: ["run", "check"])
    func `a configuration with a mistake is exit code 2, and one that is not there too`(command: String) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString).yaml")
        try "clusters: {}\nflows: 3\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(Martlet.run([command, "--config", file.path(percentEncoded: false)]) == .usage)
        #expect(Martlet.run([command, "--config", "no such file"]) == .usage)
    }

    @Test func `a flow that the configuration does not have is exit code 2`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString).yaml")
        let text = """
            clusters: { a: { bootstrap: "127.0.0.1:1" }, b: { bootstrap: "127.0.0.1:2" } }
            flows: [{ from: a, to: b, topics: [orders] }]
            """
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(Martlet.run(["check", "--config", file.path(percentEncoded: false), "--flow", "a-c"]) == .usage)
    }
}
