import Mirror
import Model
import Testing

/// Refusals in words, for what brokers and librdkafka say.
struct AccessAdviceTests {
    private static func flow(_ properties: [String: String]) -> FlowDefinition {
        let cluster = ClusterDefinition(
            name: "east", bootstrap: "east:9092", properties: properties.map { ClientProperty($0.key, $0.value) })
        return FlowDefinition(
            name: "east-west", source: cluster, destination: ClusterDefinition(name: "west", bootstrap: "w:1"),
            topics: [])
    }

    private static let scram = [
        "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "mirror",
        "sasl.password": "hunter2",
    ]

    @Test(arguments: [
        (
            "rd_kafka_x on orders: TOPIC_AUTHORIZATION_FAILED (29): Broker: Topic authorization failed",
            "READ or DESCRIBE"
        ),
        ("Broker: Group authorization failed", "group martlet.east-west"),
        ("x: TRANSACTIONAL_ID_AUTHORIZATION_FAILED (53): no", "transactional ids that begin with martlet.east-west."),
        ("CLUSTER_AUTHORIZATION_FAILED", "the cluster"),
        (
            "sasl_ssl://h:1/bootstrap: SASL authentication error: Authentication failed",
            "does not accept the credentials of User:mirror"
        ),
        ("ssl://h:1/bootstrap: SSL handshake failed: error:0A000086", "no TLS connection with cluster east"),
    ])
    func `a refusal names the cluster, the principal and what is missing`(reason: String, part: String) throws {
        let text = AccessAdvice.atSource(of: Self.flow(Self.scram)).explained(reason, topic: "orders")
        #expect(text.hasPrefix(reason + "; ") && text.contains(part) && text.contains("east"), "\(text)")
        #expect(!text.contains("hunter2"))
    }

    @Test(arguments: ["", "Broker: Not leader for partition", "sasl_ssl://h:1/1: Connection refused"])
    func `what is no refusal stays as it is`(reason: String) {
        #expect(AccessAdvice.atDestination(of: Self.flow([:])).explained(reason) == reason)
    }

    @Test func `the principal is named where the client can know it`() {
        func principal(_ properties: [String: String]) -> String? { Self.flow(properties).source.principal }
        #expect(principal([:]) == "User:ANONYMOUS")
        #expect(principal(["security.protocol": "ssl"]) == "User:ANONYMOUS")
        #expect(principal(["security.protocol": "ssl", "ssl.certificate.location": "c.pem"]) == nil)
        #expect(principal(Self.scram) == "User:mirror")
        #expect(principal(["security.protocol": "sasl_ssl", "sasl.username": "x"]) == nil)
    }
}
