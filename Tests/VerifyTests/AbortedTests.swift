import Model
import RdKafka
import Testing

@testable import Verify

/// Transactions that are taken back: whoever shows their records is found out.
@Suite struct AbortedTests {
    private static let plan: LoadPlan = {
        var plan = LoadPlan(seed: 21, valueBytes: 50...50)
        plan.transactions = .init(records: 30, abortedPermille: 300)
        return plan
    }()

    @Test func `a planned abort that is seen is located, and one that was not planned is named`() throws {
        let load = JudgedLoad(plan: Self.plan, sourceTopic: "orders", partitions: 2)
        let maker = RecordMaker(plan: Self.plan, topic: "orders", partitions: 2)
        let planned = try #require((0..<Int64(3_000)).first { Self.plan.isAborted(number: $0) })
        let unplanned = try #require((0..<Int64(3_000)).first { !Self.plan.isAborted(number: $0) })
        var (judge, ledger) = (RecordJudge(loads: [load], topic: "orders"), Ledger(streams: 2))
        var offsets: [Int64] = [0, 0]
        for number in 0..<Int64(3_000) {
            let place = maker.place(ofNumber: number)
            ledger.streams[Int(place.stream)].sent = place.sequence + 1
            let isAborted = Self.plan.isAborted(number: number) || number == unplanned
            if isAborted {
                ledger.streams[Int(place.stream)].aborted.insert(place.sequence)
            } else {
                ledger.streams[Int(place.stream)].acknowledged.insert(place.sequence)
            }
            guard !isAborted || number == planned || number == unplanned else { continue }
            let draw = maker.draw(stream: place.stream, sequence: place.sequence)
            judge.observe(
                ObservedRecord(
                    partition: place.stream, offset: offsets[Int(place.stream)],
                    timestampMilliseconds: draw.timestampMilliseconds, key: maker.key(of: draw),
                    value: maker.value(of: draw), headers: maker.headers(of: draw)))
            offsets[Int(place.stream)] += 1
        }
        let verdict = judge.verdict(expecting: ledger)
        #expect(verdict.counts.aborted == 2 && verdict.counts.missing == 0 && verdict.counts.unexpected == 0)
        #expect(verdict.findings.map(\.kind) == [.aborted, .aborted])
        #expect(verdict.findings.first?.sequence == maker.place(ofNumber: planned).sequence)
        #expect(verdict.findings.first?.offset != nil)
        #expect(!verdict.isClean(.atLeastOnce))
    }

    /// The mock cluster writes transactions, and shows all of it to everybody.
    @Test func `a loader keeps what it aborts apart, and a mirror that copies it is found out`() throws {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic("orders", partitions: 2, replicationFactor: 1)
        let loader = try Loader(
            plan: Self.plan, bootstrap: cluster.bootstrap, topic: "orders", partitions: 2, pace: .unbounded,
            total: 1_000)
        loader.start()
        #expect(loader.wait(timeoutSeconds: 120))
        let (ledger, progress) = (loader.ledger, loader.progress)
        let planned = Int64((0..<Int64(1_000)).count { Self.plan.isAborted(number: $0) })
        #expect(progress.sent == 1_000 && progress.aborted == planned && progress.inFlight == 0)
        #expect(ledger.abortedCount == planned && ledger.acknowledgedCount == 1_000 - planned)
        let judge = try Judge(
            loads: [loader.judged], bootstrap: cluster.bootstrap, topic: "orders", isolation: .readCommitted)
        judge.start()
        let verdict = judge.finish(expecting: ledger, timeoutSeconds: 60)
        #expect(verdict.counts.aborted == planned && verdict.counts.missing == 0)
        #expect(verdict.counts.unexpected == 0 && verdict.counts.reordered == 0 && verdict.counts.alteredTotal == 0)
    }

    @Test func `behind the last writing of an unfinished ledger nothing is demanded and nothing forbidden`() {
        var made = Ledger(streams: 34, allOf: 10)
        let load = MadeLoad(format: .body, partitions: 2, perStream: 20)
        var judge = RecordJudge(loads: [load.load], topic: "orders")
        for (_, record) in load.records.joined() { judge.observe(record) }
        #expect(judge.verdict(expecting: made).counts.unexpected == 340)
        made.isOpen = true
        let verdict = judge.verdict(expecting: made)
        #expect(verdict.isClean(.exactlyOnce) && verdict.counts.unacknowledged == 340)
    }
}
