import Engine
import Model
import RdKafka
import Records

/// The record lane's source: librdkafka's consumer with manual assignment, and a second one beside many partitions.
package struct RecordSource: SourcePort, ~Copyable {
    private var consumers: PairedConsumers
    private let examiner: SourceExaminer
    private var proofs = LogProofs()

    package init(_ consumers: consuming PairedConsumers, examiner: SourceExaminer) {
        self.consumers = consumers
        self.examiner = examiner
    }

    package mutating func assign(_ starts: [Engine.PartitionStart]) throws(SourceFault) {
        do throws(KafkaFault) {
            try consumers.assign(proved(starts), handedOutFrom: starts.map(\.offset))
        } catch {
            throw SourceFault(error.description)
        }
    }

    package mutating func unassign(_ indexes: [Int32]) throws(SourceFault) {
        for index in indexes { proofs.forget(index) }
        do throws(KafkaFault) {
            try consumers.unassign(indexes)
        } catch {
            throw SourceFault(error.description)
        }
    }

    package mutating func seek(_ targets: [Engine.PartitionStart]) throws(SourceFault) {
        do throws(KafkaFault) {
            try consumers.seek(proved(targets), handedOutFrom: targets.map(\.offset))
        } catch {
            throw SourceFault(error.description)
        }
    }

    package mutating func poll(into hand: inout ReadBatch, upTo: Int, waitMilliseconds: Int32) {
        let first = hand.count
        consumers.poll(into: &hand, upTo: upTo, waitMilliseconds: waitMilliseconds, at: .now)
        if !proofs.isEmpty {
            var proofs = self.proofs
            hand.discard { read in !proofs.admits(read, checksum: SourceConsumer.checksum) }
            self.proofs = proofs
        }
        consumers.note(hand, from: first)
    }

    /// Where the reading must begin, to prove each log on its way.
    private mutating func proved(_ starts: [Engine.PartitionStart]) -> [RdKafka.PartitionStart] {
        starts.map { start in
            RdKafka.PartitionStart(index: start.index, partition: start.partition, offset: proofs.expect(start))
        }
    }

    package func checksum(of read: Read) -> UInt64? { SourceConsumer.checksum(of: read) }

    package mutating func examine(_ examinations: [Examination]) { examiner.examine(examinations) }

    package mutating func takeEvents() -> [Engine.SourceEvent] {
        let met = consumers.takeEvents()
        guard !met.isEmpty || !proofs.isEmpty else { return [] }
        var events: [Engine.SourceEvent] = []
        for event in met {
            switch event {
            case .endOfPartition(let index, let offset):
                if proofs.admitsEnd(of: index, at: offset) {
                    consumers.noteEnd(of: index, at: offset)
                    events.append(.endOfPartition(index: index, offset: offset))
                }
            case .partitionFault(let index, let fault):
                if let doubt = Self.doubts[fault.name] {
                    events.append(.doubt(index: index, doubt))
                } else if fault.name == "TOPIC_AUTHORIZATION_FAILED" {
                    events.append(.partitionForbidden(index: index, reason: fault.description))
                }
            // Everything else is retried by librdkafka for ever, and so are brokers that are down.
            case .clientFault: break
            }
        }
        return events + proofs.takeDoubts().map { .doubt(index: $0.index, $0.doubt) }
    }

    package func copy(of read: Read) -> RecordCopy? { SourceConsumer.copy(of: read) }

    package func highWatermark(of index: Int32) -> Int64? {
        consumers.highWatermark(of: index)
    }

    /// What librdkafka says when it does not go on reading a partition, or has not found its topic for a moment.
    private static let doubts: [String: SourceDoubt] = [
        "_AUTO_OFFSET_RESET": .outOfRange, "OFFSET_OUT_OF_RANGE": .outOfRange, "_LOG_TRUNCATION": .outOfRange,
        "_UNKNOWN_PARTITION": .vanished, "_UNKNOWN_TOPIC": .vanished, "UNKNOWN_TOPIC_OR_PART": .vanished,
        "UNKNOWN_TOPIC_ID": .vanished, "INCONSISTENT_TOPIC_ID": .vanished,
    ]
}
