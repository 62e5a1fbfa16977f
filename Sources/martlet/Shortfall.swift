import Synchronization
import Verify

/// How many records a load fell short of its rate: those of the seconds with less than nine tenths of it.
final class Shortfall: Sendable {
    private static let secondNanoseconds: Int64 = 1_000_000_000

    let loader: Loader
    private let pace: Pace
    private let state = Mutex(State())

    private struct State {
        var records: Int64 = 0
        var nextLook: Int64 = 0
        var lastDue: Int64 = 0
        var lastSent: Int64 = 0
    }

    init(_ loader: Loader, pace: Pace) {
        self.loader = loader
        self.pace = pace
    }

    var records: Int64 { state.withLock { $0.records } }

    /// Counts the seconds that have passed; call often.
    func look() {
        let begun = loader.clock.startedAtWallNanoseconds
        guard begun > 0, pace.ratePerSecond > 0 else { return }
        let elapsed = LoadClock.nowWallNanoseconds - begun
        let sent = loader.progress.sent
        state.withLock { state in
            guard elapsed >= state.nextLook else { return }
            state.nextLook = elapsed + Self.secondNanoseconds
            let due = pace.dueCount(afterNanoseconds: elapsed)
            let (wanted, got) = (due - state.lastDue, sent - state.lastSent)
            if got * 10 < wanted * 9 { state.records += wanted - got }
            (state.lastDue, state.lastSent) = (due, sent)
        }
    }
}
