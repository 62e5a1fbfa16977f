import Foundation

/// Certificates for a trial: an authority of its own, one for a broker on the loopback interface, one for a client, and
/// some that must not be accepted. Made by `openssl` in a folder that is gone with this process.
package final class TestCertificates: Sendable {
    package let folder: URL
    /// The certificate of the authority that has signed all others.
    package var authority: String { path("authority.pem") }
    /// That of an authority which has signed nothing.
    package var strangeAuthority: String { path("strange.pem") }

    package init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "martlet-tls-\(UUID().uuidString.prefix(8))")
        CleanupGuard.watch(folder: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try "subjectAltName=IP:127.0.0.1,DNS:localhost\n"
            .write(to: folder.appending(path: "names"), atomically: true, encoding: .utf8)
        for authority in ["authority", "strange"] {
            try openssl(
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=\(authority)", "-keyout",
                path("\(authority).key"), "-out", path("\(authority).pem"))
        }
        try issue("broker")
        try issue("expired-broker", days: -1)
        try issue("client")
        try issue("expired-client", days: -1)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A key and a certificate of that common name, signed by the authority.
    package func issue(_ name: String, days: Int = 2) throws {
        try openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=\(name)", "-keyout", path("\(name).key"), "-out",
            path("\(name).csr"))
        try openssl(
            "x509", "-req", "-in", path("\(name).csr"), "-CA", authority, "-CAkey", path("authority.key"),
            "-CAcreateserial", "-days", "\(days)", "-extfile", path("names"), "-out", path("\(name).pem"))
        // Kafka reads key and certificate from one file.
        let both = try ["key", "pem"].map { try String(contentsOfFile: path("\(name).\($0)"), encoding: .utf8) }
        try both.joined().write(toFile: store(of: name), atomically: true, encoding: .utf8)
    }

    /// Has the files of one name hold what another's hold, each at one stroke.
    package func putKey(of name: String, inPlaceOf used: String) throws {
        try Data(contentsOf: URL(filePath: key(of: name))).write(to: URL(filePath: key(of: used)), options: .atomic)
    }

    package func putCertificate(of name: String, inPlaceOf used: String) throws {
        try Data(contentsOf: URL(filePath: certificate(of: name)))
            .write(to: URL(filePath: certificate(of: used)), options: .atomic)
    }

    package func key(of name: String) -> String { path("\(name).key") }
    package func certificate(of name: String) -> String { path("\(name).pem") }
    package func store(of name: String) -> String { path("\(name).both") }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    private func openssl(_ arguments: String...) throws {
        let log = folder.appending(path: "openssl.log")
        let process = try ChildProcess(Spawn(program: "openssl", arguments: arguments, log: log))
        guard process.wait(seconds: 60)?.code == 0 else {
            process.killAndWait()
            throw RigFault("openssl \(arguments[0]) failed:\n\(log.lastLines())")
        }
    }
}
