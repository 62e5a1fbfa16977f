import Engine
import Foundation
import KafkaPorts
import Log
import Model
import Positions
import Shaping

/// What a flow's thread does for shaping: the rate that all processes share, the end of a run's time, and the account.
extension FlowSession {
    func attendShape(at now: Instant) {
        attendExpiry()
        proof?.turn(at: now)
        if coordinator.stewardLane != nil { proof?.tidy(control.reports, at: now) }
        guard let rateKeeper else { return }
        let records = control.takeRateRecords()
        if !records.isEmpty, shape?.hasScopes == true {
            shape?.note(partitions: control.catalogue.topics.mapValues(\.starts.count), at: now)
        }
        for record in records { rateKeeper.note(key: record.key, value: record.value, at: now) }
        rateKeeper.turn(
            isSteward: coordinator.stewardLane != nil, held: lanes.map(\.board.partitions),
            own: coordinator.ownPartitions, registered: control.catalogue.partitions.count, at: now)
        attendRounds(at: now)
        guard now.milliseconds(since: shapeLoggedAt) >= Self.accountMilliseconds else { return }
        shapeLoggedAt = now
        logShape()
    }

    /// Also of a flow that has guards and nothing else.
    private func attendExpiry() {
        guard let expiry = clients.flow.shape.guards.expiresAt, !hasExpired, Self.wallMilliseconds >= expiry else {
            return
        }
        hasExpired = true
        logger.warning("the flow has expired (shape.guard.expires-at): nothing goes on any more")
    }

    func endShape() {
        guard let rateKeeper else { return }
        rateKeeper.leave(isDone: isGoalReached, at: .now)
        logShape()
        proof?.leave()
    }

    /// What did not hold what its policy says, with what to do; the flow ends with it.
    var leak: FlowFault? { proof?.fault }

    private func logShape() {
        guard let shape else { return }
        let totals = ShapeTotals(shape.counts)
        guard totals != shapeTotals else { return }
        shapeTotals = totals
        logger.info("shaped", totals.logFields)
        if let lateness = shape.replay?.lateness, lateness.count > 0 { logger.info("replayed", lateness.logFields) }
    }

    static var wallMilliseconds: Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }
    private static let accountMilliseconds: Int64 = 60_000
}

/// What was done to records since the process began. What is offered is sent, left out for one of five reasons, or waits.
struct ShapeTotals: Hashable {
    var offered = 0
    var sent = 0
    var sampledOut = 0
    var sampledDown = 0
    var droppedByRate = 0
    var outsideWindow = 0
    var droppedUnsafe = 0
    var quarantined = 0
    var waiting = 0

    init() {}

    init(_ counts: ShapeBoard.Counts) {
        offered = counts.offered.value
        sent = counts.sent.value
        sampledOut = counts.sampledOut.value
        sampledDown = counts.sampledDown.value
        droppedByRate = counts.droppedByRate.value
        outsideWindow = counts.outsideWindow.value
        droppedUnsafe = counts.droppedUnsafe.value
        quarantined = counts.quarantined.value
        waiting = counts.waiting.value
    }

    var logFields: [LogField] {
        [
            LogField("offered", offered), LogField("sent", sent), LogField("sampled_out", sampledOut),
            LogField("sampled_down", sampledDown),
            LogField("dropped_by_rate", droppedByRate), LogField("outside_window", outsideWindow),
            LogField("left_out_unsafe", droppedUnsafe),
            LogField("quarantined", quarantined), LogField("waiting", waiting),
        ]
    }
}

extension LatenessHistogram {
    /// Milliseconds behind the plan.
    var logFields: [LogField] {
        let late = [("p50", 0.5), ("p99", 0.99), ("p999", 0.999)].map { name, quantile in
            LogField("late_ms_\(name)", "\((Double(nanoseconds(atQuantile: quantile)) / 1e5).rounded() / 10)")
        }
        return [LogField("records", Int(count))] + late
            + [LogField("late_ms_max", "\((Double(maxNanoseconds) / 1e5).rounded() / 10)")]
    }
}
