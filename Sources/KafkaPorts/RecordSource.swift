import Engine
import Model
import RdKafka
import Records

/// The record lane's source: librdkafka's consumer with manual assignment.
package struct RecordSource: SourcePort, ~Copyable {
    private var consumer: SourceConsumer

    package init(_ consumer: consuming SourceConsumer) {
        self.consumer = consumer
    }

    package mutating func assign(_ starts: [Engine.PartitionStart]) throws(SourceFault) {
        do throws(KafkaFault) {
            try consumer.assign(
                starts.map { RdKafka.PartitionStart(index: $0.index, partition: $0.partition, offset: $0.offset) })
        } catch {
            throw SourceFault(error.description)
        }
    }

    package mutating func unassign(_ indexes: [Int32]) throws(SourceFault) {
        do throws(KafkaFault) {
            try consumer.unassign(indexes)
        } catch {
            throw SourceFault(error.description)
        }
    }

    package mutating func seek(_ targets: [Engine.PartitionStart]) throws(SourceFault) {
        do throws(KafkaFault) {
            try consumer.seek(targets.map { SeekTarget(index: $0.index, offset: $0.offset) })
        } catch {
            throw SourceFault(error.description)
        }
    }

    package mutating func poll(into hand: inout ReadBatch, upTo: Int, waitMilliseconds: Int32) {
        consumer.poll(into: &hand, upTo: upTo, waitMilliseconds: waitMilliseconds)
    }

    package mutating func takeEvents() -> [Engine.SourceEvent] {
        consumer.takeEvents().compactMap { event in
            switch event {
            case .endOfPartition(let index, let offset):
                return .endOfPartition(index: index, offset: offset)
            case .partitionFault(let index, let fault):
                return Self.stopsPartition(fault) ? .partitionFault(index: index, reason: fault.description) : nil
            case .clientFault:
                // Brokers down, time-outs: librdkafka logs them, and goes on trying.
                return nil
            }
        }
    }

    package func copy(of read: Read) -> RecordCopy? { consumer.copy(of: read) }

    package func highWatermark(of index: Int32) -> Int64? {
        consumer.highWatermark(index)
    }

    /// Whether a partition cannot go on by itself. Everything else is retried by librdkafka for ever.
    private static func stopsPartition(_ fault: KafkaFault) -> Bool {
        ["_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE", "TOPIC_AUTHORIZATION_FAILED", "_UNKNOWN_PARTITION"]
            .contains(fault.name)
    }
}
