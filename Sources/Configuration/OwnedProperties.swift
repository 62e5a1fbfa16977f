/// The librdkafka properties that Martlet sets itself, and what to do instead of setting one.
///
/// Each of them would break a promise (order, exactly once, nothing skipped) or contradict a key of Martlet's own.
/// Aliases are listed too.
enum OwnedProperties {
    private static let bootstrap = "use the cluster's bootstrap key"
    private static let identity = "it follows from the flow's name; use the flow's name key"
    private static let sessionTimeout = "use the flow's session-timeout key"
    private static let heartbeat = "use the flow's heartbeat-interval key"
    private static let budget = "use the flow's memory-budget key"
    private static let positions = "positions are kept in the destination's positions topic; use the flow's start key"
    private static let delivery = "use the flow's delivery key"
    private static let group = "Martlet shares out the work itself, in one way only; remove it"
    private static let order = "another value could reorder or lose records; remove it"
    private static let library = "Martlet talks to the library through it; remove it"

    private static let advice: [String: String] = [
        "bootstrap.servers": bootstrap, "metadata.broker.list": bootstrap,
        "client.id": identity, "group.id": identity, "group.instance.id": identity, "transactional.id": identity,
        "session.timeout.ms": sessionTimeout, "heartbeat.interval.ms": heartbeat,
        "isolation.level": "use the flow's isolation key",
        "queued.max.messages.kbytes": budget, "queued.min.messages": budget,
        "queue.buffering.max.messages": budget, "queue.buffering.max.kbytes": budget,
        "auto.offset.reset": positions, "enable.auto.commit": positions, "auto.commit.enable": positions,
        "auto.commit.interval.ms": "use the flow's commit-interval key",
        "enable.auto.offset.store": positions, "offset.store.method": positions, "offset.store.path": positions,
        "offset.store.sync.interval.ms": positions,
        "enable.idempotence": delivery, "enable.gapless.guarantee": delivery, "transaction.timeout.ms": delivery,
        "acks": delivery, "request.required.acks": delivery,
        "group.protocol": group, "group.protocol.type": group, "group.remote.assignor": group,
        "partition.assignment.strategy": group, "max.poll.interval.ms": group,
        "retries": order, "message.send.max.retries": order, "message.timeout.ms": order,
        "delivery.timeout.ms": order, "max.in.flight": order, "max.in.flight.requests.per.connection": order,
        "queuing.strategy": order, "partitioner": "every record keeps its partition; remove it",
        "enable.partition.eof": library, "enabled_events": library, "delivery.report.only.error": library,
        "produce.offset.report": library, "log.queue": library, "opaque": library, "default_topic_conf": library,
        "allow.auto.create.topics": "Martlet creates topics itself, with the source's partitions; remove it",
    ]

    /// What to do instead of setting `name`; `nil` where it may be set.
    static func advice(against name: String) -> String? { advice[name] }
}
