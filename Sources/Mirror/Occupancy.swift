import Model
import RdKafka

/// Whether partitions of the destination are empty, so that a flow which names no `start` may begin in them.
package enum Occupancy {
    /// `nil` when all are known to be empty. One that does not say where it ends may hold anything.
    package static func objection(_ ends: [TopicPartition: Result<Int64, KafkaFault>]) -> String? {
        let sorted = ends.sorted { $0.key < $1.key }
        for (partition, end) in sorted {
            guard case .success(let offset) = end, offset > 0 else { continue }
            return "its destination topic already holds data (\(partition) ends at offset \(offset)) and the flow "
                + "names no `start`: set `start: earliest`, `start: latest` or a timestamp in the flow's configuration"
        }
        for (partition, end) in sorted {
            guard case .failure(let fault) = end else { continue }
            return "the destination does not say yet whether \(partition) holds data: \(fault.name)"
        }
        return nil
    }
}
