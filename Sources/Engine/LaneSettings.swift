import Model

/// What a lane is made with.
package struct LaneSettings: Sendable {
    package let number: Int
    package let delivery: Delivery
    /// The id of the lane's transactional producer, which its claims name as owner.
    package let transactionalID: String
    package let commitIntervalMilliseconds: Int64
    package let budget: Budget
    /// What holds for a topic.
    package let policies: @Sendable (String) -> Policies
    /// Whether a quarantined record keeps its bytes, beside its coordinates.
    package let quarantineKeepsBytes: Bool
    /// The flow replays a window several times: a partition that rests at its end may be set back.
    package let replaysAgain: Bool

    package init(
        number: Int, delivery: Delivery, transactionalID: String, commitIntervalMilliseconds: Int64, budget: Budget,
        policies: @escaping @Sendable (String) -> Policies = { _ in Policies() }, quarantineKeepsBytes: Bool = true,
        replaysAgain: Bool = false
    ) {
        self.number = number
        self.delivery = delivery
        self.transactionalID = transactionalID
        self.commitIntervalMilliseconds = commitIntervalMilliseconds
        self.budget = budget
        self.policies = policies
        self.quarantineKeepsBytes = quarantineKeepsBytes
        self.replaysAgain = replaysAgain
    }
}

/// What a lane may hold of reads that are not acknowledged. Over it, the lane stops polling; it never drops.
package struct Budget: Hashable, Sendable {
    package let recordsMax: Int
    package let bytesMax: Int
    /// Bytes after which a transaction is closed before its interval is over: under a broker quota a large one would
    /// outlive its time-out and never commit.
    package let transactionBytesMax: Int

    package init(recordsMax: Int, bytesMax: Int, transactionBytesMax: Int) {
        precondition(recordsMax > 0 && bytesMax > 0 && transactionBytesMax > 0, "a budget without room")
        self.recordsMax = recordsMax
        self.bytesMax = bytesMax
        self.transactionBytesMax = transactionBytesMax
    }

    /// Reads that may be polled now, while `records` and `bytes` are outstanding.
    func room(records: Int, bytes: Int) -> Int {
        bytes >= bytesMax ? 0 : max(0, recordsMax - records)
    }
}
