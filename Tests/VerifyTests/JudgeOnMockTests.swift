import Model
import RdKafka
import Testing
import Verify

/// Loader and judge over librdkafka's mock cluster, with a mirror of a few lines between them.
@Suite struct JudgeOnMockTests {
    private static let partitions = 3
    private static let total: Int64 = 3_000

    @Test func `a load and its copy are clean, with latencies`() throws {
        let verdict = try run(ratePerSecond: 3_000) { _ in .copy }
        #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)")
        #expect(verdict.counts.received == Self.total)
        let latency = try #require(verdict.latencyMicroseconds)
        #expect(latency.p50 > 0 && latency.p50 <= latency.p99 && latency.p99 <= latency.max)
        #expect(verdict.longestStallMilliseconds.count == Self.partitions)
    }

    @Test func `dropped and repeated records are found over a cluster as well`() throws {
        let verdict = try run(timeoutSeconds: 2) { $0 % 500 == 3 ? .drop : $0 % 500 == 4 ? .twice : .copy }
        #expect(verdict.counts.missing == 6)
        #expect(verdict.counts.duplicated == 6)
        #expect(verdict.counts.received == Self.total)
        #expect(verdict.isComplete)
    }

    @Test func `a judge of a topic that never appears ends in time and proves nothing`() throws {
        let cluster = try MockCluster(brokers: 1)
        let judge = try Judge(
            plan: LoadPlan(seed: 1), bootstrap: cluster.bootstrap, topic: "absent", partitions: 1,
            isolation: .readCommitted)
        judge.start()
        let verdict = judge.finish(expecting: Ledger(streams: 1, allOf: 5), timeoutSeconds: 0.5)
        #expect(!verdict.isComplete || verdict.counts.missing == 5)
        #expect(!verdict.isClean(.atLeastOnce))
    }

    private enum Deed { case copy, drop, twice }

    /// Loads a source, mirrors it doing `deed` with the nth record, and judges the destination.
    private func run(
        ratePerSecond: Int = 0, timeoutSeconds: Double = 30, deed: (Int) -> Deed
    ) throws -> Verdict {
        let (source, destination) = (try MockCluster(brokers: 1), try MockCluster(brokers: 1))
        for cluster in [source, destination] {
            try cluster.createTopic("orders", partitions: Int32(Self.partitions), replicationFactor: 1)
        }
        let plan = LoadPlan.varied(seed: 3, valueBytes: 20...200)
        let loader = try Loader(
            plan: plan, bootstrap: source.bootstrap, topic: "orders", partitions: Self.partitions,
            ratePerSecond: ratePerSecond, total: Self.total)
        let judge = try Judge(
            plan: plan, bootstrap: destination.bootstrap, topic: "orders", partitions: Self.partitions,
            isolation: .readCommitted, clock: loader.clock)
        judge.start()
        loader.start()
        try mirror(source, destination, deed)
        #expect(loader.wait(timeoutSeconds: 30))
        #expect(loader.progress.acknowledged == Self.total && loader.progress.failed == 0)
        return judge.finish(expecting: loader.ledger, timeoutSeconds: timeoutSeconds)
    }

    private func mirror(_ source: MockCluster, _ destination: MockCluster, _ deed: (Int) -> Deed) throws {
        func configuration(_ cluster: MockCluster) -> ClientConfiguration {
            ClientConfiguration(bootstrap: cluster.bootstrap, properties: [], clientID: "test-mirror")
        }
        var reader = try LogReader(configuration(source)) { _ in }
        var producer = try LoadProducer(configuration(destination)) { _ in }
        let all = (0..<Self.partitions).map { TopicPartition("orders", Int32($0)) }
        try reader.assign(Dictionary(uniqueKeysWithValues: all.map { ($0, 0) }))
        var number = 0
        while number < Int(Self.total) {
            for event in reader.poll(waitMilliseconds: 100, upTo: 1_000) {
                guard case .record(let record) = event else { continue }
                let copy = LoadRecord(
                    record.partition, key: record.key, value: record.value, headers: record.headers,
                    timestampMilliseconds: record.timestampMilliseconds)
                let times = [Deed.drop: 0, .copy: 1, .twice: 2][deed(number)] ?? 1
                for _ in 0..<times { #expect(try producer.produce(copy, ticket: 0)) }
                number += 1
            }
            _ = producer.poll(waitMilliseconds: 0)
        }
        try producer.flush(timeoutMilliseconds: 10_000)
    }
}
