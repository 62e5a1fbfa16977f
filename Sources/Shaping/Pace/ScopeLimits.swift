import Model

/// A rate that holds for each topic, or for each partition: the limits of those that this process has a part in.
///
/// Nothing is shared out by messages. A partition's rate is its owner's, and of a topic's rate each partition brings an equal
/// part to its owner. A partition has one owner at a time, so the parts never add up to more than the rate.
package struct ScopeLimits: Sendable {
    private struct Limit: Sendable {
        var limiter: RateLimiter
        var owned: Set<TopicPartition> = []
        var share = 0.0
    }

    /// So many partitions a topic has, as far as was known from then on.
    private struct Count: Sendable {
        let partitions: Int
        let since: Instant
    }

    /// When a topic grows, whoever does not know yet believes in larger parts. It holds no lease that was written behind the
    /// growth, and earlier ones have run out by then: so long a new partition brings nothing.
    private static let settleMilliseconds = LeaseTiming().validity + LeaseTiming().margin
    private static let askMilliseconds: Int64 = 100

    private let scope: RateDefinition.Scope
    private let burstMilliseconds: Int64
    private var limits: RateLimits
    private var scopes: [TopicPartition: Limit] = [:]
    private var counts: [String: [Count]] = [:]
    /// A partition begins to bring its part.
    private var settlesAt: Instant?

    package init(_ rate: RateDefinition) {
        scope = rate.scope
        burstMilliseconds = rate.burstMilliseconds
        limits = RateLimits(recordsPerSecond: rate.recordsPerSecond, bytesPerSecond: rate.bytesPerSecond)
    }

    /// Under which its rate is kept; what is left out of a scope is the same in all of its partitions.
    private func scope(of partition: TopicPartition) -> TopicPartition {
        scope == .partition ? partition : TopicPartition(partition.topic, -1)
    }

    // MARK: What the process has

    /// The partition is this process's from here on: its last owner has stopped.
    package mutating func open(_ partition: TopicPartition, at now: Instant) {
        let scope = scope(of: partition)
        // Nothing is saved in the beginning: what the last owner has not used is gone.
        var limit = scopes[scope] ?? Limit(limiter: limiter(at: now))
        limit.owned.insert(partition)
        scopes[scope] = limit
        update(scope, at: now)
    }

    /// The partition is another's: its part is gone before that one begins. The limit stays, with what it owes.
    package mutating func close(_ partition: TopicPartition, at now: Instant) {
        let scope = scope(of: partition)
        scopes[scope]?.owned.remove(partition)
        update(scope, at: now)
    }

    private func limiter(at now: Instant) -> RateLimiter {
        RateLimiter(
            recordsPerSecond: limits.recordsPerSecond.map { _ in 0 },
            bytesPerSecond: limits.bytesPerSecond.map { _ in 0 },
            burstMilliseconds: burstMilliseconds, at: now)
    }

    // MARK: What the flow says

    /// Partitions by topic, as all processes read it in one order.
    package mutating func note(partitions: [String: Int], at now: Instant) {
        for (topic, count) in partitions where counts[topic]?.last?.partitions != count {
            let known = counts[topic, default: []]
            // One with fewer partitions is another topic.
            counts[topic] =
                (known.last.map { $0.partitions < count } ?? true ? known : []) + [Count(partitions: count, since: now)]
            update(TopicPartition(topic, -1), at: now)
        }
    }

    /// Another rate is in force.
    package mutating func change(to limits: RateLimits, at now: Instant) {
        let isSettled = settlesAt.map { now >= $0 } ?? false
        guard limits != self.limits || isSettled else { return }
        self.limits = limits
        settlesAt = nil
        for scope in Array(scopes.keys) { update(scope, at: now) }
    }

    private mutating func update(_ scope: TopicPartition, at now: Instant) {
        guard var limit = scopes[scope] else { return }
        limit.share = share(of: limit.owned, at: now)
        let (records, bytes) = (limits.recordsPerSecond, limits.bytesPerSecond)
        limit.limiter.change(
            recordsPerSecond: records.map { $0 * limit.share }, bytesPerSecond: bytes.map { $0 * limit.share }, at: now)
        scopes[scope] = limit
    }

    /// Of a scope's rate.
    private mutating func share(of owned: Set<TopicPartition>, at now: Instant) -> Double {
        guard scope == .topic, let topic = owned.first?.topic, let counts = counts[topic], let last = counts.last else {
            return scope == .partition && !owned.isEmpty ? 1 : 0
        }
        var settled = 0
        for partition in owned {
            guard let known = counts.first(where: { Int(partition.partition) < $0.partitions }) else { continue }
            let begin = known.since.advanced(milliseconds: Self.settleMilliseconds)
            if begin <= now { settled += 1 } else { settlesAt = min(settlesAt ?? begin, begin) }
        }
        return ScopeShare.share(scope: scope, ownedPartitions: settled, ofPartitions: last.partitions) ?? 0
    }

    // MARK: Records

    /// `nil`: a record of the partition may go now, and is counted. Else when to ask again.
    package mutating func admit(_ partition: TopicPartition, bytes: Int, at now: Instant) -> Instant? {
        let later = now.advanced(milliseconds: Self.askMilliseconds)
        guard let index = scopes.index(forKey: scope(of: partition)) else { return later }
        if scopes.values[index].limiter.takeIfAllowed(bytes: bytes, at: now) { return nil }
        return min(scopes.values[index].limiter.earliest(bytes: bytes, at: now) ?? later, later)
    }
}
