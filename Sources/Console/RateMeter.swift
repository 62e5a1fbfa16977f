/// A rate over the last few seconds, from a total that only grows.
package struct RateMeter: Sendable {
    private let windowSeconds: Double
    private var samples: [(seconds: Double, total: Int64)] = []

    package init(windowSeconds: Double) {
        precondition(windowSeconds > 0, "a window of \(windowSeconds) s")
        self.windowSeconds = windowSeconds
    }

    /// - Parameter seconds: since any fixed moment; never less than before.
    package mutating func note(total: Int64, at seconds: Double) {
        samples.append((seconds, total))
        // The newest sample at or before the window's edge stays: the rate is measured from there.
        while samples.count > 2, samples[1].seconds <= seconds - windowSeconds { samples.removeFirst() }
    }

    /// Per second; 0 until two samples lie apart.
    package var perSecond: Double {
        guard let first = samples.first, let last = samples.last, last.seconds > first.seconds else { return 0 }
        return Double(last.total - first.total) / (last.seconds - first.seconds)
    }
}
