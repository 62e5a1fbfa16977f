import Foundation
import Rig

extension KafkaHome {
    /// The Kafka that most tests use: `KAFKA_HOME`, else one unpacked beside the checkout, else `.kafka` in it.
    package static let standard: KafkaHome? = {
        if let named = ProcessInfo.processInfo.environment["KAFKA_HOME"] {
            return KafkaHome(at: URL(filePath: named))
        }
        return version("4.3.0") ?? KafkaHome(at: packageRoot.appending(path: ".kafka"))
    }()

    /// The given Kafka, else the standard one.
    package static func required(_ home: KafkaHome? = nil) throws -> KafkaHome {
        guard let home = home ?? standard else { throw RigFault("there is no Kafka on this machine") }
        return home
    }

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
    /// What is missing and how to get it; `nil` when nothing is.
    package static let missing: String? = {
        if let missing = JavaTool.missing { return missing }
        if KafkaHome.standard == nil {
            return "no Kafka: run `make kafka`, or set KAFKA_HOME to an unpacked Apache Kafka release"
        }
        return nil
    }()

    package static let isAvailable = missing == nil

    /// In continuous integration a missing Kafka is a failure; elsewhere its tests are skipped.
    package static let isRequired = ProcessInfo.processInfo.environment["CI"] == "true"
}

extension KafkaCluster {
    /// Of the standard Kafka.
    package static func start(
        brokers: Int, settings: [String: String] = [:], isProxied: Bool = false, doors: Doors = Doors()
    ) throws -> KafkaCluster {
        try start(
            brokers: brokers, home: try KafkaHome.required(), settings: settings, isProxied: isProxied, doors: doors)
    }
}
