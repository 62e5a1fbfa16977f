import Model

/// What a lane does next, as a value: it is asked once a turn, answers, and touches nothing.
///
/// `steady` moves records. `draining` reads nothing more until every read is acknowledged: before a commit with
/// exactly-once, and before slots are given back. `backingOff` rests after a failure. `stopped` is the end.
struct LanePhase: Hashable {
    enum State: Hashable {
        case steady
        case draining
        case backingOff(until: Instant)
        case stopped
    }

    private struct LastCommits: Hashable {
        private var (first, second, third): (Int64, Int64, Int64) = (0, 0, 0)

        var shortestMilliseconds: Int64 { min(first, second, third) }

        mutating func note(milliseconds: Int64) { (first, second, third) = (second, third, milliseconds) }
    }

    private(set) var state = State.steady
    private var failuresInARow = 0
    /// When the commit began that is under way, its draining included, and how long the last three took.
    private var commitBegan: Instant?
    private var lastCommits = LastCommits()
    private let delivery: Delivery
    private let commitIntervalMilliseconds: Int64
    /// Halved when the broker ends a transaction for being open too long, grown again by each commit.
    private(set) var transactionBytesMax: Int
    private let transactionBytesCeiling: Int
    /// A transaction with more bytes is one of a lane that catches up.
    private let bulkBytes: Int

    init(_ settings: LaneSettings) {
        delivery = settings.delivery
        commitIntervalMilliseconds = settings.commitIntervalMilliseconds
        transactionBytesMax = settings.budget.transactionBytesMax
        transactionBytesCeiling = settings.budget.transactionBytesMax
        bulkBytes = settings.budget.bytesMax
    }

    mutating func next(_ view: LaneView) -> LaneAction {
        switch state {
        case .stopped:
            return .halt
        case .backingOff(let until):
            guard view.now >= until else {
                return view.errandDeadline.map { view.now >= $0 } == true ? .abandonErrand : .rest
            }
            state = .steady
            return next(view)
        case .steady:
            noteCommitEnd(at: view.now)
            guard isCommitDue(view) || view.hasErrand else { return .move(waitMilliseconds: wait(view)) }
            if view.isCommitting, !view.hasErrand || !needsQuiet(view) { return .move(waitMilliseconds: wait(view)) }
            commitBegan = view.now
            if needsQuiet(view), !isQuiet(view) {
                state = .draining
                return .drain
            }
            return commitOrServe(view)
        case .draining:
            if isQuiet(view) {
                state = .steady
                return commitOrServe(view)
            }
            return view.errandDeadline.map { view.now >= $0 } == true ? .abandonErrand : .drain
        }
    }

    /// A transaction that holds records is committed before an errand gets one of its own.
    private func commitOrServe(_ view: LaneView) -> LaneAction {
        guard view.hasErrand else { return .commit }
        return needsQuiet(view) && view.uncommittedSince != nil ? .commit : .serveErrand
    }

    /// With exactly-once, records share the lane's transaction, so it must be complete before it is closed.
    private func needsQuiet(_ view: LaneView) -> Bool {
        delivery == .exactlyOnce || view.errandNeedsQuiet
    }

    private func isQuiet(_ view: LaneView) -> Bool {
        view.outstanding == 0 && !view.isCommitting
    }

    private mutating func noteCommitEnd(at now: Instant) {
        guard let began = commitBegan else { return }
        lastCommits.note(milliseconds: now.milliseconds(since: began))
        commitBegan = nil
    }

    /// With exactly-once a lane moves nothing while it commits, so where the destination is far away it commits less
    /// often: at most a fifth of the time is spent on it, up to a limit, since records are seen that much later. Where
    /// more has come than the lane may hold at a time it catches up, and throughput counts, not the age of a record.
    ///
    /// The shortest of the last three counts: one that waited for a dead broker says nothing about the next.
    private func intervalMilliseconds(_ view: LaneView) -> Int64 {
        let limit = isBulk(view.uncommittedBytes) ? Self.bulkIntervalMillisecondsMax : Self.intervalMillisecondsMax
        return max(commitIntervalMilliseconds, min(4 * lastCommits.shortestMilliseconds, limit))
    }

    /// Whether a transaction with so many bytes is one of a lane that catches up.
    func isBulk(_ uncommittedBytes: Int) -> Bool { delivery == .exactlyOnce && uncommittedBytes >= bulkBytes }

    private static let intervalMillisecondsMax: Int64 = 2_000
    /// Far below the time-out of a transaction, which also bounds its drain and its commit.
    private static let bulkIntervalMillisecondsMax: Int64 = 10_000

    private func isCommitDue(_ view: LaneView) -> Bool {
        guard let since = view.uncommittedSince else { return false }
        return view.isCommitUrgent || view.now.milliseconds(since: since) >= intervalMilliseconds(view)
            || (delivery == .exactlyOnce && view.uncommittedBytes >= transactionBytesMax)
    }

    /// How long the source may be waited for: until reports or a commit want attention. An order ends it early.
    private func wait(_ view: LaneView) -> Int32 {
        if view.outstanding > 0 || view.isCommitting { return 2 }
        guard let since = view.uncommittedSince else { return 100 }
        return Int32(clamping: max(1, intervalMilliseconds(view) - view.now.milliseconds(since: since)))
    }

    mutating func committed() {
        failuresInARow = 0
        transactionBytesMax = min(transactionBytesCeiling, transactionBytesMax + transactionBytesCeiling / 64)
    }

    /// Rests before the next try: 50 ms, doubled with each failure in a row, 2 s at most.
    mutating func failed(at now: Instant, isTimeout: Bool = false) {
        if isTimeout { transactionBytesMax = max(transactionBytesCeiling / 256, transactionBytesMax / 2) }
        let milliseconds = min(2_000, Int64(50) << Int64(min(failuresInARow, 6)))
        failuresInARow += 1
        state = .backingOff(until: now.advanced(milliseconds: milliseconds))
    }

    /// The last failure says nothing about the next try.
    mutating func endRow() {
        failuresInARow = 0
    }

    /// Something new is wanted, which the failures before say nothing about.
    mutating func endRest() {
        if case .backingOff = state { state = .steady }
    }

    mutating func abandoned() {
        state = .steady
    }

    mutating func stop() {
        state = .stopped
    }
}

/// What the phase judges by.
struct LaneView: Hashable {
    var now: Instant
    /// Reads in hand or in flight.
    var outstanding = 0
    /// When the oldest read or position came that is not committed.
    var uncommittedSince: Instant?
    var uncommittedBytes = 0
    /// Positions are being committed beside the lane's own work.
    var isCommitting = false
    var hasErrand = false
    /// The errand wants every read acknowledged and committed first.
    var errandNeedsQuiet = false
    var errandDeadline: Instant?
    /// Something waits for nothing but a commit.
    var isCommitUrgent = false
}

enum LaneAction: Hashable {
    /// Read, send, collect.
    case move(waitMilliseconds: Int32)
    /// Send what is in hand, collect, read nothing.
    case drain
    case commit
    case serveErrand
    /// The errand's time is over: take back what is open, and answer without it.
    case abandonErrand
    /// Collect only.
    case rest
    case halt

    /// Whether it can be done only with the destination's producers in place.
    var needsDestination: Bool {
        switch self {
        case .move, .drain, .commit, .serveErrand: true
        case .abandonErrand, .rest, .halt: false
        }
    }
}
