import Engine
import Model
import Positions
import Topics

/// The records of one registration, written together: entries in the control topic, first positions in the slots. So a
/// registered partition always has a position, and one without has lost it.
struct Registration {
    private(set) var records: [LedgerRecord] = []
    private let known: Catalogue
    private let flow: FlowRecord
    private let cluster: String
    private let now: Int64
    private var nextBase: Int

    init(known: Catalogue, slots: Int, cluster: String, configuration: ConfigurationRecord, now: Int64) {
        self.known = known
        flow = known.flow ?? FlowRecord(slots: slots, cluster: cluster, began: now)
        self.cluster = cluster
        self.now = now
        nextBase = known.nextBase
        if known.flow == nil {
            records.append(LedgerRecord(.control, key: Array(FlowRecord.key.utf8), value: flow.encoded))
        }
        if known.configuration != configuration {
            records.append(
                LedgerRecord(.control, key: Array(ConfigurationRecord.key.utf8), value: configuration.encoded))
        }
    }

    /// Adds a topic, or partitions that a registered topic has grown by.
    mutating func add(_ span: TopicPlan.Span, starts: [Int64]) {
        let entry: TopicRecord
        if let grown = known.topics[span.topic] {
            entry = TopicRecord(
                base: grown.base, initialPartitions: grown.initialPartitions, starts: grown.starts + starts,
                since: grown.since)
        } else {
            entry = TopicRecord(base: nextBase, initialPartitions: starts.count, starts: starts, since: now)
            nextBase += starts.count
        }
        records.append(
            LedgerRecord(.control, key: Array(TopicRecord.key(span.topic).utf8), value: entry.encoded))
        for (place, offset) in starts.enumerated() {
            let source = TopicPartition(span.topic, span.first + Int32(place))
            let position = Position(offset: offset, cluster: cluster, to: span.topic, reached: -1, since: now)
            records.append(
                LedgerRecord(
                    .slot(entry.slot(of: source.partition, in: flow)), key: SlotKey.position(source).encoded,
                    value: position.encoded))
        }
    }
}
