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
