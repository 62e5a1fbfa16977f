import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

/// A cluster beside the pair: another source, or a destination that refuses rights. Shared, and ended with the test
/// process.
enum MirrorClusters {
    private static let started = Result {
        let cluster = try KafkaCluster.start(
            brokers: 1,
            settings: [
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "allow.everyone.if.no.acl.found": "true",
                // The usual 15 s between two looks of the log cleaner.
                "log.cleaner.backoff.ms": "500",
                // As many clusters have it: a mirror must not make topics by asking for them.
                "auto.create.topics.enable": "true",
            ])
        // Who may create in the cluster may create any topic: so everybody may create by the topic's name only.
        try cluster.deny("Create", on: ["--cluster"])
        return cluster
    }

    static var third: KafkaCluster {
        get throws { try started.get() }
    }
}

extension KafkaCluster {
    /// Denies one operation on one resource to everybody. All else of it is allowed first: with a rule of its own, a
    /// resource is closed to whom no rule allows it.
    func deny(_ operation: String, on resource: [String]) throws {
        let everybody = "User:ANONYMOUS"
        for rule in [["--allow-principal", everybody], ["--deny-principal", everybody, "--operation", operation]] {
            _ = try run(
                tool: "org.apache.kafka.tools.AclCommand",
                ["--bootstrap-server", bootstrap, "--add"] + resource + rule)
        }
    }

    /// On these brokers: `2:3,3` is a partition with two replicas, of which 2 leads at first, and one with one.
    func create(_ topic: String, assignment: String, settings: [String]) throws {
        _ = try run(
            tool: "org.apache.kafka.tools.TopicCommand",
            ["--bootstrap-server", bootstrap, "--create", "--topic", topic, "--replica-assignment", assignment]
                + settings.flatMap { ["--config", $0] })
    }

    /// Sends records and returns when all are acknowledged.
    func produce(_ records: [LoadRecord]) throws {
        var producer = try LoadProducer(.test(self, [("enable.idempotence", "true")])) { _ in }
        for record in records { #expect(try producer.produce(record, ticket: 0)) }
        try producer.flush(timeoutMilliseconds: 60_000)
        #expect(producer.poll(waitMilliseconds: 0).allSatisfy { $0.code == 0 })
    }

    /// Every committed record of a topic, by partition and in the order of the offsets.
    func records(of topic: String) throws -> [[LogRecord]] {
        let admin = try admin()
        let count = try admin.topic(topic, timeoutMilliseconds: 10_000)?.partitions.count ?? 0
        var reader = try LogReader(.test(self, [("isolation.level", "read_committed")])) { _ in }
        let partitions = (0..<count).map { TopicPartition(topic, Int32($0)) }
        // A logical offset would cost half a second, see `ControlReader`.
        let begins = try admin.offsets(of: partitions, at: .earliest, timeoutMilliseconds: 10_000)
        try reader.assign(begins.mapValues { try $0.get() })
        var records = [[LogRecord]](repeating: [], count: count)
        var unread = Set(partitions)
        let deadline = Date.now.addingTimeInterval(MirrorFlow.limitSeconds)
        while !unread.isEmpty, Date.now < deadline {
            for event in reader.poll(waitMilliseconds: 100, upTo: 4_096) {
                switch event {
                case .record(let record): records[Int(record.partition.partition)].append(record)
                case .endOfPartition(let partition, _): unread.remove(partition)
                case .fault(_, let fault): Issue.record("\(fault)")
                }
            }
        }
        #expect(unread.isEmpty, "not read to their ends")
        return records
    }

    /// The partition's last stable offset. A fresh client each time: one that has looked before a topic grew does not know
    /// the new partitions.
    func end(of partition: TopicPartition) throws -> Int64 {
        let ends = try admin().offsets(of: [partition], at: .latest, timeoutMilliseconds: 10_000)
        guard let end = ends[partition] else { throw NoAnswer(partition: partition) }
        return try end.get()
    }
}

private struct NoAnswer: Error {
    let partition: TopicPartition
}
