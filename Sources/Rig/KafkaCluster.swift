import Foundation
import Glibc
import Synchronization

/// A real Kafka cluster of one to four brokers on the loopback interface.
///
/// Brokers are numbered from 1. Whatever happens to this process, its brokers end and its folder goes: by
/// ``shutdown()``, by the last reference going away, or by ``CleanupGuard``.
package final class KafkaCluster: Sendable {
    package let home: KafkaHome
    private let nodes: [BrokerNode]
    private let zookeeper: ChildProcess?
    private let proxies: FaultProxies?
    /// Holds everything the cluster writes.
    package let folder: URL

    /// Starts a cluster and returns when every broker knows all of them.
    ///
    /// - Parameters:
    ///   - home: the Kafka to run.
    ///   - settings: broker properties, stronger than the rig's own.
    ///   - isProxied: with a second way in, ``proxiedBootstrap``, on which ``apply(_:broker:)`` makes faults.
    ///   - doors: listeners beside the plain one, and who may come in by them (KRaft only).
    package static func start(
        brokers: Int, home: KafkaHome, settings: [String: String] = [:], isProxied: Bool = false,
        doors: Doors = Doors()
    ) throws -> KafkaCluster {
        precondition((1...4).contains(brokers), "\(brokers) brokers")
        // A port that was free a moment ago may be taken: once more, with others.
        for _ in 0..<2 {
            let cluster = try? KafkaCluster(brokers, home, settings, isProxied, doors)
            if let cluster { return cluster }
        }
        return try KafkaCluster(brokers, home, settings, isProxied, doors)
    }

    /// Listeners that the cluster's settings describe, and users of SCRAM-SHA-512.
    package struct Doors: Sendable {
        package var listeners: [String] = []
        package var passwords: [String: String] = [:]

        package init(listeners: [String] = [], passwords: [String: String] = [:]) {
            self.listeners = listeners
            self.passwords = passwords
        }
    }

    private init(
        _ brokers: Int, _ home: KafkaHome, _ settings: [String: String], _ isProxied: Bool, _ doors: Doors
    ) throws {
        precondition(!isProxied || !home.needsZooKeeper, "a second listener is set up for KRaft only")
        self.home = home
        folder = FileManager.default.temporaryDirectory.appending(path: "martlet-kafka-\(UUID().uuidString.prefix(8))")
        CleanupGuard.watch(folder: folder)
        let (folder, ports) = (folder, Ports.free(4 * brokers + 1))
        nodes = (0..<brokers).map { place in
            let port = ports[(4 * place)...].prefix(4).map { $0 }
            return BrokerNode(
                id: place + 1, port: port[0], controllerPort: port[1],
                detour: isProxied ? BrokerNode.Detour(brokerPort: port[2], proxyPort: port[3]) : nil,
                morePorts: Dictionary(uniqueKeysWithValues: zip(doors.listeners, Ports.free(doors.listeners.count))),
                cluster: folder)
        }
        let texts = BrokerSettings(home: home, nodes: nodes, zookeeperPort: ports[4 * brokers], overrides: settings)
        for node in nodes {
            try FileManager.default.createDirectory(at: node.folder, withIntermediateDirectories: true)
            try texts.text(for: node).write(to: node.properties, atomically: true, encoding: .utf8)
        }
        try JavaTool.writeLoggingConfiguration(to: folder)
        proxies = isProxied ? try FaultProxies(for: nodes) : nil
        if home.needsZooKeeper {
            zookeeper = try Self.startZooKeeper(home: home, folder: folder, port: ports[4 * brokers])
        } else {
            zookeeper = nil
            try Self.format(nodes, home: home, folder: folder, passwords: doors.passwords)
        }
        do {
            for node in nodes { try launch(node) }
            for node in nodes { try waitUntilReady(node) }
        } catch {
            shutdown()
            throw error
        }
    }

    deinit { shutdown() }

    package var brokers: Int { nodes.count }
    package var bootstrap: String { nodes.map { "127.0.0.1:\($0.port)" }.joined(separator: ",") }
    /// Where a listener beside the plain one is reached.
    package func bootstrap(listener: String) -> String {
        nodes.compactMap { $0.morePorts[listener] }.map { "127.0.0.1:\($0)" }.joined(separator: ",")
    }
    package func port(broker: Int) -> Int { nodes[broker - 1].port }
    /// The brokers by way of their fault proxies; `nil` without any.
    package var proxiedBootstrap: String? {
        guard proxies != nil else { return nil }
        return nodes.compactMap(\.detour).map { "127.0.0.1:\($0.proxyPort)" }.joined(separator: ",")
    }

    /// Of the fault proxies; empty without any.
    package var proxyPorts: [Int] { proxies == nil ? [] : nodes.compactMap { $0.detour?.proxyPort } }

    /// Makes the way in through a broker's proxy faulty until ``heal(broker:)``.
    package func apply(_ fault: NetworkFault, broker: Int) throws { try proxies?.apply(fault, broker: broker) }

    package func heal(broker: Int) throws { try proxies?.heal(broker: broker) }

    /// Ends a broker as a power cut does.
    package func kill(broker: Int) throws { try nodes[broker - 1].end(with: SIGKILL, seconds: 10) }

    /// Ends a broker as an operator does; it hands its leaderships over first.
    package func stop(broker: Int) throws { try nodes[broker - 1].end(with: SIGTERM, seconds: 60) }

    /// Holds a broker's process: connections stay open and nothing answers.
    package func freeze(broker: Int) { nodes[broker - 1].signal(SIGSTOP) }

    package func thaw(broker: Int) { nodes[broker - 1].signal(SIGCONT) }

    /// Leaves a broker no room on its disk: whatever it writes to a file fails until it is started again. Files may not
    /// grow any more (`RLIMIT_FSIZE`), so the call fails with `EFBIG` where a full disk answers `ENOSPC`.
    package func fillDisk(broker: Int) throws {
        guard let id = nodes[broker - 1].process.withLock({ $0?.processID }) else { return }
        let log = folder.appending(path: "prlimit.log")
        let tool = try ChildProcess(Spawn(program: "prlimit", arguments: ["--pid", "\(id)", "--fsize=1"], log: log))
        guard tool.wait(seconds: 30)?.code == 0 else { throw RigFault("prlimit failed:\n\(log.lastLines())") }
    }

    /// Starts an ended broker again and returns when the cluster counts it as live.
    package func restart(broker: Int) throws {
        let node = nodes[broker - 1]
        guard !node.isRunning else { throw RigFault("broker \(broker) still runs") }
        if home.needsZooKeeper {
            // Before its old session is over the broker would answer us, find its own name taken, and end.
            Thread.sleep(forTimeInterval: Double(BrokerSettings.zookeeperSessionMilliseconds + 1_000) / 1_000)
        }
        try launch(node)
        try waitUntilReady(node)
    }

    /// The ids of the brokers' processes that run now.
    package var processIDs: [Int32] {
        nodes.compactMap { $0.isRunning ? $0.process.withLock { $0?.processID } : nil }
    }

    /// The end of a broker's own log, for a failing test's message.
    package func log(broker: Int) -> String { nodes[broker - 1].log.lastLines() }

    /// Ends every process and deletes everything. More than once is fine.
    package func shutdown() {
        let processes = nodes.compactMap { $0.process.withLock { $0 } } + [zookeeper].compactMap { $0 }
        for process in processes { process.signal(SIGKILL) }
        for process in processes { process.killAndWait() }
        proxies?.shutdown()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Runs one of Kafka's own command-line classes and returns what it printed.
    package func run(tool mainClass: String, _ arguments: [String], limitSeconds: Double = 60) throws -> String {
        let output = folder.appending(path: "tool-\(UUID().uuidString.prefix(8)).log")
        let tool = JavaTool(home: home, mainClass: mainClass, arguments: arguments, folder: folder, log: output)
        let process = try ChildProcess(tool.spawn)
        let exit = process.wait(seconds: limitSeconds)
        process.killAndWait()
        guard exit?.code == 0 else { throw RigFault("\(mainClass) failed:\n\(output.lastLines())") }
        return try String(contentsOf: output, encoding: .utf8)
    }

    private func launch(_ node: BrokerNode) throws {
        let tool = JavaTool(
            home: home, mainClass: "kafka.Kafka", arguments: [node.properties.path],
            heapMegabytes: nodes.count == 1 ? 512 : 256, folder: folder, log: node.log)
        let process = try ChildProcess(tool.spawn)
        node.process.withLock { $0 = process }
    }

    /// Returns when `node` answers and counts as many live brokers as there are processes.
    private func waitUntilReady(_ node: BrokerNode) throws {
        let deadline = Date.now.addingTimeInterval(90)
        while MetadataProbe.liveBrokers(port: node.port) ?? 0 < nodes.count(where: \.isRunning) {
            guard Date.now < deadline else {
                throw RigFault("broker \(node.id) is not ready:\n\(node.log.lastLines())")
            }
            guard node.isRunning else { throw RigFault("broker \(node.id) ended:\n\(node.log.lastLines())") }
            Thread.sleep(forTimeInterval: 0.1)
        }
    }

    private static func format(
        _ nodes: [BrokerNode], home: KafkaHome, folder: URL, passwords: [String: String]
    ) throws {
        var cluster = "-"
        while cluster.hasPrefix("-") {
            let bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
            let text = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            cluster = String(text.prefix(22))
        }
        let tools = try nodes.map { node in
            let users = passwords.sorted { $0.key < $1.key }
                .flatMap { ["--add-scram", "SCRAM-SHA-512=[name=\($0.key),password=\($0.value)]"] }
            let arguments = ["format", "-t", cluster, "-c", node.properties.path] + users
            return try ChildProcess(
                JavaTool(
                    home: home, mainClass: "kafka.tools.StorageTool", arguments: arguments, folder: folder,
                    log: node.log
                ).spawn)
        }
        for (node, tool) in zip(nodes, tools) where tool.wait(seconds: 60)?.code != 0 {
            tool.killAndWait()
            throw RigFault("the log folder of broker \(node.id) was not formatted:\n\(node.log.lastLines())")
        }
    }

    private static func startZooKeeper(home: KafkaHome, folder: URL, port: Int) throws -> ChildProcess {
        let properties = folder.appending(path: "zookeeper.properties")
        try """
        dataDir=\(folder.path)/zookeeper
        clientPort=\(port)
        clientPortAddress=127.0.0.1
        admin.enableServer=false
        tickTime=1000
        """.write(to: properties, atomically: true, encoding: .utf8)
        let tool = JavaTool(
            home: home, mainClass: "org.apache.zookeeper.server.quorum.QuorumPeerMain", arguments: [properties.path],
            heapMegabytes: 128, folder: folder, log: folder.appending(path: "zookeeper.log"))
        return try ChildProcess(tool.spawn)
    }
}

/// Ports for brokers.
private enum Ports {
    /// Not from the range of outgoing connections: a client that knocks at a dead broker's port from that range can be
    /// given the very same port, connect to itself, and keep the broker from ever coming back.
    private static let range = 15_000..<32_000
    private static let used = Mutex<Set<Int>>([])

    static func free(_ count: Int) -> [Int] {
        used.withLock { used in
            (0..<count).map { _ in
                while true {
                    let port = Int.random(in: range)
                    if Loopback.isFree(port: port), used.insert(port).inserted { return port }
                }
            }
        }
    }
}
