import Console
import Foundation
import Log
import RdKafka
import Verify

/// `martlet demo`: a play in four acts, and a verdict.
struct DemoCommand {
    /// What the whole may take beyond the load itself.
    private static let extraSeconds = 20
    /// Shares of the records at the destination at which the second process joins and, once it has partitions, leaves.
    private static let joinPercent = 20
    private static let leavePercent = 92

    private enum Act {
        /// The first process joins and takes all partitions; the load has not begun.
        case opening
        case alone
        case together
        /// The second process was told to leave.
        case closing
    }

    private let records: Int
    private let seconds: Int
    private let asJSON: Bool
    private let display = Display(plainEverySeconds: 1)
    private let logger: Logger

    init(_ invocation: Invocation) {
        records = invocation.number(.records)
        seconds = invocation.number(.seconds)
        asJSON = invocation.isSet(.json)
        logger = Logger(invocation, level: .demoLogLevel, sink: display.log)
    }

    func run() -> ExitCode {
        do {
            let stage = try DemoStage(records: records, seconds: seconds, logger: logger)
            let verdict = DemoVerdict(try play(stage))
            display.finish(keepingPicture: true)
            if asJSON {
                Output.write(json: verdict)
            } else {
                Output.write("\n" + verdict.text)
            }
            return verdict.isClean ? .success : .failure
        } catch {
            display.finish(keepingPicture: true)
            Output.error("martlet demo: \(error)")
            return .failure
        }
    }

    private func play(_ stage: DemoStage) throws(DemoFault) -> Verdict {
        let start = ContinuousClock.now
        let deadline = start + .seconds(seconds + Self.extraSeconds)
        var picture = DemoMeter(total: Int64(records))
        var act = Act.opening
        stage.judge.start()
        stage.join(DemoStage.member)
        while !isOver(act, stage) {
            try stage.throwFaults()
            // The last seconds are the judge's, who then counts what is missing.
            if ContinuousClock.now >= deadline - .seconds(3) {
                guard act != .opening else {
                    throw DemoFault(description: "the mirror did not take its partitions in time")
                }
                break
            }
            act = next(after: act, stage)
            if !asJSON { picture.show(stage, on: display, seconds: start.duration(to: .now) / .seconds(1)) }
            Thread.sleep(forTimeInterval: 0.1)
        }
        stage.loader.stop()
        let left = max(1, ContinuousClock.now.duration(to: deadline) / .seconds(1))
        guard stage.loader.wait(timeoutSeconds: left) else {
            throw DemoFault(description: "the source did not answer for every record in time")
        }
        let verdict = stage.judge.finish(expecting: stage.loader.ledger, timeoutSeconds: left)
        if !asJSON { picture.show(stage, on: display, seconds: start.duration(to: .now) / .seconds(1)) }
        try end(stage, deadline: max(deadline, .now + .seconds(5)))
        return verdict
    }

    private func next(after act: Act, _ stage: DemoStage) -> Act {
        let percent = Quantity.percentage(stage.judge.progress.received, of: Int64(records))
        switch act {
        case .opening where stage.partitionsHeld(by: DemoStage.member) == DemoStage.partitions:
            stage.loader.start()
            return .alone
        case .alone where percent >= Self.joinPercent:
            stage.join(DemoStage.guest)
            return .together
        case .together where percent >= Self.leavePercent && stage.partitionsHeld(by: DemoStage.guest) > 0:
            stage.leave(DemoStage.guest)
            return .closing
        default: return act
        }
    }

    /// Everything was sent and has arrived, and the second process has gone.
    private func isOver(_ act: Act, _ stage: DemoStage) -> Bool {
        act == .closing && stage.hasLeft(DemoStage.guest)
            && stage.loader.progress.acknowledged + stage.loader.progress.failed == Int64(records)
            && stage.judge.progress.received >= stage.loader.progress.acknowledged
    }

    private func end(_ stage: DemoStage, deadline: ContinuousClock.Instant) throws(DemoFault) {
        for (name, threads) in stage.members {
            threads.stop()
            while !threads.areOver {
                guard ContinuousClock.now < deadline else {
                    throw DemoFault(description: "\(name) did not stop in time")
                }
                threads.wait(milliseconds: 100)
            }
        }
        try stage.throwFaults()
    }
}

/// Turns what happens on the stage into pictures.
struct DemoMeter {
    private var picture: DemoPicture
    private var sent = RateMeter(windowSeconds: 2)
    private var received = RateMeter(windowSeconds: 2)

    init(total: Int64) {
        picture = DemoPicture(total: total)
    }

    mutating func show(_ stage: DemoStage, on display: Display, seconds: Double) {
        let (load, arrived) = (stage.loader.progress, stage.judge.progress)
        sent.note(total: load.acknowledged, at: seconds)
        received.note(total: arrived.received, at: seconds)
        picture.elapsedSeconds = Int(seconds)
        picture.sent = load.acknowledged
        picture.received = arrived.received
        picture.sentPerSecond = sent.perSecond
        picture.receivedPerSecond = received.perSecond
        if arrived.p99Microseconds > 0 {
            picture.latencyMilliseconds = (
                Double(arrived.p50Microseconds) / 1_000, Double(arrived.p99Microseconds) / 1_000
            )
        }
        picture.members = stage.states
        picture.lanes = stage.lanes
        display.show(picture.lines, plain: picture.plainLine)
    }
}
