import Foundation
import KafkaHarness
import Model
import RdKafka
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
    static let records = environment["MARTLET_TEST_RECORDS"].flatMap { Int64($0) } ?? 200_000
    /// How often a process joins and another leaves.
    static let rounds = environment["MARTLET_TEST_ROUNDS"].flatMap { Int($0) } ?? 3
    /// Where the machine is quiet, promised times are asserted as they are promised; elsewhere they are only printed,
    /// for a busy machine must not fail a correct mirror.
    static let isTimingStrict = environment["MARTLET_STRICT_TIMING"] == "1"

    /// The promise where timing is strict, else a bound that only a hanging mirror passes.
    static func bound(_ promised: Double, else generous: Double) -> Double {
        isTimingStrict ? promised : generous
    }
}

/// One flow of a test, with a configuration of its own, between two clusters.
struct MirrorFlow {
    /// Long enough for everything that a busy machine does slowly.
    static let limitSeconds = 120.0

    let source: KafkaCluster
    let destination: KafkaCluster
    let name: String
    let topics: [String]
    let delivery: Delivery
    /// Further keys of the flow.
    var settings: [String: String] = [:]

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
              from: { bootstrap: "\(source.bootstrap)" }
              to: { bootstrap: "\(destination.bootstrap)" }
            flows:
              - name: \(name)
                from: from
                to: to
                topics: [\(topics.map { "'\($0)'" }.joined(separator: ", "))]
                delivery: \(delivery.rawValue)
            \(lines.map { "    \($0.key): \($0.value)" }.joined(separator: "\n"))
            """
    }

    /// Starts a process that runs until it is told to stop.
    func start(instance: String = "one") throws -> MartletProcess {
        try MartletProcess(
            configuration: configuration, arguments: ["run", "--config", "{config}", "--instance", instance])
    }

    /// Starts a process that ends when everything is copied that is there now.
    func startOnce() throws -> MartletProcess {
        try MartletProcess(configuration: configuration, arguments: ["run", "--config", "{config}", "--once"])
    }
}

extension KafkaCluster {
    /// `read_committed`: the ends it answers are the last stable offsets.
    func admin() throws -> AdminClient {
        try AdminClient(.test(self, [("isolation.level", "read_committed")])) { _ in }
    }

    func create(_ topic: String, partitions: Int32, settings: [(String, String)] = []) throws {
        let wanted = NewTopic(
            name: topic, partitions: partitions, replicationFactor: -1,
            settings: settings.map { ClientProperty($0.0, $0.1) })
        for outcome in try admin().create([wanted], timeoutMilliseconds: 30_000) {
            if let fault = outcome.fault { throw fault }
        }
    }

    func grow(_ topic: String, to partitions: Int32) throws {
        for outcome in try admin().grow([TopicGrowth(name: topic, partitions: partitions)], timeoutMilliseconds: 30_000)
        {
            if let fault = outcome.fault { throw fault }
        }
    }

    /// Sends records and returns when all are acknowledged.
    func produce(_ records: [LoadRecord]) throws {
        var producer = try LoadProducer(.test(self, [("enable.idempotence", "true")])) { _ in }
        for record in records { #expect(try producer.produce(record, ticket: 0)) }
        try producer.flush(timeoutMilliseconds: 60_000)
        #expect(producer.poll(waitMilliseconds: 0).allSatisfy { $0.code == 0 })
    }

    /// Every committed record of a topic, by partition and in the order of the offsets.
    func records(of topic: String) throws -> [[LogRecord]] {
        let count = try admin().topic(topic, timeoutMilliseconds: 10_000)?.partitions.count ?? 0
        var reader = try LogReader(.test(self, [("isolation.level", "read_committed")])) { _ in }
        let partitions = (0..<count).map { TopicPartition(topic, Int32($0)) }
        try reader.assign(Dictionary(uniqueKeysWithValues: partitions.map { ($0, -2) }))
        var records = [[LogRecord]](repeating: [], count: count)
        var unread = Set(partitions)
        try eventually("\(topic) is read to its end") {
            for event in reader.poll(waitMilliseconds: 100, upTo: 4_096) {
                switch event {
                case .record(let record): records[Int(record.partition.partition)].append(record)
                case .endOfPartition(let partition, _): unread.remove(partition)
                case .fault(_, let fault): Issue.record("\(fault)")
                }
            }
            return unread.isEmpty
        }
        return records
    }
}

/// What a mirror must not change in a record. Its offset may differ: the source has holes.
struct MirroredFields: Equatable {
    let key: [UInt8]?
    let value: [UInt8]?
    let headers: [LogHeader]
    let timestampMilliseconds: Int64

    init(_ record: LogRecord) {
        key = record.key
        value = record.value
        headers = record.headers
        timestampMilliseconds = record.timestampMilliseconds
    }
}

/// Waits until `condition` holds; throws when it does not within the limit.
func eventually(
    _ what: String, seconds: Double = MirrorFlow.limitSeconds, _ condition: () throws -> Bool
) throws {
    let deadline = Date.now.addingTimeInterval(seconds)
    while try !condition() {
        guard Date.now < deadline else { throw NotInTime(what: what, seconds: seconds) }
        Thread.sleep(forTimeInterval: 0.01)
    }
}

private struct NotInTime: Error, CustomStringConvertible {
    let what: String
    let seconds: Double
    var description: String { "not within \(seconds) s: \(what)" }
}

/// Measured figures are printed beside the assertions: they are what a run on a quiet machine is read for.
func report(_ line: String) {
    print("measured: \(line)")
}

extension Double {
    /// For a printed figure: two digits after the point.
    var formatted: String { String(format: "%.2f", self) }
}
