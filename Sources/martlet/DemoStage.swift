import Console
import Log
import Mirror
import Model
import RdKafka
import Verify

/// Why the demonstration could not be held.
struct DemoFault: Error, CustomStringConvertible {
    let description: String
}

/// Two clusters inside this process, a load at the one, a judge at the other, and mirror processes between them.
///
/// The mirror is the real one. Only the clusters are librdkafka's mock, and it has its ways: it keeps about 5 MB of a
/// partition, so the judge reads along; it cannot create topics, so the flow's own are created here; it answers a
/// fetch that finds nothing only when its whole time is over, so that time is short; and it has the members of a group
/// wait for 3 s at first, later for one second less than the session time-out, which therefore is hardly longer.
final class DemoStage {
    static let topic = "orders"
    static let partitions = 8
    static let member = "demo-1"
    static let guest = "demo-2"

    private let east: MockCluster
    private let west: MockCluster
    private let flow: FlowDefinition
    private let logger: Logger
    let loader: Loader
    let judge: Judge
    /// In the order they joined; one that has left stays listed.
    private(set) var members: [(name: String, threads: FlowThreads)] = []

    init(records: Int, seconds: Int, logger: Logger) throws(KafkaFault) {
        self.logger = logger
        east = try MockCluster(brokers: 1)
        west = try MockCluster(brokers: 1)
        let fetching = [ClientProperty("fetch.wait.max.ms", "10")]
        var flow = FlowDefinition(
            name: "demo",
            source: ClusterDefinition(name: "east", bootstrap: east.bootstrap, properties: fetching),
            destination: ClusterDefinition(name: "west", bootstrap: west.bootstrap), topics: [.literal(Self.topic)])
        flow.sessionTimeoutMilliseconds = 3_200
        flow.heartbeatIntervalMilliseconds = 300
        // One slot a partition, so that two members share evenly.
        flow.slots = Self.partitions
        self.flow = flow
        for cluster in [east, west] {
            try cluster.createTopic(Self.topic, partitions: Int32(Self.partitions), replicationFactor: 1)
        }
        try west.createTopic(flow.positionsTopic, partitions: Int32(Self.partitions), replicationFactor: 1)
        try west.createTopic(flow.controlTopic, partitions: 1, replicationFactor: 1)

        var plan = LoadPlan(seed: 1, valueBytes: 100...400)
        plan.headersPermille = 1_000
        plan.nullValuePermille = 20
        loader = try Loader(
            plan: plan, bootstrap: east.bootstrap, topic: Self.topic, partitions: Self.partitions,
            ratePerSecond: max(1, records / seconds), total: Int64(records))
        judge = try Judge(
            plan: plan, bootstrap: west.bootstrap, properties: fetching, topic: Self.topic, partitions: Self.partitions,
            isolation: .readUncommitted, clock: loader.clock)
    }

    /// Starts one more mirror process: a process in all but its address space.
    func join(_ name: String) {
        let threads = FlowThreads(
            flows: [flow], instance: name, once: false, logger: logger.with([LogField("instance", name)]))
        members.append((name, threads))
        threads.start()
    }

    func leave(_ name: String) {
        for member in members where member.name == name { member.threads.stop() }
    }

    func hasLeft(_ name: String) -> Bool {
        members.allSatisfy { $0.name != name || $0.threads.areOver }
    }

    /// Partitions that some lane of a member moves.
    func partitionsHeld(by name: String) -> Int {
        lanes.filter { $0.member == name }.map(\.partitions.count).reduce(0, +)
    }

    func throwFaults() throws(DemoFault) {
        for (name, threads) in members {
            if let (_, fault) = threads.faults.first { throw DemoFault(description: "\(name) ended: \(fault)") }
        }
    }

    /// What to show of the members.
    var states: [(name: String, state: String)] {
        members.map { ($0.name, $0.threads.runners.first?.runner.snapshot.state ?? "") }
    }

    var lanes: [DemoPicture.Lane] {
        members.flatMap { name, threads in
            threads.runners.flatMap { $0.runner.snapshot.lanes }.map { lane in
                DemoPicture.Lane(
                    member: name, number: lane.number, partitions: lane.partitions.map(\.partition.partition))
            }
        }
    }
}
