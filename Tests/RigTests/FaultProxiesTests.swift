import Foundation
import Glibc
import Rig
import Synchronization
import TestSupport
import Testing

/// Each fault does what it is called, and no byte is lost that is not meant to be.
@Suite(.serialized) final class FaultProxiesTests {
    private let server: EchoServer
    private let proxies: FaultProxies
    private let port: Int

    init() throws {
        server = try EchoServer()
        proxies = try FaultProxies([.init(broker: 1, port: 0, target: server.port)], seed: 7)
        port = try #require(proxies.port(broker: 1))
    }

    deinit { server.stop() }

    @Test func `an echo comes back, and an end passes through`() throws {
        let client = try Client(port: port)
        #expect(client.echo([1, 2, 3]) == [1, 2, 3])
        client.send([4, 5])
        client.endWriting()
        #expect(client.receiveAll() == [4, 5])
        #expect(eventually { server.connections == 0 })
    }

    @Test func `latency holds up both ways`() throws {
        let client = try Client(port: port)
        try proxies.apply(.latency(milliseconds: 100), broker: 1)
        let begin = ContinuousClock.now
        #expect(client.echo([1]) == [1])
        #expect(ContinuousClock.now - begin >= .milliseconds(200))
    }

    @Test func `latency holds up no more than it must: what follows at once arrives at once`() throws {
        let client = try Client(port: port)
        try proxies.apply(.latency(milliseconds: 300), broker: 1)
        let bytes = [UInt8](repeating: 9, count: 4 << 20)
        let begin = ContinuousClock.now
        Thread.detachNewThread { client.send(bytes) }
        #expect(client.receiveAll(bytes.count) == bytes)
        // One chunk after the other, each of them late, would be 9.6 s at least.
        #expect(ContinuousClock.now - begin < .seconds(8))
    }

    @Test func `bandwidth bounds what comes through`() throws {
        let client = try Client(port: port)
        try proxies.apply(.bandwidth(kilobytesPerSecond: 200), broker: 1)
        let begin = ContinuousClock.now
        let bytes = [UInt8](repeating: 5, count: 200_000)
        #expect(client.echo(bytes) == bytes)
        #expect(ContinuousClock.now - begin >= .milliseconds(900))
        try proxies.heal(broker: 1)
        #expect(client.echo(bytes) == bytes)
    }

    @Test func `whoever is connected is cut off, who comes is refused, and then it is over`() throws {
        let client = try Client(port: port)
        #expect(client.echo([1]) == [1])
        try proxies.apply(.cut, broker: 1)
        #expect(client.receive() == .end)
        #expect(Client.fate(port: port) == .fault(ECONNREFUSED))
        #expect(eventually { server.connections == 0 })
        try proxies.heal(broker: 1)
        #expect(try Client(port: port).echo([2]) == [2])
    }

    @Test func `whoever is connected is reset, and who comes as well`() throws {
        let client = try Client(port: port)
        #expect(client.echo([1]) == [1])
        try proxies.apply(.reset, broker: 1)
        #expect(client.receive() == .fault(ECONNRESET))
        #expect(Client.fate(port: port) == .fault(ECONNRESET))
        try proxies.heal(broker: 1)
        #expect(try Client(port: port).echo([2]) == [2])
    }

    @Test func `half open swallows, for those who come as well, and ends them when it is healed`() throws {
        let client = try Client(port: port)
        #expect(client.echo([1]) == [1])
        try proxies.apply(.halfOpen, broker: 1)
        let other = try Client(port: port)
        for each in [client, other] {
            #expect(each.send([2]))
            #expect(each.receive(limitMilliseconds: 200) == .silence)
        }
        #expect(server.connections == 1)
        try proxies.heal(broker: 1)
        #expect(client.receive() == .end)
        #expect(other.receive() == .end)
        #expect(eventually { server.connections == 0 })
        #expect(try Client(port: port).echo([3]) == [3])
    }

    @Test func `who hangs up on a half-open way is gone, and nobody is told`() throws {
        let client = try Client(port: port)
        #expect(client.echo([1]) == [1])
        try proxies.apply(.halfOpen, broker: 1)
        client.close()
        Thread.sleep(forTimeInterval: 0.1)
        #expect(server.connections == 1)
        try proxies.heal(broker: 1)
        #expect(eventually { server.connections == 0 })
    }

    @Test func `stalls keep every byte, and make somebody wait`() throws {
        try proxies.apply(.stalls, broker: 1)
        let clients = try (0..<8).map { _ in try Client(port: port) }
        var longest = ContinuousClock.Duration.zero
        let end = ContinuousClock.now + .seconds(6)
        var round: UInt8 = 0
        while ContinuousClock.now < end {
            for client in clients {
                let begin = ContinuousClock.now
                #expect(client.echo([round, round &+ 1]) == [round, round &+ 1])
                longest = max(longest, ContinuousClock.now - begin)
            }
            round &+= 1
        }
        #expect(longest >= .milliseconds(100))
    }

    @Test func `a broker that is gone is a reset, and a broken client ends the broker's side`() throws {
        let client = try Client(port: port)
        #expect(client.echo([1]) == [1])
        server.stop()
        #expect(Client.fate(port: port) == .fault(ECONNRESET))
        client.close()
        #expect(eventually { server.connections == 0 })
    }

    @Test func `a receiver that does not read holds up the sender`() throws {
        let client = try Client(port: port)
        let sent = Mutex(0)
        Thread.detachNewThread {
            let bytes = [UInt8](repeating: 1, count: 1 << 20)
            while client.send(bytes),
                sent.withLock({
                    $0 += 1; return $0 < 512
                })
            {}
        }
        var before = -1
        #expect(
            eventually {
                Thread.sleep(forTimeInterval: 0.5)
                defer { before = sent.withLock { $0 } }
                return before == sent.withLock { $0 }
            })
        // What the kernel and the proxy hold, and no more.
        #expect(before < 256)
        try proxies.apply(.reset, broker: 1)
        #expect(eventually { server.connections == 0 })
    }

    @Test func `two ways are two: a fault of one is none of the other`() throws {
        let pair = try FaultProxies(
            [.init(broker: 1, port: 0, target: server.port), .init(broker: 2, port: 0, target: server.port)])
        try pair.apply(.cut, broker: 1)
        #expect(try Client(port: #require(pair.port(broker: 2))).echo([1]) == [1])
        #expect(throws: RigFault.self) { try pair.apply(.cut, broker: 3) }
        pair.shutdown()
        #expect(throws: RigFault.self) { try pair.heal(broker: 1) }
    }
}

/// What it is made for: many connections, changing faults, long runs.
@Suite(.serialized) struct FaultProxiesUnderLoadTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `whatever the faults, bytes arrive whole and in order`(seed: UInt64) throws {
        let server = try EchoServer()
        defer { server.stop() }
        let proxies = try FaultProxies([.init(broker: 1, port: 0, target: server.port)], seed: seed)
        let client = try Client(port: #require(proxies.port(broker: 1)))
        var random = SeededGenerator(seed: seed)
        let bytes = (0..<3_000_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let chunks = random
        let isOver = Mutex(false)
        Thread.detachNewThread {
            var random = chunks
            var place = 0
            while place < bytes.count {
                let count = min(Int.random(in: 1...100_000, using: &random), bytes.count - place)
                guard client.send(Array(bytes[place..<(place + count)])) else { return }
                place += count
            }
            client.endWriting()
        }
        Thread.detachNewThread {
            var random = SeededGenerator(seed: seed + 100)
            while !isOver.withLock({ $0 }) {
                let fault: NetworkFault =
                    Bool.random(using: &random)
                    ? .latency(milliseconds: .random(in: 0...80, using: &random))
                    : .bandwidth(kilobytesPerSecond: .random(in: 500...20_000, using: &random))
                try? proxies.apply(fault, broker: 1)
                Thread.sleep(forTimeInterval: .random(in: 0.005...0.1, using: &random))
                if UInt8.random(in: 0...3, using: &random) == 0 { try? proxies.heal(broker: 1) }
            }
        }
        #expect(client.receiveAll() == bytes, "seed \(seed)")
        isOver.withLock { $0 = true }
    }

    @Test func `two hundred connections echo, end, and leave no descriptor behind`() throws {
        let server = try EchoServer()
        defer { server.stop() }
        let proxies = try FaultProxies([.init(broker: 1, port: 0, target: server.port)])
        let port = try #require(proxies.port(broker: 1))
        #expect(try Client(port: port).echo([0]) == [0])
        #expect(eventually { server.connections == 0 })
        let before = openDescriptors
        for fault in [nil, .cut, .reset, .halfOpen] as [NetworkFault?] {
            var clients = try (0..<200).map { _ in try Client(port: port) }
            for (number, client) in clients.enumerated() { client.send([UInt8(number), 7]) }
            for (number, client) in clients.enumerated() { #expect(client.receiveAll(2) == [UInt8(number), 7]) }
            if let fault { try proxies.apply(fault, broker: 1) }
            clients = []
            try proxies.heal(broker: 1)
            // Other tests of the process have descriptors, too, but not hundreds.
            #expect(
                eventually { server.connections == 0 && openDescriptors < before + 150 },
                "\(String(describing: fault))")
        }
        proxies.shutdown()
        #expect(Client.fate(port: port) == .fault(ECONNREFUSED))
    }

    @Test func `an idle proxy does not wake up`() throws {
        let server = try EchoServer()
        defer { server.stop() }
        let proxies = try FaultProxies([.init(broker: 1, port: 0, target: server.port)])
        let port = try #require(proxies.port(broker: 1))
        try proxies.apply(.stalls, broker: 1)
        let clients = try (0..<50).map { _ in try Client(port: port) }
        #expect(eventually { server.connections == 50 })
        // Whoever spins is switched out again and again; who waits is not.
        func switches() -> String? {
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
            let folder = tasks.map { "/proc/self/task/\($0)" }.first {
                (try? String(contentsOfFile: "\($0)/comm", encoding: .utf8)) == "faults-\(port)\n"
            }
            let status = folder.flatMap { try? String(contentsOfFile: "\($0)/status", encoding: .utf8) }
            return status?.split(separator: "\n").filter { $0.contains("ctxt_switches") }.joined()
        }
        #expect(
            eventually {
                // A look at all threads of the process fails when one of them ends meanwhile.
                guard let before = switches() else { return false }
                Thread.sleep(forTimeInterval: 1)
                return switches() == before
            })
        #expect(clients.count == 50)
    }
}
