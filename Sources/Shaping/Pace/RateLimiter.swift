import Model

/// When the next record may leave, at so many records and so many bytes a second: both must allow it.
///
/// What holds, whenever and however late it is asked: in any 10 s at most 1 % more than the rate leaves, in any 100 ms at
/// most twice its share (each plus at most one record, and with a burst of 50 ms at most). While records wait it makes
/// up for 100 ms of the caller's sleep in 10 s; more could not be made up for without breaking the first.
package struct RateLimiter {
    private var records: RateBucket?
    private var bytes: RateBucket?
    private let burstMilliseconds: Int64

    /// A rate that is `nil` does not limit; one of 0 lets nothing leave. Nothing is saved in the beginning.
    package init(recordsPerSecond: Double?, bytesPerSecond: Double?, burstMilliseconds: Int64, at now: Instant) {
        self.burstMilliseconds = burstMilliseconds
        records = recordsPerSecond.map { RateBucket(rate: $0, burstMilliseconds: burstMilliseconds, at: now) }
        bytes = bytesPerSecond.map { RateBucket(rate: $0, burstMilliseconds: burstMilliseconds, at: now) }
    }

    package var recordsPerSecond: Double? { records?.rate }
    package var bytesPerSecond: Double? { bytes?.rate }

    /// From `now` on. What was saved or is owed stays so, in records and in bytes.
    package mutating func change(recordsPerSecond: Double?, bytesPerSecond: Double?, at now: Instant) {
        Self.change(&records, to: recordsPerSecond, burstMilliseconds, now)
        Self.change(&bytes, to: bytesPerSecond, burstMilliseconds, now)
    }

    private static func change(
        _ bucket: inout RateBucket?, to rate: Double?, _ burstMilliseconds: Int64, _ now: Instant
    ) {
        guard let rate else {
            bucket = nil
            return
        }
        if bucket == nil { bucket = RateBucket(rate: rate, burstMilliseconds: burstMilliseconds, at: now) }
        bucket?.advance(to: now)
        bucket?.change(rate: rate)
    }

    /// The first instant, `now` or later, at which a record of so many bytes may leave; `nil`: never at these rates.
    package mutating func earliest(bytes count: Int, at now: Instant) -> Instant? {
        records?.advance(to: now)
        bytes?.advance(to: now)
        var wait = 0.0
        if let records {
            guard let needed = records.wait(for: 1) else { return nil }
            wait = needed
        }
        if let bytes {
            guard let needed = bytes.wait(for: Double(count)) else { return nil }
            wait = max(wait, needed)
        }
        guard wait > 0 else { return now }
        // More than 31 years is never, too; less fits.
        guard wait < 1e9 else { return nil }
        let (nanoseconds, overflow) = now.nanoseconds.addingReportingOverflow(Int64((wait * 1e9).rounded(.up)))
        return overflow ? nil : Instant(nanoseconds: nanoseconds)
    }

    /// A record of so many bytes leaves. It is counted whether or not it was allowed.
    package mutating func take(bytes count: Int, at now: Instant) {
        records?.advance(to: now)
        bytes?.advance(to: now)
        records?.take(1)
        bytes?.take(Double(count))
    }

    /// Lets a record leave if it may now.
    package mutating func takeIfAllowed(bytes count: Int, at now: Instant) -> Bool {
        guard earliest(bytes: count, at: now) == now else { return false }
        records?.take(1)
        bytes?.take(Double(count))
        return true
    }
}
