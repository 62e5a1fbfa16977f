/// What the numbers of a flow may be, and why.
enum FlowLimits {
    /// Its topics are `martlet.<name>.positions` and `.control`, its transactional ids hold the instance's name too:
    /// Kafka's 249 characters leave room for both.
    static let nameLengthMax = 100

    /// Below 10 ms commits cost more than records. Above 60 s a transaction would reach the time-out that the broker
    /// grants it, and a reader of the destination waits as long.
    static let commitIntervalMilliseconds: ClosedRange<Int64> = 10...60_000

    /// A lane has a consumer, a producer and their threads; a process with more than 64 should be several.
    static let lanes = 1...64

    /// Below 16 MiB not one full fetch of each partition fits; 64 GiB is more than any network keeps in flight.
    static let memoryBudgetBytes: ClosedRange<Int64> = (16 << 20)...(64 << 30)

    /// What brokers grant by default: `group.min.session.timeout.ms` and `group.max.session.timeout.ms`.
    static let sessionTimeoutMilliseconds: ClosedRange<Int64> = 6_000...1_800_000

    /// Below 100 ms the coordinator has more to do with heartbeats than with commits. The upper bound is a third of
    /// the longest session.
    static let heartbeatIntervalMilliseconds: ClosedRange<Int64> = 100...600_000

    /// A heartbeat must be due more often than this in a session: then two may be lost.
    static let heartbeatsPerSession: Int64 = 3

    /// Slots bound the number of useful processes; each costs a partition, and the group's assignment grows with them.
    static let slots = 1...240

    /// It is compared, never counted with; 32 bits are more than anyone raises it by hand.
    static let revision = 1...2_147_483_647
}
