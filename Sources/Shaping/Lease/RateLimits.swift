/// What a flow may send, over all its processes. `nil`: without bound.
package struct RateLimits: Hashable, Sendable {
    package var recordsPerSecond: Double?
    package var bytesPerSecond: Double?

    package init(recordsPerSecond: Double?, bytesPerSecond: Double? = nil) {
        self.recordsPerSecond = recordsPerSecond
        self.bytesPerSecond = bytesPerSecond
    }
}
