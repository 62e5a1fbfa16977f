import Model
import Synchronization

/// Which call a lane is in, and until when it should have returned: what the watchdog looks at.
///
/// `rd_kafka_send_offsets_to_transaction` may never return on librdkafka 2.10 to 2.12 when the group's coordinator dies
/// (its time-out is not checked there: librdkafka issues 5456 and 5511).
package final class LaneVitals: Sendable {
    /// 0 while the lane is in no bounded call.
    private let deadlineNanoseconds = Atomic<Int64>(0)

    package init() {}

    package func isOverdue(at now: Instant, byMilliseconds margin: Int64) -> Bool {
        let deadline = deadlineNanoseconds.load(ordering: .relaxed)
        return deadline != 0 && now.nanoseconds > deadline + margin * 1_000_000
    }

    package func during<Result: ~Copyable, Fault: Error>(
        milliseconds: Int32, _ body: () throws(Fault) -> Result
    ) throws(Fault) -> Result {
        let deadline = Instant.now.advanced(milliseconds: Int64(milliseconds))
        deadlineNanoseconds.store(deadline.nanoseconds, ordering: .relaxed)
        defer { deadlineNanoseconds.store(0, ordering: .relaxed) }
        return try body()
    }
}
