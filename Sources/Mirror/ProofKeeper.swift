import Foundation
import KafkaPorts
import Log
import Model
import RdKafka
import Shaping

/// Tells of a flow that is shaped: this process's part of the run's report, in the flow's control topic; and what becomes of
/// the flow when the proof of its sanitizing fails. On the flow's thread.
final class ProofKeeper {
    private let clients: FlowClients
    private let board: ShapeBoard
    private let logger: Logger
    private let began = FlowSession.wallMilliseconds
    private let fingerprint: String
    private var rates = RateMeasure()
    private let writer: ControlWriter
    private var writtenAt: Instant?
    private var tidiedAt: Instant?
    /// But for the time.
    private var written: RunPart?
    private let switched = StopFlag()
    private(set) var fault: FlowFault?

    private var flow: FlowDefinition { clients.flow }

    init(_ clients: FlowClients, board: ShapeBoard, logger: Logger) {
        self.clients = clients
        self.board = board
        self.logger = logger
        fingerprint = clients.flow.shape.fingerprint
        writer = ControlWriter(clients, logger: logger)
    }

    private static let writeMilliseconds: Int64 = 10_000
    private static let timeoutMilliseconds: Int32 = 2_000
    private static let switchMilliseconds: Int64 = 10_000
    private static let tidyMilliseconds: Int64 = 3_600_000
    private static let keptMilliseconds: Int64 = 30 * 86_400_000

    /// To be called many times a second.
    func turn(at now: Instant) {
        rates.note(sent: board.counts.sent.value, atMilliseconds: now.milliseconds(since: Instant(nanoseconds: 0)))
        if fault == nil, board.proof.isAlarmed { end() }
        writer.poll()
        if let writtenAt, now.milliseconds(since: writtenAt) < Self.writeMilliseconds { return }
        writtenAt = now
        var part = part
        guard part != written else { return }
        written = part
        part.written = FlowSession.wallMilliseconds
        writer.write(part.key, part.encoded)
    }

    /// The last part of the process.
    func leave() {
        var part = part
        part.isEnd = true
        part.written = FlowSession.wallMilliseconds
        writer.write(part.key, part.encoded)
        writer.flush(waitMilliseconds: Self.timeoutMilliseconds)
        guard fault != nil else { return }
        let switchedBy = Instant.now.advanced(milliseconds: Self.switchMilliseconds)
        while !switched.isRaised, Instant.now < switchedBy { pause(milliseconds: 20) }
    }

    // MARK: The end of the flow

    private func end() {
        let findings = board.proof.now.findings
        guard let first = findings.first else { return }
        for finding in findings {
            logger.error(
                "not sanitized",
                [
                    LogField("topic", finding.topic), LogField("rule", finding.leak.rule.map { "\($0)" } ?? "none"),
                    LogField("place", finding.leak.place), LogField("stands-in", finding.leak.part),
                    LogField("found-by", finding.means.rawValue),
                ])
        }
        fault = FlowFault(
            "\(first); nothing is handed on any more, in any process of the flow",
            remedy:
                "find out why the rule does not hold (martlet shape test, martlet shape report) and what was sent since "
                + "it held last; then let the flow go on with martlet rate --resume, and start it again")
        stopOthers()
    }

    /// By the kill switch: whatever is wrong here may be wrong there.
    private func stopOthers() {
        startThread("martlet-kill-switch") { [flow, logger, switched] in
            do throws(FlowFault) {
                _ = try RateRequest(flow, logger: logger).set(pauses: true) { $0 }
                logger.error("the flow's kill switch was thrown: no process of it hands anything on")
            } catch {
                logger.error("the flow's kill switch could not be thrown", [LogField("reason", "\(error)")])
            }
            switched.raise()
        }
    }

    // MARK: The report

    private var part: RunPart {
        var part = RunPart(instance: clients.instance, began: began, written: 0, fingerprint: fingerprint)
        let totals = ShapeTotals(board.counts)
        part.records.offered = totals.offered
        part.records.sent = totals.sent
        part.records.sampledOut = totals.sampledOut
        part.records.sampledDown = totals.sampledDown
        part.records.outsideWindow = totals.outsideWindow
        part.records.droppedByRate = totals.droppedByRate
        part.records.droppedUnsafe = totals.droppedUnsafe
        part.records.quarantined = totals.quarantined
        part.records.waiting = totals.waiting
        part.rates = rates.measured
        part.window = window
        part.lateness = board.replay?.lateness.part
        guard let sanitize = flow.shape.sanitize else { return part }
        let proof = board.proof.now
        part.policies = sanitize.policies.enumerated().map { RunPart.Policy(number: $0, $1, proof.counts[$0]) }
        part.canary = flow.shape.verify.canaryMilliseconds.map {
            RunPart.Canary(
                everyMilliseconds: $0, shots: proof.shots, unanswered: proof.unanswered, last: proof.lastShot)
        }
        let share = flow.shape.verify.scanRatio
        part.scan = share > 0 ? RunPart.Scan(share: share, records: proof.scanned) : nil
        part.findings = proof.findings
        return part
    }

    private var window: String {
        let pace = flow.shape.pace
        guard let replay = pace?.replay else {
            return switch flow.start {
            case nil, .earliest: "everything, as it is written"
            case .latest: "what was written since the flow began"
            case .timestamp(let begin): "what was written since \(Self.instant(begin))"
            }
        }
        let speed = "at \(replay.speed) times the speed, \(replay.loops == 1 ? "once" : "\(replay.loops) times")"
        if !replay.offsets.isEmpty { return "the offsets of shape.pace.offsets, \(speed)" }
        let ends = [replay.from.map { "from \(Self.instant($0))" }, replay.to.map { "to \(Self.instant($0))" }]
        return (ends.compactMap { $0 } + [speed]).joined(separator: " ")
    }

    private static func instant(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(.iso8601)
    }

    /// Takes away parts that nobody asks for any more. The steward's work.
    ///
    /// - Parameter reports: by key, when each part was written, in milliseconds since 1970.
    func tidy(_ reports: [[UInt8]: Int64], at now: Instant) {
        if let tidiedAt, now.milliseconds(since: tidiedAt) < Self.tidyMilliseconds { return }
        tidiedAt = now
        let oldest = FlowSession.wallMilliseconds - Self.keptMilliseconds
        for (key, written) in reports where written < oldest { writer.write(key, nil) }
    }
}

extension LatenessHistogram {
    fileprivate var part: RunPart.Lateness? {
        guard count > 0 else { return nil }
        func milliseconds(_ nanoseconds: Int64) -> Double { (Double(nanoseconds) / 1e5).rounded() / 10 }
        return RunPart.Lateness(
            p50Milliseconds: milliseconds(nanoseconds(atQuantile: 0.5)),
            p99Milliseconds: milliseconds(nanoseconds(atQuantile: 0.99)), maxMilliseconds: milliseconds(maxNanoseconds))
    }
}
