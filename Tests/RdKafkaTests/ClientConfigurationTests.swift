import Model
import RdKafka
import Testing

@Suite struct ClientConfigurationTests {
    private let value = "s3cret-Value"

    @Test(arguments: [
        ("no.such.property", "no property no.such.property"), ("linger.ms", "value of linger.ms"),
        ("security.protocol", "value of security.protocol"), ("enable.idempotence", "value of enable.idempotence"),
    ])
    func `a refusal names the property and never its value`(name: String, said: String) throws {
        let refusal = try #require(ClientConfiguration.refusal(of: ClientProperty(name, value)))
        #expect(refusal.contains(said) && !refusal.contains(value))
        let configuration = ClientConfiguration(
            bootstrap: "127.0.0.1:1", properties: [ClientProperty(name, value)], clientID: "test")
        let fault = #expect(throws: KafkaFault.self) { try AdminClient(configuration, log: quiet) }
        #expect(fault?.description.contains(value) == false && fault?.subject == name)
    }

    @Test(arguments: [("linger.ms", "5"), ("sasl.password", "x"), ("compression.type", "snappy"), ("acks", "all")])
    func `a property that librdkafka takes is not refused`(name: String, value: String) {
        #expect(ClientConfiguration.refusal(of: ClientProperty(name, value)) == nil)
    }

    @Test func `properties that do not go together are told when the client is made`() throws {
        var configuration = ClientConfiguration(
            bootstrap: "127.0.0.1:1", properties: [ClientProperty("sasl.password", value)], clientID: "test")
        configuration.set("enable.idempotence", "true")
        configuration.set("acks", "1")
        let fault = #expect(throws: KafkaFault.self) {
            _ = try RecordProducer(configuration, inFlightMax: 1, log: quiet)
        }
        #expect(fault?.call.description == "rd_kafka_new" && fault?.description.contains(value) == false)
    }

    @Test func `a property that this librdkafka does not have is skipped, and a later set wins`() throws {
        var configuration = ClientConfiguration(bootstrap: "127.0.0.1:1", properties: [], clientID: "test")
        configuration.setIfKnown("no.such.property", "1")
        configuration.set("acks", "1")
        configuration.set("enable.idempotence", "true")
        configuration.set("acks", "all")
        _ = try RecordProducer(configuration, inFlightMax: 1, log: quiet)
    }
}
