import Model

extension Instant {
    private static let origin = ContinuousClock.now

    /// The real clock, which goes on while the machine sleeps. The engine is handed this; it never asks.
    package static var now: Instant {
        let elapsed = origin.duration(to: .now).components
        return Instant(nanoseconds: elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000)
    }
}
