import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

/// Fails where it must not be skipped: with `CI=true` real brokers belong to the run.
@Suite struct HarnessAvailabilityTests {
    @Test func `continuous integration has Java and Kafka`() {
        if KafkaAvailability.isRequired {
            #expect(KafkaAvailability.isAvailable, "\(KafkaAvailability.missing ?? "")")
        }
    }
}

@Suite(.serialized, .needsKafka)
struct HarnessTests {
    /// A dead broker's name is free again after this time.
    private static let settings = ["broker.session.timeout.ms": "3000", "broker.heartbeat.interval.ms": "500"]

    @Test func `three brokers start, and one comes back after a kill and after a stop`() throws {
        let cluster = try KafkaCluster.start(brokers: 3, settings: Self.settings)
        defer { cluster.shutdown() }
        let admin = try AdminClient(.test(cluster)) { _ in }
        let topic = NewTopic(name: "survivor", partitions: 3, replicationFactor: 3)
        #expect(try admin.create([topic], timeoutMilliseconds: 30_000).allSatisfy { $0.fault == nil })
        try cluster.kill(broker: 2)
        #expect(try inSync(2, of: "survivor", admin))
        try cluster.restart(broker: 2)
        #expect(try inSync(3, of: "survivor", admin))
        try cluster.stop(broker: 3)
        #expect(try inSync(2, of: "survivor", admin))
        try cluster.restart(broker: 3)
        #expect(try inSync(3, of: "survivor", admin))
    }

    @Test func `a frozen broker answers nobody until it is thawed`() throws {
        let cluster = try KafkaCluster.start(brokers: 1)
        defer { cluster.shutdown() }
        cluster.freeze(broker: 1)
        let admin = try AdminClient(.test(cluster)) { _ in }
        #expect(throws: KafkaFault.self) { try admin.topics(timeoutMilliseconds: 1_000) }
        cluster.thaw(broker: 1)
        #expect(throws: Never.self) { try admin.topics(timeoutMilliseconds: 30_000) }
    }

    @Test func `a cluster that was shut down leaves nothing behind`() throws {
        let cluster = try KafkaCluster.start(brokers: 1)
        let folder = cluster.folder
        #expect(FileManager.default.fileExists(atPath: folder.path))
        let processes = cluster.processIDs
        #expect(processes.allSatisfy { FileManager.default.fileExists(atPath: "/proc/\($0)") })
        cluster.shutdown()
        #expect(!FileManager.default.fileExists(atPath: folder.path))
        #expect(!processes.contains { FileManager.default.fileExists(atPath: "/proc/\($0)") })
    }

    @Test(.enabled(if: KafkaHome.version("2.8.2") != nil, "no Kafka 2.8.2 on this machine"))
    func `a broker with ZooKeeper comes back after a kill`() throws {
        let cluster = try KafkaCluster.start(brokers: 1, home: try #require(KafkaHome.version("2.8.2")))
        defer { cluster.shutdown() }
        let admin = try AdminClient(.test(cluster)) { _ in }
        let topic = NewTopic(name: "old", partitions: 2, replicationFactor: 1)
        #expect(try admin.create([topic], timeoutMilliseconds: 30_000).allSatisfy { $0.fault == nil })
        try cluster.kill(broker: 1)
        try cluster.restart(broker: 1)
        #expect(try inSync(1, of: "old", admin), "\(cluster.log(broker: 1))")
    }

    @Test func `Kafka's own tools run against a cluster`() throws {
        let cluster = try Clusters.source()
        let name = Clusters.uniqueName("tool")
        _ = try cluster.run(
            tool: "org.apache.kafka.tools.TopicCommand",
            ["--bootstrap-server", cluster.bootstrap, "--create", "--topic", name, "--partitions", "2"])
        let listed = try cluster.run(
            tool: "org.apache.kafka.tools.TopicCommand", ["--bootstrap-server", cluster.bootstrap, "--list"])
        #expect(listed.contains(name))
    }

    /// Waits until every partition of the topic has `count` replicas in sync.
    private func inSync(_ count: Int, of topic: String, _ admin: AdminClient) throws -> Bool {
        let deadline = Date.now.addingTimeInterval(60)
        while Date.now < deadline {
            let partitions = (try? admin.topic(topic, timeoutMilliseconds: 5_000))?.partitions ?? []
            if !partitions.isEmpty, partitions.allSatisfy({ $0.inSyncReplicas == count }) { return true }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return false
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips, with the reason and the remedy, where there is no Java or no Kafka.
    static var needsKafka: Self {
        .enabled(if: KafkaAvailability.isAvailable, Comment(rawValue: KafkaAvailability.missing ?? ""))
    }
}

extension ClientConfiguration {
    static func test(_ cluster: KafkaCluster, _ properties: [(String, String)] = []) -> ClientConfiguration {
        ClientConfiguration(
            bootstrap: cluster.bootstrap, properties: properties.map { ClientProperty($0.0, $0.1) },
            clientID: "martlet-test")
    }
}
