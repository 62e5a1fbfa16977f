import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Verify

/// The whole mirror as an operator runs it: processes of the built `martlet` between real clusters, judged by
/// `Verify`. One after the other, for all of them want the whole machine.
@Suite(.serialized, .needsKafka)
enum MirrorTests {}

/// How much the tests do. The defaults suit continuous integration; a full run raises them by its environment.
enum MirrorScale {
    private static let environment = ProcessInfo.processInfo.environment

    /// Records of one fidelity run.
    static let records = environment["MARTLET_TEST_RECORDS"].flatMap { Int64($0) } ?? 120_000
    /// How often a process joins and another leaves.
    static let rounds = environment["MARTLET_TEST_ROUNDS"].flatMap { Int($0) } ?? 3
    /// Where the machine is quiet, promised times are asserted as they are promised; elsewhere they are only printed,
    /// for a busy machine must not fail a correct mirror.
    static let isTimingStrict = environment["MARTLET_STRICT_TIMING"] == "1"

    /// Of a rate, counted by when records arrived: a broker that stands still for a second on a busy machine has them
    /// arrive together. Without a limit it would be many times as much.
    static let arrivalJitter = 1.15

    /// The promise where timing is strict, else a bound that only a hanging mirror passes.
    static func bound(_ promised: Double, else generous: Double) -> Double {
        isTimingStrict ? promised : generous
    }
}

/// One flow of a test, with a configuration of its own, between two clusters.
final class MirrorFlow {
    /// Long enough for everything that a busy machine does slowly.
    static let limitSeconds = 120.0

    let source: KafkaCluster
    let destination: KafkaCluster
    let name: String
    let topics: [String]
    let delivery: Delivery
    /// Further keys of the flow.
    private let settings: [String: String]
    /// How the processes reach the clusters; over the plain listeners, or the fault proxies, when absent.
    var sourceAccess: ClusterAccess?
    var destinationAccess: ClusterAccess?
    var logLevel = "info"
    private var processes: [MartletProcess] = []

    /// - Parameter topics: without any, one topic with a name of its own.
    init(
        from source: KafkaCluster? = nil, to destination: KafkaCluster? = nil, name: String? = nil,
        topics: [String]? = nil, delivery: Delivery = .exactlyOnce, settings: [String: String] = [:]
    ) throws {
        self.source = try source ?? Clusters.pair().source
        self.destination = try destination ?? Clusters.pair().destination
        self.name = name ?? Clusters.uniqueName("flow")
        self.topics = topics ?? [Clusters.uniqueName("load")]
        self.delivery = delivery
        self.settings = settings
    }

    /// The flow's only topic, or its first.
    var topic: String { topics[0] }

    var configuration: String {
        let lines = ["session-timeout": "6s"].merging(settings) { $1 }.sorted { $0.key < $1.key }
        return """
            clusters:
              from: \((sourceAccess ?? ClusterAccess(source)).text)
              to: \((destinationAccess ?? ClusterAccess(destination)).text)
            flows:
              - name: \(name)
                from: from
                to: to
                topics: [\(topics.map { "'\($0)'" }.joined(separator: ", "))]
                delivery: \(delivery.rawValue)
            \(lines.map { "    \($0.key): \($0.value)" }.joined(separator: "\n"))
            """
    }

    /// A crash ends the process at once: where it happened is said anyway, and a stack takes a busy machine minutes.
    private static let environment = ["SWIFT_BACKTRACE": "enable=no"]

    /// Starts a process that runs until it is told to stop.
    func start(instance: String = "one") throws -> MartletProcess {
        try start("run", ["--instance", instance, "--log-level", logLevel])
    }

    /// Starts a process that says what a run would find, and ends.
    func startCheck() throws -> MartletProcess {
        try start("check")
    }

    /// Starts a process that ends when everything is copied that is there now.
    func startOnce() throws -> MartletProcess {
        try start("run", ["--once", "--log-level", logLevel])
    }

    private func start(_ verb: String, _ arguments: [String] = []) throws -> MartletProcess {
        try command([verb, "--config", "{config}"] + arguments)
    }

    /// Starts any command of the program. `{config}` becomes the path of the flow's configuration.
    func command(_ arguments: [String]) throws -> MartletProcess {
        let process = try MartletProcess(
            configuration: configuration, arguments: arguments, environment: Self.environment)
        processes.append(process)
        return process
    }

    /// Everything that the flow's processes have logged, for the message of a failing test.
    var logs: String {
        processes.enumerated().map { "-- process \($0 + 1), \(delivery.rawValue)\n\($1.output)" }.joined(
            separator: "\n")
    }

    /// Waits until `condition` holds; throws when it does not within the limit, with what the processes say.
    ///
    /// A condition that cannot be asked does not hold yet: a broker may not know for a moment that it leads the partition
    /// of a topic that was just made.
    func eventually(
        _ what: String, seconds: Double = MirrorFlow.limitSeconds, _ condition: () throws -> Bool
    ) throws {
        let deadline = Date.now.addingTimeInterval(seconds)
        while true {
            var trouble: (any Error)?
            do {
                if try condition() { return }
            } catch {
                trouble = error
            }
            guard Date.now < deadline else {
                throw NotInTime(what: what, seconds: seconds, trouble: trouble, logs: logs)
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    private struct NotInTime: Error, CustomStringConvertible {
        let what: String
        let seconds: Double
        let trouble: (any Error)?
        let logs: String
        var description: String {
            "not within \(seconds) s: \(what)\(trouble.map { ", last: \($0)" } ?? "")\n\(logs)"
        }
    }
}

/// How a flow reaches a cluster.
struct ClusterAccess {
    let bootstrap: String
    var kafka: [String: String] = [:]

    var text: String {
        let lines = kafka.sorted { $0.key < $1.key }.map { "\($0.key): \"\($0.value)\"" }
        return "{ bootstrap: \"\(bootstrap)\", kafka: { \(lines.joined(separator: ", ")) } }"
    }
}

extension ClusterAccess {
    /// By the plain listener, past the fault proxy where there is one.
    init(_ cluster: KafkaCluster) {
        bootstrap = cluster.proxiedBootstrap ?? cluster.bootstrap
    }
}

/// What a mirror must not change in a record. Its offset may differ: the source has holes.
struct MirroredFields: Equatable {
    let key: [UInt8]?
    let value: [UInt8]?
    let headers: [RecordHeader]
    let timestampMilliseconds: Int64

    init(_ record: LogRecord) {
        key = record.key
        value = record.value
        headers = record.headers
        timestampMilliseconds = record.timestampMilliseconds
    }
}

/// Measured figures are printed beside the assertions: they are what a run on a quiet machine is read for.
/// Written at once: a chaos run is followed while it runs.
func report(_ line: String) {
    FileHandle.standardOutput.write(Data("measured: \(line)\n".utf8))
}

extension Double {
    /// For a printed figure: two digits after the point.
    var formatted: String { String(format: "%.2f", self) }
}
