import Model
import Positions
import Records
import Testing

@testable import Engine

/// Two partitions of 600 records, and a destination that refuses some of them, and with them the batches they are in.
@Suite struct PoisonTests {
    private let destination = Finical()

    private func stage(
        _ delivery: Delivery, _ policy: PoisonPolicy
    ) -> LaneStage<SteadySource, FinicalDestination> {
        destination.isExactlyOnce = delivery == .exactlyOnce
        var policies = Policies()
        policies.onPoison = policy
        return LaneStage(
            delivery, from: SteadySource(readsPerPoll: 40, end: 600), to: FinicalDestination(destination),
            partitions: 2, policies: policies)
    }

    @Test(arguments: Delivery.allCases)
    func `a refused record goes to the quarantine, and all others arrive in order and once`(delivery: Delivery) {
        let stage = stage(delivery, .quarantine)
        destination.refused = [300, 301, 450, 590]
        stage.run(untilPosition: 600)
        #expect(destination.arrived[0] == (0..<600).filter { ![300, 301, 450, 590].contains($0) })
        #expect(destination.arrived[1] == Array(0..<600))
        #expect(destination.quarantine.map(\.offset) == [300, 301, 450, 590])
        #expect(destination.quarantine.allSatisfy { $0.copy?.value == [1, 2, 3] && $0.reason == "no" })
        #expect(stage.board.counters.recordsQuarantined == 4)
    }

    @Test(arguments: Delivery.allCases)
    func `with stop the partition stands in front of the record, and the other goes on`(delivery: Delivery) {
        let stage = stage(delivery, .stop)
        destination.refused = [300]
        stage.run(untilPosition: 600, of: 1)
        stage.run(turns: 50)
        #expect(destination.arrived[0] == Array(0..<300))
        #expect(destination.arrived[1] == Array(0..<600))
        #expect(stage.position(0) == 300)
        #expect(stage.state(0).hasPrefix("stopped: the destination refuses offset 300"))
        #expect(destination.quarantine.isEmpty)
    }

    @Test(arguments: Delivery.allCases)
    func `what was read before the record arrives, also when a failure takes it back at that moment`(
        delivery: Delivery
    ) {
        let stage = stage(delivery, .stop)
        destination.refused = [300]
        destination.failsAfter = 300
        stage.run(untilPosition: 600, of: 1)
        stage.run(turns: 50)
        #expect(destination.failsAfter == nil, "nothing failed: the test shows nothing")
        #expect(destination.arrived[0] == Array(0..<300))
        #expect(stage.state(0).hasPrefix("stopped"))
    }

    @Test(arguments: Delivery.allCases)
    func `a batch that is refused for its size only arrives whole, and no later one is refused`(delivery: Delivery) {
        let stage = stage(delivery, .stop)
        destination.batchBytesMax = 1_000
        stage.run(untilPosition: 600)
        #expect(destination.arrived == [Array(0..<600), Array(0..<600)])
        #expect(destination.refusals <= 4, "\(destination.refusals) batches were refused")
    }

    @Test(arguments: Delivery.allCases)
    func `where the quarantine refuses the bytes, the coordinates go there`(delivery: Delivery) {
        let stage = stage(delivery, .quarantine)
        destination.refused = [20]
        destination.quarantineTakesBytes = false
        stage.run(untilPosition: 600)
        #expect(destination.quarantine.map(\.offset) == [20])
        #expect(destination.quarantine.first?.copy == nil)
        #expect(destination.quarantine.first?.hash != nil)
        #expect(destination.arrived[0] == (0..<600).filter { $0 != 20 })
    }

    @Test(arguments: Delivery.allCases)
    func `where the quarantine takes nothing, the partition stops in front of the record`(delivery: Delivery) {
        let stage = stage(delivery, .quarantine)
        destination.refused = [20]
        destination.quarantineTakesAnything = false
        stage.run(untilPosition: 600, of: 1)
        stage.run(turns: 100)
        #expect(stage.position(0) == 20)
        #expect(stage.state(0).contains("the quarantine does not take it"))
    }

    @Test(arguments: Delivery.allCases)
    func `a hundred refused records in a row stop the partition, whatever the policy`(delivery: Delivery) {
        let stage = stage(delivery, .quarantine)
        destination.refused = Set(50..<500)
        stage.run(untilPosition: 600, of: 1)
        stage.run(turns: 5_000)
        #expect(stage.position(0) == 150)
        #expect(destination.quarantine.map(\.offset) == Array(50..<150))
        #expect(stage.state(0).contains("in a row"))
    }

    @Test func `each refusal makes the batches smaller, until one read is alone`() {
        let source = TopicPartition("orders", 0)
        for isAboutSize in [true, false] {
            var poison = Poison()
            var reads: Int32 = 2_000
            var rounds = 0
            while poison.mark(source, 7) == nil {
                rounds += 1
                poison.judge(
                    refusal(of: 7, batch: BatchSize(reads: reads, bytes: reads * 100)), of: source, to: "orders",
                    reason: "no", isAboutSize: isAboutSize)
                let limit = poison.limit(of: source, to: "orders")
                reads = Int32(max(1, min(Int(reads), limit.reads(from: 7), limit.bytes / 100)))
            }
            #expect(rounds <= (isAboutSize ? 7 : 4))
        }
    }

    @Test func `batches are small only where the search is, but stay below a size that was refused`() {
        let source = TopicPartition("orders", 0)
        var poison = Poison()
        poison.judge(
            refusal(of: 7, batch: BatchSize(reads: 100, bytes: 10_000)), of: source, to: "orders", reason: "no",
            isAboutSize: false)
        #expect(poison.limit(of: source, to: "orders").reads(from: 7) == 6)
        #expect(poison.limit(of: source, to: "orders").reads(from: 8) == .max)
        #expect(poison.limit(of: TopicPartition("orders", 1), to: "orders") == BatchLimit())
        poison.judge(
            refusal(of: 7, batch: BatchSize(reads: 100, bytes: 10_000)), of: source, to: "orders", reason: "no",
            isAboutSize: true)
        #expect(poison.limit(of: TopicPartition("orders", 1), to: "orders").bytes == 2_500)
        #expect(poison.limit(of: source, to: "other").bytes == .max)
    }

    private func refusal(of offset: Int64, batch: BatchSize) -> DeliveryReport {
        DeliveryReport(
            of: FakeMemory.read(partition: 0, offset: offset, bytes: 100), destinationOffset: -1, code: 2, batch: batch)
    }
}

extension LaneStage where Destination: ~Copyable {
    /// Turns until a partition, or both, stand there; ends in any case.
    fileprivate func run(untilPosition position: Int64, of number: Int32? = nil) {
        for _ in 0..<5_000 {
            run(turns: 1)
            let wanted: [Int32] = number.map { [$0] } ?? [0, 1]
            if wanted.allSatisfy({ self.position($0) >= position }) { break }
        }
        run(turns: 5)
    }
}

/// What the destination refuses, and what it has.
private final class Finical {
    var isExactlyOnce = false
    /// Of partition 0.
    var refused: Set<Int64> = []
    var batchBytesMax = Int.max
    var quarantineTakesBytes = true
    var quarantineTakesAnything = true
    var arrived: [[Int64]] = [[], []]
    /// With exactly-once: in the open transaction.
    var open: [[Int64]] = [[], []]
    var quarantine: [QuarantinedRecord] = []
    var refusals = 0
    /// A commit fails when the position before this offset stands at it: once.
    var failsAfter: Int64?
}

private struct FinicalDestination: DestinationPort, ~Copyable {
    private let world: Finical
    private var pool = FakeMemory.pool(capacity: 1_024)
    private var launched: [(seat: Int32, partition: Int32, offset: Int64)] = []
    private var failed: [DeliveryReport] = []
    private var limits: [Int32: BatchLimit] = [:]
    private var isBroken = false

    init(_ world: Finical) {
        self.world = world
    }

    mutating func open(_ index: Int32, to destination: TopicPartition) {}
    mutating func close(_ index: Int32) {}
    mutating func limitBatches(of index: Int32, to limit: BatchLimit) { limits[index] = limit }

    mutating func send(_ hand: inout ReadBatch) throws(DestinationFault) {
        while !hand.isEmpty, !pool.isFull {
            let read = hand.takeFirst()
            launched.append((pool.launch(read), read.partition, read.offset))
        }
    }

    /// One batch of each partition a time.
    mutating func collectReports(into reports: inout ReportBatch, waitMilliseconds: Int32) {
        for report in failed { reports.append(report) }
        failed = []
        for partition in 0..<2 as Range<Int32> where !isBroken {
            let waiting = launched.filter { $0.partition == partition }
            guard let first = waiting.first else { continue }
            let limit = limits[partition] ?? BatchLimit()
            let batch = waiting.prefix(max(1, min(limit.reads(from: first.offset), limit.bytes / 100)))
            launched.removeAll { flight in batch.contains { $0.seat == flight.seat } }
            let isTooLarge = batch.count > 1 && batch.count * 100 > world.batchBytesMax
            let isRefused = partition == 0 && batch.contains { world.refused.contains($0.offset) }
            isBroken = isTooLarge || isRefused
            if isBroken { world.refusals += 1 }
            for flight in batch {
                if !isBroken, world.isExactlyOnce { world.open[Int(partition)].append(flight.offset) }
                if !isBroken, !world.isExactlyOnce { world.arrived[Int(partition)].append(flight.offset) }
                reports.append(
                    DeliveryReport(
                        of: pool.land(flight.seat), destinationOffset: -1,
                        code: isTooLarge ? 3 : isRefused ? 2 : 0,
                        batch: BatchSize(reads: Int32(batch.count), bytes: Int32(batch.count * 100))))
            }
        }
    }

    var inFlight: Int { pool.inFlight + failed.count }

    mutating func transact(_ transaction: LedgerTransaction) throws(DestinationFault) -> TransactionOutcome {
        if let last = world.failsAfter, isMoved(to: last, by: transaction) {
            world.failsAfter = nil
            throw DestinationFault(.abort, "a passing failure")
        }
        for record in transaction.quarantined {
            let isTaken = world.quarantineTakesAnything && (world.quarantineTakesBytes || record.copy == nil)
            guard isTaken else { throw DestinationFault(.abort, "full").ofQuarantine }
        }
        world.quarantine += transaction.quarantined
        for partition in 0..<2 { world.arrived[partition] += world.open[partition] }
        world.open = [[], []]
        return .committed
    }

    /// Whether partition 0 stands at `offset` with this transaction.
    private func isMoved(to offset: Int64, by transaction: LedgerTransaction) -> Bool {
        transaction.records.contains { record in
            guard SlotKey(decoding: record.key) == .position(TopicPartition("orders", 0)), let value = record.value
            else { return false }
            return (try? Position(decoding: value))?.offset == offset
        }
    }

    mutating func abort() throws(DestinationFault) { failEverything() }
    mutating func tearDown(_ part: DestinationPart) { failEverything() }
    mutating func setUp() throws(DestinationFault) {}

    static func meaning(ofReport code: Int32) -> ReportMeaning {
        code == 1 ? .again : .refused(reason: "no", isAboutSize: code == 3)
    }

    private mutating func failEverything() {
        world.open = [[], []]
        isBroken = false
        for flight in launched {
            failed.append(DeliveryReport(of: pool.land(flight.seat), destinationOffset: -1, code: 1))
        }
        launched = []
    }
}
