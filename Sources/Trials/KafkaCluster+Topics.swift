import Foundation
import Model
import RdKafka
import Rig

extension KafkaCluster {
    /// `read_committed`: the ends it answers are the last stable offsets.
    package func admin() throws -> AdminClient {
        var configuration = ClientConfiguration(bootstrap: bootstrap, properties: [], clientID: "martlet-verify")
        configuration.set("isolation.level", "read_committed")
        return try AdminClient(configuration) { _ in }
    }

    /// - Parameter replicas: the brokers' default without it.
    package func create(
        _ topic: String, partitions: Int32, replicas: Int32 = -1, settings: [(String, String)] = []
    ) throws {
        let wanted = NewTopic(
            name: topic, partitions: partitions, replicationFactor: replicas,
            settings: settings.map { ClientProperty($0.0, $0.1) })
        for outcome in try admin().create([wanted], timeoutMilliseconds: 30_000) {
            if let fault = outcome.fault { throw fault }
        }
        try awaitLeaders(of: topic, partitions: partitions)
    }

    package func grow(_ topic: String, to partitions: Int32) throws {
        for outcome in try admin().grow([TopicGrowth(name: topic, partitions: partitions)], timeoutMilliseconds: 30_000)
        {
            if let fault = outcome.fault { throw fault }
        }
        try awaitLeaders(of: topic, partitions: partitions)
    }

    /// Returns when every partition's leader answers for it. Before that an idempotent producer may lose what it sends
    /// first: a request is refused, the next one is taken, and librdkafka reports the records of both as delivered.
    private func awaitLeaders(of topic: String, partitions: Int32) throws {
        let deadline = Date.now.addingTimeInterval(30)
        while let number = ends(of: topic, partitions: Int(partitions)).firstIndex(of: -1) {
            guard Date.now < deadline else { throw RigFault("\(topic)[\(number)] has no leader") }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    /// The last stable offset of each partition, in one question; -1 where it has no answer, as without a leader.
    package func ends(of topic: String, partitions: Int) -> [Int64] {
        (try? admin().ends(of: topic, partitions: partitions)) ?? Array(repeating: -1, count: partitions)
    }

    /// The topic's partitions that have a replica on the broker.
    package func partitions(of topic: String, on broker: Int) throws -> Set<Int> {
        let partitions = try admin().topic(topic, timeoutMilliseconds: 10_000)?.partitions ?? []
        return Set(partitions.filter { $0.replicas.contains(Int32(broker)) }.map { Int($0.number) })
    }

    /// Whether every partition of the topic has a leader, and none of them is this broker.
    package func isLed(_ topic: String, without broker: Int) -> Bool {
        guard let partitions = try? admin().topic(topic, timeoutMilliseconds: 2_000)?.partitions else { return false }
        return !partitions.isEmpty && partitions.allSatisfy { $0.leader > 0 && $0.leader != Int32(broker) }
    }

    /// As retention does: the partition's log begins at `offset` afterwards.
    package func deleteRecords(of partition: TopicPartition, below offset: Int64) throws {
        let file = folder.appending(path: "delete-\(UUID().uuidString.prefix(8)).json")
        try """
        {"version":1,"partitions":[{"topic":"\(partition.topic)","partition":\(partition.partition),"offset":\(offset)}]}
        """.write(to: file, atomically: true, encoding: .utf8)
        _ = try run(
            tool: home.major < 4 ? "kafka.admin.DeleteRecordsCommand" : "org.apache.kafka.tools.DeleteRecordsCommand",
            ["--bootstrap-server", bootstrap, "--offset-json-file", file.path])
    }
}

extension AdminClient {
    /// The end of each partition, in one question; -1 where it has no answer, as without a leader.
    func ends(of topic: String, partitions: Int) -> [Int64] {
        let places = (0..<partitions).map { TopicPartition(topic, Int32($0)) }
        let answers = try? offsets(of: places, at: .latest, timeoutMilliseconds: 10_000)
        return places.map { (try? answers?[$0]?.get()) ?? -1 }
    }
}
