import Foundation

/// A broker that asks who is there: listeners with TLS, with TLS and a client's certificate, and with SASL on TLS;
/// and a rule book in which nobody but the plain listener's clients may do anything before it is allowed.
package final class SecureCluster: Sendable {
    package let cluster: KafkaCluster
    package let certificates: TestCertificates

    package enum Listener: String, CaseIterable, Sendable {
        case tls = "TLS"
        /// With the broker's certificate out of date.
        case expired = "EXPIRED"
        /// Wants a client's certificate.
        case mutual = "MUTUAL"
        case sasl = "SASL"
    }

    /// Of all users but one.
    package static let password = "correct-horse-battery"
    /// Users of both SASL mechanisms.
    package static let users = ["mirror", "successor", "stranger", superuser]
    /// May do everything without having been allowed to.
    package static let superuser = "rotating"

    package static func password(of user: String) -> String { user == "successor" ? "staple-paper-clip" : password }

    /// - Parameter settings: broker properties, stronger than those of the listeners.
    package init(home: KafkaHome, settings: [String: String] = [:]) throws {
        certificates = try TestCertificates()
        cluster = try KafkaCluster.start(
            brokers: 1, home: home, settings: Self.settings(certificates).merging(settings) { $1 },
            doors: KafkaCluster.Doors(
                listeners: Listener.allCases.map(\.rawValue),
                passwords: Dictionary(uniqueKeysWithValues: Self.users.map { ($0, Self.password(of: $0)) })))
    }

    private static func settings(_ certificates: TestCertificates) -> [String: String] {
        let login = "org.apache.kafka.common.security"
        let users = users.map { "user_\($0)=\"\(password(of: $0))\"" }.joined(separator: " ")
        return [
            "listener.security.protocol.map":
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,EXPIRED:SSL,MUTUAL:SSL,SASL:SASL_SSL",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": certificates.store(of: "broker"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": certificates.authority,
            "listener.name.expired.ssl.keystore.type": "PEM",
            "listener.name.expired.ssl.keystore.location": certificates.store(of: "expired-broker"),
            "listener.name.mutual.ssl.client.auth": "required",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "listener.name.sasl.plain.sasl.jaas.config": "\(login).plain.PlainLoginModule required \(users);",
            "listener.name.sasl.scram-sha-512.sasl.jaas.config": "\(login).scram.ScramLoginModule required;",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            // The plain listener's clients and the broker itself; TLS alone tells nobody's name either.
            "super.users": "User:ANONYMOUS;User:\(superuser)",
            // The name of a killed broker is free again after this time; by default 9 s.
            "broker.session.timeout.ms": "4000",
            "broker.heartbeat.interval.ms": "500",
        ]
    }

    /// Gives principals rights on one resource, such as `["--topic", "orders"]`.
    package func allow(_ operations: [String], on resource: [String], to principals: [String]) throws {
        try addRules(
            on: resource,
            principals.flatMap { ["--allow-principal", $0] } + operations.flatMap { ["--operation", $0] })
    }

    package func allow(_ operations: [String], on resource: [String], to principal: String) throws {
        try allow(operations, on: resource, to: [principal])
    }

    package func allow(_ operation: String, on resource: [String], to principals: String...) throws {
        try allow([operation], on: resource, to: principals)
    }

    /// Stronger than whatever was allowed.
    package func deny(_ operation: String, on resource: [String], to principal: String) throws {
        try addRules(on: resource, ["--deny-principal", principal, "--operation", operation])
    }

    /// Takes back what was allowed.
    package func withdraw(_ operation: String, on resource: [String], from principal: String) throws {
        try changeRules(
            "--remove", on: resource, ["--allow-principal", principal, "--operation", operation, "--force"])
    }

    private func addRules(on resource: [String], _ rules: [String]) throws {
        try changeRules("--add", on: resource, rules)
    }

    private func changeRules(_ change: String, on resource: [String], _ rules: [String]) throws {
        _ = try cluster.run(
            tool: cluster.home.major < 4 ? "kafka.admin.AclCommand" : "org.apache.kafka.tools.AclCommand",
            ["--bootstrap-server", cluster.bootstrap, change] + resource + rules)
    }

    /// Sets a user's password for SCRAM-SHA-512. Connections that are open stay.
    package func setPassword(_ password: String, of user: String) throws {
        _ = try cluster.run(
            tool: "kafka.admin.ConfigCommand",
            [
                "--bootstrap-server", cluster.bootstrap, "--alter", "--entity-type", "users", "--entity-name", user,
                "--add-config", "SCRAM-SHA-512=[password=\(password)]",
            ])
    }
}
