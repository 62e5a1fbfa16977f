import Model
import RdKafka
import Testing

@testable import Verify

/// What becomes of a load whose producer ends for good, over librdkafka's mock cluster.
@Suite struct LoadRunTests {
    private static let initProducerID: Int16 = 22
    /// For a producer that is idempotent the end: it gets no id.
    private static let clusterAuthorizationFailed: Int32 = 31
    private static let turnsMax = 3_000

    @Test func `a dead producer is replaced, and the load goes on`() throws {
        let cluster = try Self.cluster(refusals: 2)
        var run = try Self.run(on: cluster)
        var acknowledged = 0
        for _ in 0..<Self.turnsMax where acknowledged == 0 && !run.isDead {
            // Without an end: what is all sent asks for no producer any more.
            run.sendDue(total: .max)
            acknowledged += run.takeReports(waitMilliseconds: 10).acknowledged.count
        }
        let isDead = run.isDead
        #expect(!isDead)
        #expect(acknowledged > 0)
    }

    @Test func `a source that ends every producer ends the load, and says why`() throws {
        let cluster = try Self.cluster(refusals: LoadRun.fruitlessMax * 3)
        var run = try Self.run(on: cluster)
        for _ in 0..<Self.turnsMax where !run.isDead {
            run.sendDue(total: .max)
            _ = run.takeReports(waitMilliseconds: 10)
        }
        let (isDead, fault) = (run.isDead, run.fault)
        #expect(isDead)
        #expect(fault?.isFatal == true)
    }

    private static func cluster(refusals: Int) throws -> MockCluster {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic("orders", partitions: 1, replicationFactor: 1)
        cluster.pushErrors(
            apiKey: initProducerID, codes: Array(repeating: clusterAuthorizationFailed, count: refusals))
        return cluster
    }

    private static func run(on cluster: MockCluster) throws -> LoadRun {
        let configuration = ClientConfiguration(
            bootstrap: cluster.bootstrap,
            properties: [ClientProperty("enable.idempotence", "true"), ClientProperty("acks", "all")],
            clientID: "load")
        let clock = LoadClock(pace: .unbounded, streams: 1)
        let maker = RecordMaker(plan: LoadPlan(seed: 5), topic: "orders", partitions: 1, clock: clock)
        clock.begin(
            atNanoseconds: LoadClock.nowNanoseconds, wallNanoseconds: LoadClock.nowWallNanoseconds)
        let producer = try LoadProducer(configuration) { _ in }
        return LoadRun(producer, configuration, maker: maker, topic: "orders", settlingSeconds: 0)
    }
}
