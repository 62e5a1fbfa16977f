import Foundation
import Rig
import Testing

struct GroupUsageTests {
    @Test func `what a child and its own children use is counted, and its connections`() throws {
        let server = try EchoServer()
        let script = "exec 3<>/dev/tcp/127.0.0.1/\(server.port); sleep 600 & wait"
        var spawn = Spawn(program: "bash", arguments: ["-c", script])
        spawn.ownGroup = true
        let child = try ChildProcess(spawn)
        defer { child.killAndWait() }
        // Both hold the one connection.
        #expect(eventually { GroupUsage(leader: child.processID).connections == 2 })
        let usage = GroupUsage(leader: child.processID)
        #expect(usage.residentMebibytes > 1)
        #expect(usage.cpuSeconds >= 0)
        child.killAndWait()
        #expect(eventually { GroupUsage(leader: child.processID).connections == 0 })
    }
}
