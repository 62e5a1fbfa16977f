/// One destination partition over time.
package struct PartitionTrail: Sendable, Codable, Hashable {
    /// A stretch of the trial, in its seconds.
    package struct Stretch: Sendable, Codable, Hashable {
        package let from: Double
        package let to: Double
        /// Records; 0 for a stall.
        package let count: Int64

        package init(from: Double, to: Double, count: Int64 = 0) {
            self.from = from
            self.to = to
            self.count = count
        }
    }

    /// Records judged, by second of the trial.
    package var receivedBySecond: [Int32] = []
    /// Times without a record of more than a second, between the first and the last one.
    package var stalls: [Stretch] = []
    /// Missing records, by when they were to be sent.
    package var missing: [Stretch] = []
    /// Records found twice, by when they came again.
    package var duplicated: [Stretch] = []

    package init() {}

    /// The longest stall within these seconds, as far as it lies within them; 0 without any of more than a second.
    package func longestStall(from second: Double, to end: Double = .infinity) -> Double {
        stalls.filter { $0.to > second && $0.from < end }.map { min($0.to, end) - max($0.from, second) }.max() ?? 0
    }
}
