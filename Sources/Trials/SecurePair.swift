import Foundation
import Rig

/// Two clusters that ask who is there, and what the mirror shows them: a user and a password out of files (SASL on TLS)
/// in the source, a certificate in the destination.
///
/// A change is one to another user and to a certificate of another name: so the old ones can lose every right, and
/// whatever is copied afterwards was copied with the new ones. Passwords go by PLAIN, for librdkafka before 2.6.1 cannot
/// do SCRAM with brokers of Kafka 4.
struct SecurePair: Sendable {
    let source: SecureCluster
    let destination: SecureCluster

    private static let (first, second) = ("mirror", "successor")
    private static let everything = ["--topic", "*", "--group", "*", "--transactional-id", "*", "--cluster"]
    /// The name of the certificate's files that the mirror is told.
    private static let used = "used"

    /// Lets the first and the second identity in, and tells the mirror where it finds the first.
    func admitMirror(to job: inout MirrorJob) throws {
        try source.allow(["All"], on: Self.everything, to: [Self.first, Self.second].map { "User:\($0)" })
        try destination.allow(["All"], on: Self.everything, to: [Self.first, Self.second].map { "User:CN=\($0)" })
        for name in [Self.first, Self.second] { try destination.certificates.issue(name) }
        try writeUser(Self.first)
        try putCertificate(of: Self.first)
        job.source = source.cluster.bootstrap(listener: SecureCluster.Listener.sasl.rawValue)
        job.sourceProperties = [
            "security.protocol": "sasl_ssl", "ssl.ca.location": source.certificates.authority,
            "sasl.mechanism": "PLAIN", "sasl.username": "${file:\(file("user").path)}",
            "sasl.password": "${file:\(file("password").path)}",
        ]
        let certificates = destination.certificates
        job.destination = destination.cluster.bootstrap(listener: SecureCluster.Listener.mutual.rawValue)
        job.destinationProperties = [
            "security.protocol": "ssl", "ssl.ca.location": certificates.authority,
            "ssl.key.location": certificates.key(of: Self.used),
            "ssl.certificate.location": certificates.certificate(of: Self.used),
        ]
    }

    func replaceUser() throws { try writeUser(Self.second) }
    func replaceCertificate() throws { try putCertificate(of: Self.second) }

    /// Takes every right from whoever still comes with the first identity.
    func shutOutOldUser() throws { try source.deny("All", on: Self.everything, to: "User:\(Self.first)") }
    func shutOutOldCertificate() throws {
        try destination.deny("All", on: Self.everything, to: "User:CN=\(Self.first)")
    }

    private func writeUser(_ name: String) throws {
        try SecureCluster.password(of: name).write(to: file("password"), atomically: true, encoding: .utf8)
        try name.write(to: file("user"), atomically: true, encoding: .utf8)
    }

    private func putCertificate(of name: String) throws {
        try destination.certificates.putKey(of: name, inPlaceOf: Self.used)
        try destination.certificates.putCertificate(of: name, inPlaceOf: Self.used)
    }

    private func file(_ name: String) -> URL { source.certificates.folder.appending(path: "mirror-\(name)") }
}
