import Foundation

/// One Apache Kafka on this machine: a release, or just its jars.
package struct KafkaHome: Sendable, Hashable, CustomStringConvertible {
    package let libraries: URL
    /// From the name of the clients' jar, for example `3.9.2`.
    package let version: String

    package var description: String { "Kafka \(version)" }
    var classPath: String { libraries.path + "/*" }
    var major: Int { Int(version.prefix { $0.isNumber }) ?? 0 }
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

    /// The Kafka that most tests use: `KAFKA_HOME`, else one unpacked beside the checkout, else `.kafka` in it.
    package static let standard: KafkaHome? = {
        if let named = ProcessInfo.processInfo.environment["KAFKA_HOME"] {
            return KafkaHome(at: URL(filePath: named))
        }
        return version("4.3.0") ?? KafkaHome(at: packageRoot.appending(path: ".kafka"))
    }()

    /// Another version, for tests of the range we support. `nil` when it is not on this machine.
    package static func version(_ version: String) -> KafkaHome? {
        let folders = [packageRoot.appending(path: "../shared/kafka"), packageRoot.appending(path: ".kafka")]
        return folders.lazy.compactMap { KafkaHome(at: $0.appending(path: version).standardizedFileURL) }.first
    }

    /// The older versions we support, as far as they are on this machine.
    package static let older = ["3.9.2", "2.8.2"].compactMap(version)

    static let packageRoot = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}

/// Whether tests with real brokers can run here.
package enum KafkaAvailability {
    private static let hasJava: Bool = {
        let java = try? ChildProcess(Spawn(program: "java", arguments: ["-version"]))
        return java?.wait(seconds: 60)?.code == 0
    }()

    /// What is missing and how to get it; `nil` when nothing is.
    package static let missing: String? = {
        if !hasJava {
            return "no Java runtime: install one (apt install openjdk-17-jre-headless), version 17 or later"
        }
        if KafkaHome.standard == nil {
            return "no Kafka: run `make kafka`, or set KAFKA_HOME to an unpacked Apache Kafka release"
        }
        return nil
    }()

    package static let isAvailable = missing == nil

    /// In continuous integration a missing Kafka is a failure; elsewhere its tests are skipped.
    package static let isRequired = ProcessInfo.processInfo.environment["CI"] == "true"
}
