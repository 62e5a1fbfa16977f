import Model

/// What a partition of the destination may still hold of transactions that ended without it.
struct Stability: Hashable {
    /// No transaction has ended in it yet whose marker is known to stand there.
    var isUnproved = true
    /// Its first record in the open transaction, by the destination's offset.
    var firstLanded: Int64?
    /// One transaction was aborted for its sake.
    var isCleansed = false

    /// Told in the order of the offsets, since a partition has one batch under way.
    mutating func noteLanded(at offset: Int64) {
        guard isUnproved, firstLanded == nil, offset >= 0 else { return }
        firstLanded = offset
    }

    mutating func noteEnd(committed: Bool) {
        if !committed { isUnproved = true }
        firstLanded = nil
    }
}

/// Brokers of Kafka 4 take a transaction for ended though a partition that had no leader got no marker
/// (`KRaftMetadataCache.getPartitionLeaderEndpoint` answers as for a deleted one). What was aborted stays undecided
/// there, and this producer's next commit would make it visible, beside the same records sent again.
///
/// So the first transaction after an abort, and the first of a partition's new owner, is looked at before it is
/// committed: the stable part of the partition must end where its own records begin.
extension Lane where Source: ~Copyable, Destination: ~Copyable {
    /// - Throws: to abort the open transaction, whose marker then ends what lies before it, too.
    mutating func proveStability(of positions: [CommittedPosition]) throws(DestinationFault) {
        guard settings.delivery == .exactlyOnce,
            positions.contains(where: { partitions[$0.index].stability.firstLanded != nil })
        else { return }
        let unproved = positions.map(\.index).filter { partitions[$0].stability.firstLanded != nil }
        let ends = try destination.stableEnds(of: unproved)
        var cleansed: [TopicPartition] = []
        for index in unproved {
            let partition = partitions[index]
            // What was committed and has no marker is ended as it should be by the commit that is to come.
            if let first = partition.stability.firstLanded, let end = ends[index], end < first,
                end > partition.reachedAtRest
            {
                guard !partition.stability.isCleansed else {
                    tellForeignTransaction(in: index, at: end)
                    continue
                }
                partitions[index].stability.isCleansed = true
                cleansed.append(partition.source)
            } else {
                partitions[index].stability = Stability(isUnproved: false)
            }
        }
        guard let first = cleansed.first else { return }
        throw DestinationFault(
            .abort,
            "\(first) and \(cleansed.count - 1) others hold records at the destination of a transaction that ended without "
                + "them: this one is aborted to end it there, too")
    }

    /// Another producer's: no marker of this one ends it.
    private mutating func tellForeignTransaction(in index: Int32, at end: Int64) {
        partitions[index].stability = Stability(isUnproved: false)
        post(
            .trouble(
                "a transaction of another producer is open at the destination of \(partitions[index].source) from offset "
                    + "\(end) on: readers of committed records see nothing behind it until it ends "
                    + "(kafka-transactions.sh finds it)"))
    }
}
