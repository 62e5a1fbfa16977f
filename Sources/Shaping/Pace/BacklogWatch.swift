import Model

/// Whether a lane takes more than it can send: its queue has been full for a second. One thread's.
package struct BacklogWatch: Sendable {
    private static let fullMilliseconds: Int64 = 1_000
    /// A queue that is filled again is not full for a moment.
    private static let gapMilliseconds: Int64 = 200

    private var fullSince: Instant?
    private var lastFull = Instant(nanoseconds: 0)
    private var mustDrain = false

    package init() {}

    package mutating func note(isFull: Bool, at now: Instant) -> Bool {
        guard isFull else {
            mustDrain = false
            if now.milliseconds(since: lastFull) > Self.gapMilliseconds { fullSince = nil }
            return false
        }
        lastFull = now
        guard !mustDrain else { return false }
        let since = fullSince ?? now
        fullSince = since
        return now.milliseconds(since: since) >= Self.fullMilliseconds
    }

    /// Another share is taken from here on: what fills the queue now says nothing of it.
    package mutating func restart() {
        fullSince = nil
        mustDrain = true
    }
}
