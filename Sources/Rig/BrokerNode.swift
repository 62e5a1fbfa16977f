import Foundation
import Synchronization

/// One broker of a test cluster: its ports, its files, and its process while it has one.
final class BrokerNode: Sendable {
    let id: Int
    let port: Int
    /// Where KRaft controllers talk; unused with ZooKeeper.
    let controllerPort: Int
    /// The way in through a fault proxy, where the cluster has one.
    let detour: Detour?
    /// Ports of listeners beside the plain one, by the listeners' names.
    let morePorts: [String: Int]
    let folder: URL
    let process = Mutex<ChildProcess?>(nil)

    /// A second listener of the broker, which it advertises at the proxy's port.
    struct Detour: Sendable {
        let brokerPort: Int
        let proxyPort: Int
    }

    init(id: Int, port: Int, controllerPort: Int, detour: Detour?, morePorts: [String: Int], cluster: URL) {
        self.id = id
        self.port = port
        self.controllerPort = controllerPort
        self.detour = detour
        self.morePorts = morePorts
        self.folder = cluster.appending(path: "broker-\(id)")
    }

    var properties: URL { folder.appending(path: "server.properties") }
    var log: URL { folder.appending(path: "broker.log") }
    var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }

    func signal(_ number: Int32) { process.withLock { $0?.signal(number) } }

    /// Sends `number` and waits until the process is gone.
    func end(with number: Int32, seconds: Double) throws(RigFault) {
        guard let process = process.withLock({ $0 }) else { return }
        process.signal(number)
        guard process.wait(seconds: seconds) != nil else {
            throw RigFault("broker \(id) did not end within \(seconds) s:\n\(log.lastLines())")
        }
    }
}

/// What a test cluster's brokers are told.
struct BrokerSettings {
    /// With ZooKeeper a killed broker's name stays taken this long.
    static let zookeeperSessionMilliseconds = 4_000

    let home: KafkaHome
    let nodes: [BrokerNode]
    let zookeeperPort: Int
    let overrides: [String: String]

    func text(for node: BrokerNode) -> String {
        let all = common.merging(home.needsZooKeeper ? zookeeper(node) : kraft(node)) { $1 }.merging(overrides) { $1 }
        return all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
    }

    private var common: [String: String] {
        let replicas = "\(min(3, nodes.count))"
        let quorum = "\(min(2, nodes.count))"
        return [
            "default.replication.factor": replicas,
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": quorum,
            "share.coordinator.state.topic.replication.factor": replicas,
            "share.coordinator.state.topic.min.isr": quorum,
            // The usual 50 cost seconds at the first group or transaction.
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.num.partitions": "4",
            "group.initial.rebalance.delay.ms": "0",
            // A topic that appears by itself would hide a mirror's mistake.
            "auto.create.topics.enable": "false",
            // Records of 1970 stay.
            "log.retention.ms": "-1",
            "num.network.threads": "2",
            "num.io.threads": "4",
            "log.cleaner.dedupe.buffer.size": "4194304",
        ]
    }

    /// The first three at most: a quorum is odd, and the death of a fourth broker is no death of a controller, of which
    /// the next one gives every broker a new session before it fences any.
    private var controllers: ArraySlice<BrokerNode> { nodes.prefix(3) }

    private func kraft(_ node: BrokerNode) -> [String: String] {
        let direct = "PLAINTEXT://127.0.0.1:\(node.port)"
        var (listeners, advertised) = (direct, direct)
        if let detour = node.detour {
            listeners += ",PROXIED://127.0.0.1:\(detour.brokerPort)"
            advertised += ",PROXIED://127.0.0.1:\(detour.proxyPort)"
        }
        for (name, port) in node.morePorts.sorted(by: { $0.key < $1.key }) {
            listeners += ",\(name)://127.0.0.1:\(port)"
            advertised += ",\(name)://127.0.0.1:\(port)"
        }
        let isController = controllers.contains { $0 === node }
        let voters = controllers.map { "\($0.id)@127.0.0.1:\($0.controllerPort)" }
        let all = [
            "process.roles": isController ? "broker,controller" : "broker",
            "node.id": "\(node.id)",
            "controller.quorum.voters": voters.joined(separator: ","),
            "listeners": listeners + (isController ? ",CONTROLLER://127.0.0.1:\(node.controllerPort)" : ""),
            "advertised.listeners": advertised,
            "controller.listener.names": "CONTROLLER",
            // Brokers and controllers talk past the proxies: a fault there is one of the mirror's network only.
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": node.folder.appending(path: "data").path,
        ]
        guard node.detour != nil else { return all }
        return all.merging([
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT"
        ]) { $1 }
    }

    private func zookeeper(_ node: BrokerNode) -> [String: String] {
        [
            "broker.id": "\(node.id)",
            "zookeeper.connect": "127.0.0.1:\(zookeeperPort)",
            "zookeeper.session.timeout.ms": "\(Self.zookeeperSessionMilliseconds)",
            "listeners": "PLAINTEXT://127.0.0.1:\(node.port)",
            "log.dirs": node.folder.appending(path: "data").path,
        ]
    }
}
