import Foundation
import Testing

@testable import Rig

struct CleanupGuardTests {
    @Test func `what is told to the guard ends with its line: processes, groups and folders`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "guarded-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var leader = Spawn(program: "sleep", arguments: ["600"])
        leader.ownGroup = true
        let group = try ChildProcess(leader)
        let alone = try ChildProcess(Spawn(program: "sleep", arguments: ["600"]))
        let spared = try ChildProcess(Spawn(program: "sleep", arguments: ["600"]))
        defer { for process in [group, alone, spared] { process.killAndWait() } }

        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", CleanupGuard.script]
        let line = Pipe()
        shell.standardInput = line
        try shell.run()
        let told = [
            "run -\(group.processID)", "run \(spared.processID)", "run \(alone.processID)", "folder \(folder.path)",
            "end \(spared.processID)",
        ]
        try line.fileHandleForWriting.write(contentsOf: Data(told.map { $0 + "\n" }.joined().utf8))
        try line.fileHandleForWriting.close()
        shell.waitUntilExit()

        #expect(group.wait(seconds: 30)?.signal == SIGKILL)
        #expect(alone.wait(seconds: 30)?.signal == SIGKILL)
        #expect(spared.isRunning)
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }
}
