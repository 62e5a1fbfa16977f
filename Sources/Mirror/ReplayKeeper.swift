import KafkaPorts
import Log
import Model
import Shaping

/// Keeps a replay together with the flow's other processes: it tells how far this one is, follows the newest plan that the
/// control topic has, and writes the plans while this process is the steward. On the flow's thread.
final class ReplayKeeper {
    private let board: ReplayBoard
    private let instance: String
    private let write: (_ key: [UInt8], _ value: [UInt8]?) -> Void
    private let logger: Logger
    private var steward: ReplaySteward
    private var told: Instant?
    private var shown: ReplayPlan?
    private var isSteward = false
    private var registered = 0

    private static let tellMilliseconds: Int64 = 500

    init(
        _ board: ReplayBoard, start: StartPolicy?, instance: String, logger: Logger,
        write: @escaping (_ key: [UInt8], _ value: [UInt8]?) -> Void
    ) {
        self.board = board
        self.instance = instance
        self.logger = logger
        self.write = write
        var origin = board.definition.from
        if origin == nil, case .timestamp(let milliseconds) = start { origin = milliseconds }
        steward = ReplaySteward(board.definition, origin: origin)
    }

    func note(_ setting: RateSetting) { steward.note(setting) }

    /// Takes in one record of the control topic, where it is one of a replay.
    ///
    /// - Parameter isCurrent: it was written while this process followed the topic, and not before.
    func note(key: [UInt8], value: [UInt8]?, isCurrent: Bool, at now: Instant) throws(LeaseFault) {
        guard let value else {
            if key == ReplayPlan.key { steward.forgetPlan() }
            return
        }
        if key == ReplayPlan.key {
            guard let plan = ReplayPlan(decoding: value) else { throw LeaseFault("a plan that cannot be read") }
            return steward.note(plan)
        }
        guard ReplayFront.isKey(key) else { return }
        let front = try ReplayFront(key: key, decoding: value)
        if isCurrent { steward.note(front, at: now) }
    }

    func turn(isSteward: Bool, registered: Int, at now: Instant) {
        (self.isSteward, self.registered) = (isSteward, registered)
        board.attendClock(at: now)
        if let plan = steward.plan { board.follow(plan, at: now) }
        show()
        if told.map({ now.milliseconds(since: $0) >= Self.tellMilliseconds }) ?? true {
            told = now
            let front = board.front(instance: instance)
            write(front.key, front.encoded)
        }
        guard isSteward else { return }
        if let next = steward.next(registered: registered, wallNanoseconds: ReplayBoard.wallNanoseconds, at: now) {
            write(ReplayPlan.key, next.encoded)
        }
    }

    /// Of a round that is not the first one: partitions that this process holds are to be set back to where the window begins.
    var roundEpoch: Int64? { steward.plan.flatMap { $0.loop > 0 ? $0.roundEpoch : nil } }

    /// All of the window has gone, for the last time; without a window there is nothing to wait for.
    var isWindowOver: Bool {
        let definition = board.definition
        if !definition.offsets.isEmpty { return steward.isDone(registered: registered) }
        guard let to = definition.to, let plan = steward.plan else { return true }
        return plan.loop + 1 >= definition.loops && ReplayBoard.wallNanoseconds >= plan.dueNanoseconds(of: to)
    }

    /// The window was replayed: who replays it again follows another plan.
    func end() {
        if isSteward, board.definition.isBounded { write(ReplayPlan.key, nil) }
    }

    private func show() {
        guard let plan = steward.plan, plan != shown else { return }
        shown = plan
        logger.info(
            "replay plan",
            [
                LogField("epoch", Int(plan.epoch)), LogField("source_ms", Int(plan.sourceMilliseconds)),
                LogField("due_in_ms", Int((plan.wallNanoseconds - ReplayBoard.wallNanoseconds) / 1_000_000)),
                LogField("speed", "\(Double(plan.speedMillionths) / 1e6)"),
                LogField("paused", plan.pausedNanoseconds == nil ? "no" : "yes"),
            ])
    }
}
