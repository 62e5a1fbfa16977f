import Log
import Model
import RdKafka
import Testing

@testable import KafkaPorts

/// What the promises rest on holds whatever a cluster's own `kafka:` properties say.
@Suite struct FlowClientsTests {
    /// Each of them would break a promise. The configuration refuses them already; the clients do not trust it.
    private static let hostile = [
        "acks": "0", "enable.idempotence": "false", "enable.gapless.guarantee": "false", "message.timeout.ms": "1000",
        "delivery.timeout.ms": "1000", "request.required.acks": "1", "transaction.timeout.ms": "2000",
        "message.max.bytes": "1000", "allow.auto.create.topics": "true", "auto.offset.reset": "earliest",
        "enable.auto.commit": "true", "enable.auto.offset.store": "true", "enable.partition.eof": "false",
        "isolation.level": "read_uncommitted", "group.id": "foreign", "partition.assignment.strategy": "range",
        "session.timeout.ms": "7000", "max.poll.interval.ms": "8000", "transactional.id": "foreign",
        "group.protocol": "consumer", "client.id": "foreign",
    ]

    private func clients(_ delivery: Delivery, hostile: Bool) -> FlowClients {
        let properties = hostile ? Self.hostile.map { ClientProperty($0.key, $0.value) } : []
        func cluster(_ name: String) -> ClusterDefinition {
            ClusterDefinition(name: name, bootstrap: "127.0.0.1:1", properties: properties.filter(isKnown))
        }
        var flow = FlowDefinition(
            name: "orders", source: cluster("from"), destination: cluster("to"), topics: [.literal("orders")])
        flow.delivery = delivery
        return FlowClients(flow: flow, instance: "one", logger: .silent)
    }

    /// Older versions know fewer of them.
    private func isKnown(_ property: ClientProperty) -> Bool { ClientConfiguration.refusal(of: property) == nil }

    private func expect(_ configuration: ClientConfiguration, _ wanted: [String: String], _ part: String) {
        for (name, value) in wanted {
            let found = configuration.value(of: name)
            #expect(found == value, "\(part): \(name)")
        }
    }

    @Test(arguments: [true, false]) func `the producer of the records leaves no gap and drops nothing`(hostile: Bool) {
        expect(
            clients(.atLeastOnce, hostile: hostile).dataProducer(),
            [
                "acks": "-1", "enable.idempotence": "true", "enable.gapless.guarantee": "true",
                "message.timeout.ms": "2147483647", "message.max.bytes": "1000000000",
                "allow.auto.create.topics": "false",
            ], "data")
    }

    @Test(arguments: Delivery.allCases, [true, false])
    func `transactions outlive a broker's quota`(delivery: Delivery, hostile: Bool) {
        expect(
            clients(delivery, hostile: hostile).ledgerProducer(transactionalID: "martlet.orders.one.0"),
            [
                "acks": "-1", "enable.idempotence": "true", "transaction.timeout.ms": "60000",
                "transactional.id": "martlet.orders.one.0", "message.max.bytes": "1000000000",
                "allow.auto.create.topics": "false",
            ], "ledger")
    }

    @Test(arguments: [true, false]) func `a position outside the log is an event, never a jump`(hostile: Bool) {
        let clients = clients(.atLeastOnce, hostile: hostile)
        for (settings, part) in [
            (clients.sourceConsumer(bytesMax: 8 << 20), "source"), (clients.quietConsumer(), "quiet"),
        ] {
            expect(
                settings,
                [
                    "auto.offset.reset": "error", "enable.auto.commit": "false", "enable.auto.offset.store": "false",
                    "enable.partition.eof": "true", "isolation.level": "read_committed", "check.crcs": "true",
                ], part)
        }
    }

    @Test func `a fetch of quiet partitions is answered at once, and the next one waits until it is taken`() {
        let properties = [("fetch.min.bytes", "9000"), ("queued.min.messages", "9000"), ("fetch.wait.max.ms", "9000")]
        let cluster = ClusterDefinition(
            name: "from", bootstrap: "127.0.0.1:1", properties: properties.map { ClientProperty($0.0, $0.1) })
        let flow = FlowDefinition(name: "orders", source: cluster, destination: cluster, topics: [.literal("orders")])
        expect(
            FlowClients(flow: flow, instance: "one", logger: .silent).quietConsumer(),
            [
                "fetch.min.bytes": "1", "queued.min.messages": "1", "fetch.wait.max.ms": "1000",
                "client.id": "martlet.orders.one.quiet",
            ], "quiet")
    }

    @Test(arguments: [true, false]) func `the membership shares slots out in one way only`(hostile: Bool) {
        let member = clients(.atLeastOnce, hostile: hostile).member()
        expect(
            member,
            [
                "group.id": "martlet.orders", "partition.assignment.strategy": "cooperative-sticky",
                "session.timeout.ms": "10000", "max.poll.interval.ms": "30000", "enable.auto.commit": "false",
                "client.id": "martlet.orders.one",
            ], "member")
        // Where the library has another protocol at all.
        let plain = ClientConfiguration(bootstrap: "", properties: [], clientID: "plain")
        if plain.value(of: "group.protocol") != nil { expect(member, ["group.protocol": "classic"], "member") }
    }
}
