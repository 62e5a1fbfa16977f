/// One Kafka cluster as a configuration names it.
package struct ClusterDefinition: Sendable, CustomStringConvertible {
    package let name: String
    /// Comma-separated `host:port` pairs.
    package let bootstrap: String
    /// librdkafka properties, passed through in this order. The values may be secrets: they are never printed.
    package let properties: [ClientProperty]

    package init(name: String, bootstrap: String, properties: [ClientProperty] = []) {
        self.name = name
        self.bootstrap = bootstrap
        self.properties = properties
    }

    package var description: String { "\(name) (\(bootstrap))" }

    /// Whom the brokers take this client for, as their rules name it; `nil` where only they know: behind a client
    /// certificate, a ticket or a token.
    package var principal: String? {
        func value(_ names: String...) -> String? { properties.last { names.contains($0.name) }?.value }
        guard value("security.protocol")?.lowercased().hasPrefix("sasl") == true else {
            let hasCertificate = properties.contains {
                $0.name.hasPrefix("ssl.certificate") || $0.name.hasPrefix("ssl.keystore")
            }
            return hasCertificate ? nil : "User:ANONYMOUS"
        }
        let mechanism = value("sasl.mechanism", "sasl.mechanisms")?.uppercased() ?? "GSSAPI"
        guard mechanism == "PLAIN" || mechanism.hasPrefix("SCRAM-") else { return nil }
        return value("sasl.username").map { "User:\($0)" }
    }
}

/// One librdkafka property. Its text form shows the name only, so no secret can reach a log through it.
package struct ClientProperty: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    package var description: String { "\(name)=..." }
    package var debugDescription: String { description }
}
