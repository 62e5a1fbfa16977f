/// What one process has to send, as far as it knows.
package struct RateLoad: Hashable, Sendable, Codable {
    /// What could leave now, were there no limit: what was read and not sent, and what is known to wait in the source.
    package var waitingRecords: Double
    package var waitingBytes: Double
    /// What newly comes, a second, averaged over a few seconds.
    package var offeredRecords: Double
    package var offeredBytes: Double
    /// What was sent, a second; for the eye only.
    package var usedRecords: Double
    package var usedBytes: Double
    /// Among processes that all want more, shares go by this: the number of partitions is a good one.
    package var weight: Int

    package init(
        waitingRecords: Double = 0, waitingBytes: Double = 0, offeredRecords: Double = 0, offeredBytes: Double = 0,
        usedRecords: Double = 0, usedBytes: Double = 0, weight: Int = 1
    ) {
        self.waitingRecords = Self.plausible(waitingRecords)
        self.waitingBytes = Self.plausible(waitingBytes)
        self.offeredRecords = Self.plausible(offeredRecords)
        self.offeredBytes = Self.plausible(offeredBytes)
        self.usedRecords = Self.plausible(usedRecords)
        self.usedBytes = Self.plausible(usedBytes)
        self.weight = min(max(weight, 1), Self.weightMax)
    }

    private static let weightMax = 1_000_000
    private static let amountMax = 1e18

    /// Measured values are divided somewhere: what is no number must not get into a message.
    private static func plausible(_ value: Double) -> Double {
        value.isFinite ? min(max(value, 0), amountMax) : 0
    }

    var isPlausible: Bool {
        self
            == RateLoad(
                waitingRecords: waitingRecords, waitingBytes: waitingBytes, offeredRecords: offeredRecords,
                offeredBytes: offeredBytes, usedRecords: usedRecords, usedBytes: usedBytes, weight: weight)
    }

    private enum CodingKeys: String, CodingKey {
        case waitingRecords = "waiting_records"
        case waitingBytes = "waiting_bytes"
        case offeredRecords = "offered_records"
        case offeredBytes = "offered_bytes"
        case usedRecords = "used_records"
        case usedBytes = "used_bytes"
        case weight
    }
}
