/// What a flow promises about each record.
package enum Delivery: String, Sendable, CaseIterable {
    /// Idempotent producer; positions follow in a small transaction. Duplicates only after a crash.
    case atLeastOnce = "at-least-once"
    /// Records and positions in one transaction of the destination (KIP-98, KIP-447).
    case exactlyOnce = "exactly-once"
}

/// Which source records a flow sees: Kafka's `isolation.level`.
package enum Isolation: String, Sendable, CaseIterable {
    case readCommitted = "read_committed"
    case readUncommitted = "read_uncommitted"
}

/// Where a partition that the flow sees for the first time begins.
package enum StartPolicy: Hashable, Sendable {
    case earliest
    case latest
    /// The first record with at least this timestamp, in milliseconds since 1970.
    case timestamp(milliseconds: Int64)
}
