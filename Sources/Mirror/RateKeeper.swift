import Engine
import Foundation
import KafkaPorts
import Log
import Model
import RdKafka
import Shaping

/// Keeps a rate together with the flow's other processes, with nothing between them but the flow's control topic: it reads
/// and writes the records `rate/...` there, and tells the lanes' board what this process may send.
///
/// On the flow's thread. A write waits for nobody; one that is lost is followed by the next within a second.
final class RateKeeper {
    private let board: ShapeBoard
    /// Of a flow that replays.
    let replay: ReplayKeeper?
    let writer: ControlWriter
    private let logger: Logger
    private var member: LeaseMember
    private var book: LeaseBook
    private var records = ArrivalMeter()
    private var offeredBefore = 0
    private var sent = ArrivalMeter()
    private var sentBefore = 0
    private var measuredAt: Instant?
    private var isBacklogged = false
    private var partitions = 0
    /// Partitions are on their way to this process, or have just come: until then, what comes from them is a guess.
    private var expectsUntil: Instant?
    /// Demands that stood in the log before are of processes that may be gone.
    private var isCurrent = false
    private var wasPaused = false
    private var shownLimits: RateLimits?

    init(_ clients: FlowClients, board: ShapeBoard, logger: Logger) {
        let flow = clients.flow
        let writer = ControlWriter(clients, logger: logger)
        self.writer = writer
        self.board = board
        replay = board.replay.map { replay in
            ReplayKeeper(replay, start: flow.start, instance: clients.instance, logger: logger, write: writer.write)
        }
        self.logger = logger
        let rate = flow.shape.pace?.rate
        let limits = RateLimits(recordsPerSecond: rate?.recordsPerSecond, bytesPerSecond: rate?.bytesPerSecond)
        let run = Int64(Date().timeIntervalSince1970 * 1_000)
        member = LeaseMember(instance: clients.instance, run: run, limits: limits)
        book = LeaseBook(
            steward: "\(clients.instance)-\(run)", limits: limits, samplesDown: rate?.excess == .sampleDown)
        if isLimited { board.allow(nothingUntilToldAt: .now) }
    }

    private static let measureMilliseconds: Int64 = 100

    /// Some rate is in force: the flow's own, or one that was set since.
    private var isLimited: Bool { member.limits.recordsPerSecond != nil || member.limits.bytesPerSecond != nil }

    /// Takes in one record of the control topic.
    func note(key: [UInt8], value: [UInt8]?, at now: Instant) {
        do throws(LeaseFault) {
            guard let value else {
                try replay?.note(key: key, value: nil, isCurrent: isCurrent, at: now)
                return
            }
            if key == RateSetting.key {
                let setting = try RateSetting(decoding: value)
                member.noteSetting(setting)
                book.noteSetting(setting)
                replay?.note(setting)
            } else if key == LeaseMessage.key {
                let lease = try LeaseMessage(decoding: value)
                member.noteLease(lease, at: now)
                book.noteLease(lease, at: now)
            } else if DemandMessage.isKey(key), isCurrent {
                book.noteDemand(try DemandMessage(key: key, decoding: value), at: now)
            } else {
                try replay?.note(key: key, value: value, isCurrent: isCurrent, at: now)
            }
        } catch {
            logger.warning("a rate record of the control topic is not understood", [LogField("reason", "\(error)")])
        }
    }

    /// To be called many times a second, after what was read of the control topic was noted.
    ///
    /// - Parameters:
    ///   - held: this process's partitions, by lane.
    ///   - own: how many it has, or will have in a moment.
    ///   - registered: partitions that the flow mirrors, this process or another one.
    func turn(isSteward: Bool, held: [[LaneBoard.Partition]], own: Int, registered: Int, at now: Instant) {
        isCurrent = true
        let hasChanged = note(partitions: own, of: registered, at: now)
        measure(held, isUrgent: hasChanged, at: now)
        // Whoever had slot 0 goes on until the next one's claim stands in the log: shares would stand still meanwhile.
        if isSteward { book.becomeSteward() }
        if isLimited {
            if let demand = member.nextDemand(at: now) { writer.write(demand.key, demand.encoded) }
            if let lease = book.nextLease(at: now) { writer.write(LeaseMessage.key, lease.encoded) }
        }
        replay?.turn(isSteward: isSteward, registered: registered, at: now)
        tell(at: now)
    }

    /// Before the process goes: its share is free at once.
    ///
    /// - Parameter isDone: all was sent that was to be sent.
    func leave(isDone: Bool, at now: Instant) {
        if isDone { replay?.end() }
        defer { writer.flush() }
        guard isLimited else { return }
        let demand = member.leave(at: now)
        board.allow(nothingUntilToldAt: now)
        writer.write(demand.key, demand.encoded)
    }

    /// Shares move with partitions: what others bring from now on is no need of this process, and what comes to it, it will
    /// need before it has measured it.
    private func note(partitions own: Int, of registered: Int, at now: Instant) -> Bool {
        guard own != partitions else { return false }
        defer { partitions = own }
        if own < partitions {
            member.noteLostPartitions(at: now)
        } else {
            expectsUntil = now.advanced(milliseconds: Self.expectsMilliseconds)
        }
        if partitions > 0 {
            records.scale(by: Double(own) / Double(partitions))
            sent.scale(by: Double(own) / Double(partitions))
        } else if let limit = member.limits.recordsPerSecond, own <= registered {
            records.expect(perSecond: limit * Double(own) / Double(registered))
        }
        return true
    }

    /// As long as partitions take to come and their records of meanwhile to be read.
    private static let expectsMilliseconds: Int64 = 1_000

    /// So much of the rate waits where a process's queue is full.
    private static let backloggedSeconds = 0.5

    private func measure(_ held: [[LaneBoard.Partition]], isUrgent: Bool, at now: Instant) {
        if !isUrgent, let measuredAt, now.milliseconds(since: measuredAt) < Self.measureMilliseconds { return }
        measuredAt = now
        let counts = board.counts
        let offered = counts.offered.value - counts.sampledOut.value - counts.sampledDown.value
        if let expectsUntil, now < expectsUntil {
            records.pass(at: now)
        } else {
            // Whose queue is full reads as it sends, in lumps.
            records.note(Double(max(0, offered - offeredBefore)), isSteady: isBacklogged, at: now)
        }
        offeredBefore = offered
        sent.note(Double(max(0, counts.sent.value - sentBefore)), at: now)
        sentBefore = counts.sent.value
        let weight = Double(counts.sentBytes.value) / Double(max(1, sentBefore))
        // The lanes still show partitions that go.
        let shown = held.reduce(0) { $0 + $1.count }
        let waiting =
            max(Double(counts.waiting.value), behind(held, of: counts))
            * min(1, Double(partitions) / Double(max(1, shown)))
        isBacklogged = member.limits.recordsPerSecond.map { waiting > $0 * Self.backloggedSeconds } ?? false
        member.load = RateLoad(
            waitingRecords: waiting, waitingBytes: waiting * weight, offeredRecords: records.perSecond,
            offeredBytes: records.perSecond * weight, usedRecords: sent.perSecond,
            usedBytes: sent.perSecond * weight, weight: max(1, partitions))
        member.isBehind = board.isBehind(at: now)
    }

    /// What waits in the source, as far as it would be sent. A second of what is sent is not there yet in any case: it is read,
    /// on its way, or not committed.
    private func behind(_ held: [[LaneBoard.Partition]], of counts: ShapeBoard.Counts) -> Double {
        let lag = held.joined().reduce(0) { $0 + max(0, ($1.end ?? $1.position) - $1.position) }
        let kept = Double(counts.sent.value) / Double(max(1, counts.offered.value - counts.waiting.value))
        return Double(lag) * min(kept, 1) - sent.perSecond
    }

    private func tell(at now: Instant) {
        if member.isPaused != wasPaused {
            wasPaused = member.isPaused
            board.isPaused = wasPaused
            logger.warning(wasPaused ? "everything is stopped by `martlet rate --stop`" : "goes on: `martlet rate`")
        }
        guard isLimited else { return }
        if member.sampleStep != board.sampleStep {
            board.sampleStep = member.sampleStep
            logger.info(
                "the share of ids has changed with what is offered",
                [LogField("part_of_ratio", "\(SampleLadder.factor(step: member.sampleStep))")])
        }
        let allowance = member.allowance(at: now)
        // The rates of topics and partitions are whole: of the lease nothing counts but that it was heard.
        let share = board.hasScopes ? 1 : allowance.share
        board.allow(
            recordsPerSecond: allowance.limits.recordsPerSecond.map { $0 * share },
            bytesPerSecond: allowance.limits.bytesPerSecond.map { $0 * share }, until: allowance.until, at: now)
        if shownLimits != member.limits {
            shownLimits = member.limits
            logger.info("rate in force", member.limits.logFields)
        }
    }
}

extension RateLimits {
    fileprivate var logFields: [LogField] {
        [
            recordsPerSecond.map { LogField("records_per_s", "\($0)") },
            bytesPerSecond.map { LogField("bytes_per_s", "\($0)") },
        ].compactMap { $0 }
    }
}
