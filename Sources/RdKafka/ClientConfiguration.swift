import CRdKafka
import Model

/// The properties of one client. A later `set` wins. librdkafka judges them when the client is made.
package struct ClientConfiguration: Sendable {
    private var properties: [ClientProperty]

    /// - Parameters:
    ///   - properties: the cluster's own, passed through in this order.
    ///   - clientID: wins over a `client.id` among the properties, for a process is known to others by it.
    package init(bootstrap: String, properties: [ClientProperty], clientID: String) {
        self.properties = properties
        set("bootstrap.servers", bootstrap)
        set("client.id", clientID)
    }

    package mutating func set(_ name: String, _ value: String) {
        properties.append(ClientProperty(name, value))
    }

    /// What holds where nobody has set the property.
    mutating func setDefault(_ name: String, _ value: String) {
        properties.insert(ClientProperty(name, value), at: 0)
    }

    /// What a client made of this has, aliases and librdkafka's own defaults counted in; `nil` where it knows no such
    /// property, or would not be made.
    package func value(of name: String) -> String? {
        guard let conf = unsafe try? makeConf() else { return nil }
        defer { unsafe rd_kafka_conf_destroy(conf) }
        return unsafe setting(name, of: conf)
    }

    /// Sets a property that only newer versions of librdkafka have; skipped where there is none.
    package mutating func setIfKnown(_ name: String, _ value: String) {
        let conf = unsafe rd_kafka_conf_new()
        defer { unsafe rd_kafka_conf_destroy(conf) }
        var size = 0
        if unsafe rd_kafka_conf_get(conf, name, nil, &size) != RD_KAFKA_CONF_UNKNOWN { set(name, value) }
    }

    /// Why librdkafka would not take this property, or `nil` when it would. The text never holds the value: what
    /// librdkafka itself says about a refused value quotes it.
    package static func refusal(of property: ClientProperty) -> String? {
        let conf = unsafe rd_kafka_conf_new()
        defer { unsafe rd_kafka_conf_destroy(conf) }
        return unsafe refusal(of: property, by: conf)
    }

    private static func refusal(of property: ClientProperty, by conf: OpaquePointer?) -> String? {
        switch unsafe rd_kafka_conf_set(conf, property.name, property.value, nil, 0) {
        case RD_KAFKA_CONF_OK: nil
        case RD_KAFKA_CONF_UNKNOWN: "librdkafka \(librdkafkaVersion) has no property \(property.name)"
        default: "librdkafka \(librdkafkaVersion) does not take the value of \(property.name)"
        }
    }

    /// A fresh `rd_kafka_conf_t` with every property set. The caller owns it.
    func makeConf() throws(KafkaFault) -> OpaquePointer {
        guard let conf = unsafe rd_kafka_conf_new() else { preconditionFailure("rd_kafka_conf_new gave nothing") }
        for property in properties {
            guard let refusal = unsafe Self.refusal(of: property, by: conf) else { continue }
            unsafe rd_kafka_conf_destroy(conf)
            throw KafkaFault(
                call: "rd_kafka_conf_set", code: RD_KAFKA_RESP_ERR__INVALID_ARG, reason: refusal,
                subject: property.name)
        }
        return unsafe conf
    }

    /// `text` without the values of properties that are secret by their name.
    func masked(_ text: String) -> String {
        let marks = ["password", "secret", ".pem", "oauthbearer.config", "username"]
        let secrets = properties.filter { property in
            !property.value.isEmpty && marks.contains { property.name.contains($0) }
        }
        return secrets.reduce(text) { $0.replacing($1.value, with: "...") }
    }
}

/// The value of a property; `nil` when this librdkafka has no such property, or it is not set.
func setting(_ name: String, of conf: OpaquePointer) -> String? {
    var size = 0
    guard unsafe rd_kafka_conf_get(conf, name, nil, &size) == RD_KAFKA_CONF_OK, size > 0 else { return nil }
    var text = [CChar](repeating: 0, count: size)
    guard unsafe rd_kafka_conf_get(conf, name, &text, &size) == RD_KAFKA_CONF_OK else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
