/// How far a `run --once` has come, over all its flows.
package struct CopyProgress: Sendable {
    /// Offsets to copy; `nil` until every flow knows its own.
    package var total: Int64?
    package var done: Int64
    package var recordsPerSecond: Double
    /// Offsets done per second: what the remaining time is reckoned from, since offsets have holes and records have not.
    package var offsetsPerSecond: Double
    package var records: Int64

    package init(
        total: Int64?, done: Int64, records: Int64, recordsPerSecond: Double, offsetsPerSecond: Double
    ) {
        self.total = total
        self.done = done
        self.records = records
        self.recordsPerSecond = recordsPerSecond
        self.offsetsPerSecond = offsetsPerSecond
    }

    package var line: String {
        // Nothing is registered yet, or there is nothing: then the run ends in a moment.
        guard let total, total > 0 else { return "looking at what there is to copy" }
        var text = "\(Quantity.count(records)) records copied, \(Quantity.percentage(done, of: total)) %"
        text += ", \(Quantity.count(Int64(recordsPerSecond))) records/s"
        if done < total, offsetsPerSecond >= 1 {
            let seconds = Int64((Double(total - done) / offsetsPerSecond).rounded(.up))
            text += ", \(Quantity.duration(seconds: seconds)) left"
        }
        return text
    }
}
