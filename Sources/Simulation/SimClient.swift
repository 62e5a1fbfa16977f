import Engine
import Model
import Records

/// The producers of one lane: records on their way to the destination's logs, and their reports on the way back.
final class SimClient {
    enum Code {
        static let delivered: Int32 = 0
        static let failed: Int32 = 1
        static let refused: Int32 = 2
    }

    /// One read on its way.
    private final class Shipment {
        let seat: Int32
        let target: Target
        let log: SourceLog
        /// The records in it.
        let offsets: ArraySlice<Int64>
        let dueAt: Int64
        let transaction: SimTransaction?
        let batch: Batch
        var isTravelling = true
        var isReported = false
        var isRefused = false

        init(
            seat: Int32, target: Target, log: SourceLog, offsets: ArraySlice<Int64>, dueAt: Int64,
            transaction: SimTransaction?, batch: Batch
        ) {
            self.seat = seat
            self.target = target
            self.log = log
            self.offsets = offsets
            self.dueAt = dueAt
            self.transaction = transaction
            self.batch = batch
        }
    }

    /// Reads that arrive together, or not at all.
    private final class Batch {
        let limit: Int
        var reads: Int32 = 0
        var isRefused = false

        init(limit: Int) {
            self.limit = limit
        }
    }

    /// Where reads of a partition index go, and the number of this go at the partition.
    struct Target {
        let source: TopicPartition
        let log: SimLog
        var run: Int
        var limit = BatchLimit()
    }

    unowned let world: SimWorld
    unowned let member: SimMember
    let transactionalID: String
    var targets: [Int32: Target] = [:]
    private var pool: FlightPool
    private var shipments: [Shipment] = []
    private var ready: [(seat: Int32, offset: Int64, code: Int32, batch: BatchSize)] = []
    private var lastDue: Int64 = 0

    /// The session of the transactional producer; `nil` while it is missing.
    var session: DestinationCluster.Session?
    var transaction: SimTransaction?
    /// At least once: what the ledger does beside the lane.
    var begun: Begun?
    /// The transactional producer is dead.
    var isFatal = false
    /// The open transaction can only be aborted.
    var mustAbort = false
    /// At least once: the producer of the records is dead.
    private var isDataDead = false
    var isExactlyOnce: Bool { world.plan.delivery == .exactlyOnce }

    init(_ world: SimWorld, _ member: SimMember, transactionalID: String) {
        self.world = world
        self.member = member
        self.transactionalID = transactionalID
        pool = SimMemory.pool(capacity: world.plan.budget.recordsMax)
    }

    var inFlight: Int { pool.inFlight }

    func open(_ index: Int32, to destination: TopicPartition) {
        targets[index] = Target(source: destination, log: world.destination.log(destination), run: world.nextRun())
    }

    // MARK: Sending

    func send(_ hand: inout ReadBatch) throws(DestinationFault) {
        guard !hand.isEmpty, member.isAlive else { return }
        try checkCarrier()
        guard !world.strikes(world.plan.faults.refuseSend) else { return }
        if isExactlyOnce { try begin() }
        let dueAt = max(lastDue, world.now + Int64(world.random.pick(200...8_000)))
        lastDue = dueAt
        var batches: [Int32: Batch] = [:]
        while !hand.isEmpty, !pool.isFull {
            let read = hand.takeFirst()
            guard let target = targets[read.partition], let log = world.source.log(target.source) else {
                preconditionFailure("a read of a partition that is not open")
            }
            let offsets = log.offsets[log.place(of: read.offset)..<log.place(of: read.nextOffset)]
            let batch: Batch
            if let open = batches[read.partition], open.reads < open.limit {
                batch = open
            } else {
                batch = Batch(limit: min(8, target.limit.reads(from: read.offset)))
                batches[read.partition] = batch
            }
            batch.reads += 1
            batch.isRefused = batch.isRefused || !log.refused.isDisjoint(with: offsets)
            shipments.append(
                Shipment(
                    seat: pool.launch(read), target: target, log: log, offsets: offsets, dueAt: dueAt,
                    transaction: transaction, batch: batch))
        }
        world.at(dueAt) { [self] in pump() }
    }

    private func checkCarrier() throws(DestinationFault) {
        if isExactlyOnce {
            try checkLedger()
        } else if isDataDead {
            throw DestinationFault(.renewData, "the producer of the records is dead")
        }
    }

    func begin() throws(DestinationFault) {
        guard transaction == nil else { return }
        guard let session else { throw DestinationFault(.renewAll, "no producer") }
        do throws(Fenced) {
            transaction = try world.destination.begin(session, at: world.now)
        } catch {
            throw fenced(error)
        }
    }

    func fenced(_ fenced: Fenced) -> DestinationFault {
        isFatal = true
        return DestinationFault(.renewAll, "fenced", isTimeout: fenced.isTimeout)
    }

    func checkLedger() throws(DestinationFault) {
        guard member.isAlive else { throw DestinationFault(.renewAll, "the process is gone") }
        if world.strikes(world.plan.faults.killProducer) { isFatal = true }
        if isFatal || session == nil { throw DestinationFault(.renewAll, "the transactional producer is dead") }
        if mustAbort { throw DestinationFault(.abort, "the transaction must be aborted") }
    }

    // MARK: Arriving

    /// Lands what is due, in the order of the sends; an unavailable log holds back its own.
    func pump() {
        var blocked: [SimLog] = []
        for shipment in shipments where shipment.isTravelling && shipment.dueAt <= world.now {
            guard shipment.target.log.isAvailable else {
                blocked.append(shipment.target.log)
                continue
            }
            if !blocked.contains(where: { $0 === shipment.target.log }) { arrive(shipment) }
        }
    }

    private func arrive(_ shipment: Shipment) {
        guard shipment.isTravelling else { return }
        if shipment.batch.isRefused {
            refuse(shipment)
        } else if world.strikes(world.plan.faults.failReport) {
            fail(shipment)
        } else if let offset = land(shipment) {
            report(shipment, at: offset, Code.delivered)
        } else {
            isFatal = true
            report(shipment, at: -1, Code.failed)
        }
    }

    /// With exactly-once the transaction cannot be committed any more; at least once nothing after a failed record may
    /// arrive, so the producer is dead and all that it has left fails.
    private func fail(_ failed: Shipment) {
        guard !isExactlyOnce else {
            mustAbort = true
            failed.isTravelling = false
            report(failed, at: -1, Code.failed)
            return
        }
        isDataDead = true
        for shipment in shipments where shipment.isTravelling {
            shipment.isTravelling = false
            report(shipment, at: -1, Code.failed)
        }
    }

    /// The batch is refused as a whole; at least once nothing after it may arrive.
    private func refuse(_ refused: Shipment) {
        for shipment in shipments where shipment.isTravelling && shipment.batch === refused.batch {
            shipment.isTravelling = false
            shipment.isRefused = true
            report(shipment, at: -1, Code.refused)
        }
        if isExactlyOnce { mustAbort = true } else { fail(refused) }
    }

    /// Writes a shipment's records. `nil` when its producer was shut out or its transaction is over.
    private func land(_ shipment: Shipment) -> Int64? {
        shipment.isTravelling = false
        var landed: Int64?
        for offset in shipment.offsets {
            let content = SimLog.Content.record(shipment.target.source, offset: offset, run: shipment.target.run)
            guard let transaction = shipment.transaction else {
                landed = shipment.target.log.append(content, in: nil)
                continue
            }
            guard let session, transaction.producer == session.id else { return nil }
            landed = try? world.destination.append(
                content, to: shipment.target.log, in: transaction, of: session)
        }
        return landed
    }

    private func report(_ shipment: Shipment, at offset: Int64, _ code: Int32) {
        let isSlow = world.strikes(world.plan.faults.slowReport)
        world.after(Int64(world.random.pick(isSlow ? 100_000...1_500_000 : 100...5_000))) { [self] in
            guard !shipment.isReported else { return }
            shipment.isReported = true
            ready.append((shipment.seat, offset, code, BatchSize(reads: shipment.batch.reads, bytes: 0)))
        }
    }

    // MARK: Reports

    func collect(into reports: inout ReportBatch, waitMilliseconds: Int32) {
        // A short wait at the end of a turn may as well be one after it; only waiting for the last reports must wait.
        if waitMilliseconds >= 100, ready.isEmpty {
            world.sleep(Int64(waitMilliseconds) * 1_000, for: member)
            if !member.isAlive { giveBackAll() }
        }
        for (seat, offset, code, batch) in ready {
            reports.append(DeliveryReport(of: pool.land(seat), destinationOffset: offset, code: code, batch: batch))
        }
        ready = []
        shipments.removeAll { $0.isReported }
    }

    /// Everything not yet reported comes back as failed, whether it arrived or not; a refusal keeps its reason.
    private func giveBackAll() {
        for shipment in shipments where !shipment.isReported {
            shipment.isReported = true
            let code = shipment.isRefused ? Code.refused : Code.failed
            ready.append((shipment.seat, -1, code, BatchSize(reads: shipment.batch.reads, bytes: 0)))
        }
        shipments = []
    }

    // MARK: Taking back

    /// What stands on the wire arrives all the same: some of the first ones of each log.
    private func loseConnection() {
        let travelling = shipments.filter { $0.isTravelling && $0.target.log.isAvailable }
        var ghosts = Array(travelling.prefix(world.random.pick(0...travelling.count)))
        for shipment in shipments where !ghosts.contains(where: { $0 === shipment }) { shipment.isTravelling = false }
        ghosts.removeAll { !$0.isTravelling }
        // Transactions that are aborted now must not get records later: they land before.
        for ghost in ghosts where ghost.transaction != nil || ghost.dueAt <= world.now { _ = land(ghost) }
        ghosts.removeAll { !$0.isTravelling }
        for ghost in ghosts {
            world.at(ghost.dueAt) { [self] in
                if ghost.isTravelling, ghost.target.log.isAvailable { _ = land(ghost) }
            }
        }
    }

    /// The process was killed.
    func die() {
        loseConnection()
    }

    func takeBackRecords() {
        loseConnection()
        giveBackAll()
    }

    func tearDown(_ part: DestinationPart) {
        if member.isAlive { loseConnection() }
        giveBackAll()
        isDataDead = false
        for (index, target) in targets {
            targets[index] = Target(
                source: target.source, log: target.log, run: world.nextRun(), limit: target.limit)
        }
        guard part == .all else { return }
        _ = try? outcome(waits: true)
        session = nil
        transaction = nil
        isFatal = false
        mustAbort = false
    }

    func setUp() throws(DestinationFault) {
        guard member.isAlive else { throw DestinationFault(.renewAll, "the process is gone") }
        world.sleep(Int64(world.random.pick(200...3_000)), for: member)
        guard member.isAlive, !world.strikes(world.plan.faults.failSetUp) else {
            throw DestinationFault(.abort, "no producer yet")
        }
        if session == nil { session = world.destination.initTransactions(transactionalID) }
    }
}
