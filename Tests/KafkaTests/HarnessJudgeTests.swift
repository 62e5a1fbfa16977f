import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials
import Verify

/// The judge on real logs: where transactions end, there are offsets that no record has.
@Suite(.serialized, .needsKafka)
struct HarnessJudgeTests {
    @Test func `a load judged where it was sent is clean`() throws {
        let cluster = try Clusters.source()
        let topic = try createTopic(on: cluster)
        let plan = LoadPlan.varied(seed: 5)
        let loader = try Loader(
            plan: plan, bootstrap: cluster.bootstrap, topic: topic, partitions: 2, ratePerSecond: 0, total: 20_000,
            compression: "zstd")
        let judge = try Judge(
            plan: plan, bootstrap: cluster.bootstrap, topic: topic, partitions: 2, isolation: .readCommitted)
        judge.start()
        loader.start()
        #expect(loader.wait(timeoutSeconds: 60))
        let verdict = judge.finish(expecting: loader.ledger, timeoutSeconds: 60)
        #expect(verdict.isClean(.exactlyOnce), "\(verdict.summary)")
        #expect(verdict.counts.received == 20_000)
    }

    @Test func `the end is reached behind markers, and only committed records count`() throws {
        let cluster = try Clusters.source()
        let topic = try createTopic(on: cluster)
        var producer = try RecordProducer(
            .test(cluster, [("transactional.id", Clusters.uniqueName("id"))]), inFlightMax: 100
        ) { _ in }
        try producer.initTransactions(timeoutMilliseconds: 30_000)
        for isCommitted in [true, false] {
            try producer.beginTransaction()
            for number in 0..<10 {
                let record = OwnRecord(topic: topic, partition: 0, key: [UInt8(number)], value: [1])
                try producer.produce(record, ticket: Int32(number))
            }
            try producer.flush(timeoutMilliseconds: 30_000)
            if isCommitted {
                try producer.commitTransaction(timeoutMilliseconds: 30_000)
            } else {
                try producer.abortTransaction(timeoutMilliseconds: 30_000)
            }
        }
        for (isolation, visible) in [(Isolation.readCommitted, Int64(10)), (.readUncommitted, 20)] {
            let judge = try Judge(
                plan: LoadPlan(seed: 1), bootstrap: cluster.bootstrap, topic: topic, partitions: 2,
                isolation: isolation)
            judge.start()
            let verdict = judge.finish(expecting: Ledger(streams: 2), timeoutSeconds: 30)
            #expect(verdict.isComplete)
            #expect(verdict.counts.unexpected == visible)
        }
    }

    private func createTopic(on cluster: KafkaCluster) throws -> String {
        let name = Clusters.uniqueName("judged")
        let admin = try AdminClient(.test(cluster)) { _ in }
        let outcomes = try admin.create(
            [NewTopic(name: name, partitions: 2, replicationFactor: 1)], timeoutMilliseconds: 30_000)
        for outcome in outcomes { #expect(outcome.fault == nil) }
        return name
    }
}
