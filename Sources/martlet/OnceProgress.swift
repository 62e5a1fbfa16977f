import Console
import Foundation
import Log
import Mirror

/// How far `run --once` has come, and whether it got there.
struct OnceProgress {
    private let start = ContinuousClock.now
    private var records = RateMeter(windowSeconds: 5)
    private var offsets = RateMeter(windowSeconds: 5)

    /// Looks at every flow and says it in one line.
    mutating func line(_ threads: FlowThreads) -> String {
        let snapshots = threads.runners.map(\.runner.snapshot)
        let seconds = start.duration(to: .now) / .seconds(1)
        let delivered = snapshots.map(\.recordsDelivered).reduce(0, +)
        let done = snapshots.compactMap(\.onceDone).reduce(0, +)
        records.note(total: delivered, at: seconds)
        offsets.note(total: done, at: seconds)
        return CopyProgress(
            total: Self.total(snapshots), done: done, records: delivered, recordsPerSecond: records.perSecond,
            offsetsPerSecond: offsets.perSecond
        ).line
    }

    /// Success only when all that was there at the start was copied.
    static func verdict(on threads: FlowThreads, logger: Logger) -> ExitCode {
        var isComplete = true
        for (flow, runner) in threads.runners {
            let snapshot = runner.snapshot
            for (topic, reason) in snapshot.topicsStopped.sorted(by: { $0.key < $1.key }) {
                isComplete = false
                logger.error(
                    "a topic was not copied",
                    [LogField("flow", flow), LogField("topic", topic), LogField("reason", reason)])
            }
            if snapshot.onceTotal.map({ (snapshot.onceDone ?? 0) < $0 }) ?? true { isComplete = false }
        }
        let records = threads.runners.map(\.runner.snapshot.recordsDelivered).reduce(0, +)
        guard isComplete else {
            logger.error(
                "stopped before everything was copied; the same command goes on from here",
                [LogField("records", records)])
            return .failure
        }
        Output.write(summary(records: records, threads.runners.map(\.runner.snapshot)) + "\n")
        return .success
    }

    /// What was copied, and what was not though nothing failed: as the policies say, and never without a word.
    static func summary(records: Int64, _ snapshots: [FlowSnapshot]) -> String {
        let quarantined = snapshots.map(\.recordsQuarantined).reduce(0, +)
        let missing = snapshots.map(\.offsetsMissing).reduce(0, +)
        var text = "\(Quantity.count(records)) records copied, all that was there"
        if quarantined > 0 { text += "; \(Quantity.count(quarantined)) in quarantine, refused by the destination" }
        if missing > 0 { text += "; \(Quantity.count(missing)) offsets were missing at the source" }
        return text
    }

    private static func total(_ snapshots: [FlowSnapshot]) -> Int64? {
        let totals = snapshots.compactMap(\.onceTotal)
        return totals.count == snapshots.count ? totals.reduce(0, +) : nil
    }
}
