import Foundation

/// How a mirror gets to know its credentials.
package enum CredentialsReading: Sendable {
    /// Nobody here knows how to tell it.
    case unknown
    /// When a process starts.
    case atStart
    /// Also when they change in their files while it runs.
    case whileRunning
}

/// The settings of a cluster's locked door in the words of Java's clients, as they are when a process starts.
struct JavaCredentials {
    private(set) var properties: [String: String] = [:]

    /// - Parameters:
    ///   - settings: as in ``MirrorJob``: TLS, with SASL/PLAIN or with a certificate. None for an open door.
    ///   - keyStore: where key and certificate go: Java's clients want them in one file.
    init(_ settings: [String: String], keyStore: URL) throws {
        let settings = try settings.mapValues(Self.resolved)
        properties["security.protocol"] = settings["security.protocol"]?.uppercased()
        if let authority = settings["ssl.ca.location"] {
            properties["ssl.truststore.type"] = "PEM"
            properties["ssl.truststore.location"] = authority
        }
        if let user = settings["sasl.username"], let password = settings["sasl.password"] {
            properties["sasl.mechanism"] = settings["sasl.mechanism"]
            properties["sasl.jaas.config"] =
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"\(user)\" "
                + "password=\"\(password)\";"
        }
        if let key = settings["ssl.key.location"], let certificate = settings["ssl.certificate.location"] {
            let both = try [key, certificate].map { try String(contentsOfFile: $0, encoding: .utf8) }
            try both.joined().write(to: keyStore, atomically: true, encoding: .utf8)
            properties["ssl.keystore.type"] = "PEM"
            properties["ssl.keystore.location"] = keyStore.path
        }
    }

    private static func resolved(_ value: String) throws -> String {
        guard value.hasPrefix("${file:"), value.hasSuffix("}") else { return value }
        return try String(contentsOfFile: String(value.dropFirst(7).dropLast()), encoding: .utf8)
    }
}

extension MirrorJob {
    func sourceCredentials() throws -> [String: String] {
        try JavaCredentials(sourceProperties, keyStore: folder.appending(path: "source.keys")).properties
    }

    func destinationCredentials() throws -> [String: String] {
        try JavaCredentials(destinationProperties, keyStore: folder.appending(path: "destination.keys")).properties
    }
}
