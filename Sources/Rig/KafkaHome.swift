import Foundation

/// One Apache Kafka on this machine: a release, or just its jars.
package struct KafkaHome: Sendable, Hashable, CustomStringConvertible {
    package let libraries: URL
    /// From the name of the clients' jar, for example `3.9.2`.
    package let version: String

    package var description: String { "Kafka \(version)" }
    var classPath: String { libraries.path + "/*" }
    package var major: Int { Int(version.prefix { $0.isNumber }) ?? 0 }
    /// Brokers of 2.8 and before are started with ZooKeeper; later ones as combined KRaft nodes.
    var needsZooKeeper: Bool { major < 3 }

    /// A release's folder, or one with only `libs/`. `nil` when there is no Kafka in it.
    package init?(at folder: URL) {
        let libraries = folder.appending(path: "libs")
        let jars = (try? FileManager.default.contentsOfDirectory(atPath: libraries.path)) ?? []
        let clients = jars.first { $0.hasPrefix("kafka-clients-") && $0.dropFirst(14).first?.isNumber == true }
        guard let clients, jars.contains(where: { $0.hasPrefix("kafka_2.") }) else { return nil }
        self.libraries = libraries
        self.version = String(clients.dropFirst(14).dropLast(4))
    }
}
