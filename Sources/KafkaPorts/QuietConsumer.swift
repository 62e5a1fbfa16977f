import Model
import RdKafka
import Records

/// The client that reads quiet partitions. It fetches no more before it is emptied, so how often it is looked at bounds
/// how often thousands of partitions are fetched for the sake of a few records: at once after a rest, else four times a
/// second.
final class QuietConsumer {
    var consumer: SourceConsumer
    private var lookedAt: Instant?
    private var broughtAt: Instant?
    private var holdsMore = false
    /// Partitions whose reading has begun with this client, and that have not told their end: a log may have to be
    /// proved first, and nobody rests before.
    private var awaited: Set<Int32> = []
    private var awaitedSince: Instant?

    private static let lookMilliseconds: Int64 = 20
    private static let restMilliseconds: Int64 = 250
    private static let restBytesMax = 131_072
    /// One without a leader tells nothing.
    private static let awaitedMilliseconds: Int64 = 60_000

    init(_ consumer: consuming SourceConsumer) {
        self.consumer = consumer
    }

    /// The lane waits no longer for the other client.
    var waitMilliseconds: Int32 { awaited.isEmpty ? 100 : 20 }

    // MARK: What it reads

    func begin(_ starts: [RdKafka.PartitionStart]) throws(KafkaFault) {
        try consumer.assign(starts)
        awaited.formUnion(starts.map(\.index))
        awaitedSince = nil
    }

    func seek(_ starts: [RdKafka.PartitionStart]) throws(KafkaFault) {
        guard !starts.isEmpty else { return }
        try unassign(starts.map(\.index))
        try begin(starts)
    }

    func unassign(_ indexes: [Int32]) throws(KafkaFault) {
        awaited.subtract(indexes)
        try consumer.unassign(indexes)
    }

    // MARK: Reading

    func pollIfDue(into hand: inout ReadBatch, upTo limit: Int, at now: Instant) {
        forgetOverdue(at: now)
        guard isDue(at: now) else { return }
        lookedAt = now
        let (wanted, first) = (min(limit, hand.room), hand.count)
        let taken = consumer.poll(into: &hand, upTo: wanted, waitMilliseconds: 0)
        holdsMore = taken == wanted
        var bytes = 0
        for place in first..<hand.count { bytes += Int(hand[place].bytes) }
        // What brings much is worth its fetches, and must not fall behind.
        if taken > 0, bytes < Self.restBytesMax, awaited.isEmpty { broughtAt = now }
    }

    func takeEvents() -> [RdKafka.SourceEvent] {
        let events = consumer.takeEvents()
        if !awaited.isEmpty {
            for case .endOfPartition(let index, _) in events { awaited.remove(index) }
        }
        return events
    }

    func isDue(at now: Instant) -> Bool {
        if holdsMore { return true }
        if let broughtAt, now.milliseconds(since: broughtAt) < Self.restMilliseconds { return false }
        guard let lookedAt else { return true }
        return now.milliseconds(since: lookedAt) >= Self.lookMilliseconds
    }

    private func forgetOverdue(at now: Instant) {
        guard !awaited.isEmpty else { return }
        let since = awaitedSince ?? now
        awaitedSince = since
        if now.milliseconds(since: since) > Self.awaitedMilliseconds { awaited = [] }
    }
}
