import Model
import Positions
import Records

/// A destination partition whose offsets go back was deleted and made anew, or truncated. With exactly-once nothing of
/// the first transaction in it is committed; with at-least-once the first batches have arrived when it is noticed.
extension Lane where Source: ~Copyable, Destination: ~Copyable {
    /// Before the report is noted.
    mutating func watchReach(_ report: DeliveryReport) {
        guard partitions.goesBack(report) else { return }
        let partition = partitions[report.partition]
        let policy = settings.policies(partition.source.topic).onDestinationLoss
        let reason =
            "its destination topic \(partition.origin.to) was deleted and made anew, or truncated: a record got offset "
            + "\(report.destinationOffset) there, after offset \(partition.reachedAtRest)"
        switch policy {
        case .recreate:
            partitions[report.partition].reached = report.destinationOffset
            partitions[report.partition].reachedAtRest = -1
            board.counters.noteDestinationLoss()
            post(.destinationLoss(partition.source, reason: reason, policy: policy))
        case .stop:
            guard destinationLoss == nil, partition.state.isReading else { return }
            board.counters.noteDestinationLoss()
            post(.destinationLoss(partition.source, reason: reason, policy: policy))
            destinationLoss = (partition.source, "\(reason); set `on-destination-loss: recreate` to go on")
        }
    }

    /// Stops the partition, and takes back what the open transaction holds.
    mutating func attendDestinationLoss(_ cure: DestinationFault.Cure) throws(DestinationFault) {
        guard let (source, reason) = destinationLoss else { return }
        destinationLoss = nil
        guard let index = partitions.indexes.first(where: { partitions[$0].source == source }) else { return }
        throw DestinationFault(cure, reason, partition: index)
    }
}
