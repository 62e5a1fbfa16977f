import Foundation
import Rig
import Verify

/// MirrorMaker 1 (`kafka.tools.MirrorMaker`), which Kafka has up to 3.9. It promises at least once.
package struct MirrorMaker1Recipe: MirrorRecipe {
    package let name = "mirrormaker1"
    package var version: String? { home.version }
    package let credentials = CredentialsReading.atStart
    private let home: KafkaHome

    package init(home: KafkaHome) { self.home = home }

    package let copiesRecordsOnly = true

    package func prepare(_ job: MirrorJob) throws {
        try JavaTool.writeLoggingConfiguration(to: job.folder)
    }

    private func writeProperties(of job: MirrorJob) throws {
        let consumer = [
            "bootstrap.servers": job.source, "group.id": "verify", "auto.offset.reset": "earliest",
            "isolation.level": "read_committed", "session.timeout.ms": "\(job.sessionSeconds * 1_000)",
            "heartbeat.interval.ms": "1000",
            // New topics are found when metadata is asked for again: by default after five minutes.
            "metadata.max.age.ms": "2000",
        ]
        // The producer sees grown destination topics as soon as the consumer sees the source's.
        let producer = MirrorMakerSettings.producer.merging(
            ["bootstrap.servers": job.destination, "metadata.max.age.ms": "2000"]) { $1 }
        try write(
            consumer.merging(job.sourceCredentials()) { $1 }, to: job.folder.appending(path: "consumer.properties"))
        try write(
            producer.merging(job.destinationCredentials()) { $1 },
            to: job.folder.appending(path: "producer.properties"))
    }

    package func spawn(_ job: MirrorJob, number: Int) throws -> Spawn {
        try writeProperties(of: job)
        let tool = JavaTool(
            home: home, mainClass: "kafka.tools.MirrorMaker",
            arguments: [
                "--consumer.config", job.folder.appending(path: "consumer.properties").path,
                "--producer.config", job.folder.appending(path: "producer.properties").path,
                "--num.streams", "2", "--offset.commit.interval.ms", "1000", "--include", job.topics,
            ],
            heapMegabytes: 512, folder: job.folder, log: job.folder.appending(path: "mirror-\(number).log"),
            isBrief: false)
        return tool.spawn
    }
}

/// MirrorMaker 2 in its dedicated mode: with `exactly.once.source.support` where exactly once is claimed (KIP-618,
/// KIP-710).
package struct MirrorMaker2Recipe: MirrorRecipe {
    package let name = "mirrormaker2"
    package var version: String? { home.version }
    package let credentials = CredentialsReading.atStart
    private let home: KafkaHome

    package init(home: KafkaHome) { self.home = home }

    package func prepare(_ job: MirrorJob) throws {
        try JavaTool.writeLoggingConfiguration(to: job.folder)
    }

    package func spawn(_ job: MirrorJob, number: Int) throws -> Spawn {
        let file = job.folder.appending(path: "mirror-\(number).properties")
        try write(settings(job, number: number), to: file)
        let tool = JavaTool(
            home: home, mainClass: "org.apache.kafka.connect.mirror.MirrorMaker", arguments: [file.path],
            heapMegabytes: 1_024, folder: job.folder, log: job.folder.appending(path: "mirror-\(number).log"),
            isBrief: false)
        return tool.spawn
    }

    private func settings(_ job: MirrorJob, number: Int) throws -> [String: String] {
        var settings = [
            "clusters": "source, destination",
            "source.bootstrap.servers": job.source,
            "destination.bootstrap.servers": job.destination,
            "source->destination.enabled": "true",
            "source->destination.topics": job.topics,
            "destination->source.enabled": "false",
            "tasks.max": "4",
            "replication.policy.class": "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
            "replication.factor": "\(job.replicas)",
            // By default ten minutes: nothing would be seen of new topics in a trial.
            "refresh.topics.interval.seconds": "2",
            // Nothing but copying.
            "emit.heartbeats.enabled": "false", "emit.checkpoints.enabled": "false",
            "emit.offset-syncs.enabled": "false", "sync.topic.configs.enabled": "false",
            "sync.topic.acls.enabled": "false", "refresh.groups.enabled": "false",
            "source.consumer.isolation.level": "read_committed",
            "offset.flush.interval.ms": "1000",
            "destination.session.timeout.ms": "\(job.sessionSeconds * 1_000)",
            "destination.heartbeat.interval.ms": "1000",
            // After a process is gone, the others wait for it to come back: by default five minutes.
            "destination.scheduled.rebalance.max.delay.ms": "0",
            // Several processes share the work only through this.
            "dedicated.mode.enable.internal.rest": "true",
            "listeners": "http://127.0.0.1:\(MirrorMakerSettings.restPort(number))",
        ]
        for (name, value) in MirrorMakerSettings.producer { settings["destination.producer.\(name)"] = value }
        for (name, value) in try job.sourceCredentials() { settings["source.\(name)"] = value }
        for (name, value) in try job.destinationCredentials() { settings["destination.\(name)"] = value }
        for kind in ["config", "offset", "status"] {
            settings["destination.\(kind).storage.replication.factor"] = "\(job.replicas)"
        }
        if job.claim == .exactlyOnce { settings["destination.exactly.once.source.support"] = "enabled" }
        return settings
    }
}

private enum MirrorMakerSettings {
    /// Equal for both; a mirror that loses records by its settings would not be judged fairly.
    static let producer = [
        "acks": "all", "enable.idempotence": "true", "max.in.flight.requests.per.connection": "5",
        "batch.size": "131072", "linger.ms": "5", "delivery.timeout.ms": "2147483647",
    ]

    private static let restPortBase = Int.random(in: 33_000...39_000)

    static func restPort(_ number: Int) -> Int { restPortBase + number }
}

private func write(_ settings: [String: String], to file: URL) throws {
    let lines = settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }
    try lines.joined().write(to: file, atomically: true, encoding: .utf8)
}
