import Log
import Model
import RdKafka

/// The client settings of each part that a flow plays, and nothing else: what librdkafka's defaults would get wrong,
/// and why. A cluster's own `kafka:` properties come after the tunable ones and before those a promise rests on.
package struct FlowClients: Sendable {
    package let flow: FlowDefinition
    package let instance: String
    private let logger: Logger

    package init(flow: FlowDefinition, instance: String, logger: Logger) {
        self.flow = flow
        self.instance = instance
        self.logger = logger
    }

    /// Records that one lane may hold unacknowledged.
    package static let recordsInFlightMax = 32_768
    /// Seats of its producer: as many again for partitions that stand still.
    static let seatsMax = 2 * recordsInFlightMax
    /// Clients that share a lane's records by the replicas of their partitions (at least once), each with a thread for
    /// every broker. With one replica there is one, with two and three brokers there are two, with three and five six.
    static let dataClientsMax = 8

    /// Reads source partitions for one lane.
    package func sourceConsumer(bytesMax: Int) -> ClientConfiguration {
        var settings = client(
            of: flow.source, role: "source",
            tunables: [
                // librdkafka stops fetching for up to a second once this many wait per partition: bound bytes instead.
                ("queued.min.messages", "10000000"),
                // (librdkafka's largest value: 2 GB.)
                ("queued.max.messages.kbytes", String(min(2_097_151, max(1_024, bytesMax / 2_048)))),
                ("fetch.max.bytes", String(min(512 << 20, max(1 << 20, bytesMax / 4)))),
                // A broker hands out a record that is larger than every limit; with a limit here the fetch would fail
                // again and again.
                ("receive.message.max.bytes", "1000000000"),
                ("fetch.message.max.bytes", "1048576"),
                ("fetch.error.backoff.ms", "100"),
                ("reconnect.backoff.max.ms", "2000"),
            ])
        settings.setIfKnown("fetch.queue.backoff.ms", "5")
        settings.set("isolation.level", flow.isolation.rawValue)
        // Never joined: manual assignment only. A denied FindCoordinator is swallowed by the library.
        settings.set("group.id", flow.group)
        settings.setIfKnown("group.protocol", "classic")
        settings.set("enable.auto.commit", "false")
        settings.set("enable.auto.offset.store", "false")
        // A position outside the log is an event for us to judge, never a silent jump.
        settings.set("auto.offset.reset", "error")
        settings.set("enable.partition.eof", "true")
        settings.set("check.crcs", "true")
        return settings
    }

    /// Reads the source partitions of one lane that bring next to nothing, many of them (`PairedConsumers`).
    package func quietConsumer() -> ClientConfiguration {
        var settings = sourceConsumer(bytesMax: 4 << 20)
        settings.set("client.id", memberClientID + ".quiet")
        // A broker answers as soon as there is anything, and else so seldom that it costs little; a partition that has
        // just become quiet waits for that answer once.
        settings.set("fetch.min.bytes", "1")
        settings.set("fetch.wait.max.ms", "1000")
        // No fetch before what the last one brought is taken.
        settings.set("queued.min.messages", "1")
        settings.setIfKnown("fetch.queue.backoff.ms", "50")
        return settings
    }

    /// Sends a lane's records (at least once): idempotent, and stopping for good rather than leaving a gap.
    package func dataProducer() -> ClientConfiguration {
        var settings = producer(role: "data")
        settings.set("enable.gapless.guarantee", "true")
        // Retried for ever: an outage is waited for, and nothing is dropped.
        settings.set("message.timeout.ms", "2147483647")
        return settings
    }

    /// A lane's transactional producer: positions and fence, and with exactly-once the records, too.
    package func ledgerProducer(transactionalID: String) -> ClientConfiguration {
        var settings = producer(role: "ledger")
        settings.set("transactional.id", transactionalID)
        settings.set("transaction.timeout.ms", String(Self.transactionTimeoutMilliseconds))
        // Without records of its own it has nothing to wait for: the lane stands still while positions are written.
        if flow.delivery == .atLeastOnce { settings.set("linger.ms", "0") }
        return settings
    }

    /// Long, since fencing ends a dead owner's transaction at once and a short one never commits under a broker quota.
    package static let transactionTimeoutMilliseconds: Int64 = 60_000

    /// Only ever initialises another's transactional id, which ends that id's open transaction.
    package func fencingProducer(transactionalID: String) -> ClientConfiguration {
        var settings = producer(role: "fence")
        settings.set("transactional.id", transactionalID)
        return settings
    }

    /// Writes requests to the control topic. A request may stand there twice, so it needs no idempotence, and with it no
    /// right on the cluster (brokers before 3.0).
    package func requestProducer(timeoutMilliseconds: Int32) -> ClientConfiguration {
        var settings = producer(role: "request")
        settings.set("enable.idempotence", "false")
        settings.set("message.timeout.ms", String(timeoutMilliseconds))
        return settings
    }

    /// The process's membership of the flow's group.
    package func member() -> ClientConfiguration {
        var settings = client(of: flow.destination, role: nil, tunables: [("reconnect.backoff.max.ms", "2000")])
        settings.set("group.id", flow.group)
        settings.setIfKnown("group.protocol", "classic")
        settings.set("partition.assignment.strategy", "cooperative-sticky")
        settings.set("session.timeout.ms", String(flow.sessionTimeoutMilliseconds))
        // As often as heartbeats may go; `GroupMember` sees to it that at rest they go as often as the flow says.
        let interval = flow.heartbeatIntervalMilliseconds
        settings.set("heartbeat.interval.ms", String(interval > 1_000 ? interval : min(interval, 100)))
        // The time the group waits for a process that does not answer a rebalance.
        settings.set("max.poll.interval.ms", String(max(30_000, flow.sessionTimeoutMilliseconds)))
        settings.set("enable.auto.commit", "false")
        settings.set("enable.auto.offset.store", "false")
        return settings
    }

    /// Reads slots, up to an end that is to be seen soon.
    package func ledgerReader(_ isolation: Isolation) -> ClientConfiguration {
        reader(isolation, fetchWaitMilliseconds: 20)
    }

    /// Follows the control topic: an answer waits for nothing but a record, so one that waits longer costs less.
    package func controlReader() -> ClientConfiguration {
        reader(.readCommitted, fetchWaitMilliseconds: 100)
    }

    private func reader(_ isolation: Isolation, fetchWaitMilliseconds: Int) -> ClientConfiguration {
        var settings = client(
            of: flow.destination, role: "reader",
            tunables: [("fetch.wait.max.ms", String(fetchWaitMilliseconds)), ("fetch.error.backoff.ms", "50")])
        settings.set("group.id", flow.group)
        settings.set("isolation.level", isolation.rawValue)
        return settings
    }

    /// Asks questions. The isolation decides what "the end" of a partition means: the last stable offset or the high
    /// watermark.
    package func admin(of cluster: ClusterDefinition, isolation: Isolation) -> ClientConfiguration {
        var settings = client(of: cluster, role: "admin", tunables: [("reconnect.backoff.max.ms", "2000")])
        settings.set("group.id", flow.group)
        settings.set("isolation.level", isolation.rawValue)
        return settings
    }

    /// What librdkafka reports goes to the log, with the part it comes from.
    package func logger(_ part: String) -> ClientLogger {
        { [logger] line in
            let fields: [LogField] = [
                LogField("client", part), LogField("facility", line.facility), LogField("text", line.text),
            ]
            if line.level <= 3 {
                logger.warning("librdkafka", fields)
            } else {
                logger.debug("librdkafka", fields)
            }
        }
    }

    /// Group members are listed with their client id: by it a process finds another of its own name.
    package var memberClientID: String { "martlet.\(flow.name).\(instance)" }

    private func client(
        of cluster: ClusterDefinition, role: String?, tunables: [(String, String)]
    ) -> ClientConfiguration {
        ClientConfiguration(
            bootstrap: cluster.bootstrap,
            properties: tunables.map { ClientProperty($0.0, $0.1) } + cluster.properties,
            clientID: memberClientID + (role.map { ".\($0)" } ?? ""))
    }

    private func producer(role: String) -> ClientConfiguration {
        var settings = client(
            of: flow.destination, role: role,
            tunables: [
                // Long enough to hand a batch over; waiting for more is not its office, see `SendQueues`.
                ("linger.ms", "2"),
                ("batch.size", "1000000"),
                ("reconnect.backoff.max.ms", "2000"),
                ("retry.backoff.ms", "50"),
                ("topic.metadata.refresh.fast.interval.ms", "50"),
            ])
        settings.set("acks", "all")
        settings.set("enable.idempotence", "true")
        // A topic that was deleted is an event. With librdkafka's default for producers a retry would make it anew, empty
        // and with the broker's settings.
        settings.set("allow.auto.create.topics", "false")
        // The destination judges what is too large, not the library.
        settings.set("message.max.bytes", "1000000000")
        // The lane's budget bounds what is queued, in records and in bytes.
        settings.set("queue.buffering.max.messages", "1000000")
        settings.set("queue.buffering.max.kbytes", "2097151")
        return settings
    }
}
