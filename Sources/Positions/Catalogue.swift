import Foundation
import Model

/// What the control topic says of a flow: how it began, which topics it mirrors, and what is asked of its owners.
///
/// Entries of topics are first-write-wins: a base, the number of slots and the source cluster never change, so every process
/// computes the same slot for a partition for as long as the flow lives.
package struct Catalogue: Hashable, Sendable {
    package private(set) var flow: FlowRecord?
    package private(set) var configuration: ConfigurationRecord?
    package private(set) var topics: [String: TopicRecord] = [:]
    /// Requests to set positions while the flow runs, and answers that were not taken away yet.
    package private(set) var seeks: [TopicPartition: SeekRecord] = [:]

    package init() {}

    /// The slot that a partition belongs to; `nil` while the flow, its topic or the partition is not registered.
    package func slot(of source: TopicPartition) -> Slot? {
        guard let flow, let topic = topics[source.topic], source.partition < topic.starts.count else { return nil }
        return topic.slot(of: source.partition, in: flow)
    }

    /// Every registered partition.
    package var partitions: [TopicPartition] {
        topics.sorted { $0.key < $1.key }.flatMap { name, topic in
            topic.starts.indices.map { TopicPartition(name, Int32($0)) }
        }
    }

    /// Where a topic that is registered next has its base: the running sum of all partition counts before it.
    package var nextBase: Int {
        topics.values.map { $0.base + $0.initialPartitions }.max() ?? 0
    }

    /// Takes in the next record of the control topic. A record that contradicts an earlier one is refused.
    package mutating func apply(key: [UInt8], value: [UInt8]?) throws(RecordFault) {
        let name = String(decoding: key, as: UTF8.self)
        if SeekRecord.isKey(key) { return try applySeek(key, value) }
        guard let value else { return }
        if name == FlowRecord.key {
            let record = try FlowRecord(decoding: value)
            if flow == nil { flow = record }
        } else if name == ConfigurationRecord.key {
            let record = try ConfigurationRecord(decoding: value)
            if record.revision >= configuration?.revision ?? 0 { configuration = record }
        } else if name.hasPrefix(TopicRecord.keyPrefix) {
            try applyTopic(String(name.dropFirst(TopicRecord.keyPrefix.count)), TopicRecord(decoding: value))
        }
    }

    /// The last record counts, also where nobody can read it: what it replaces is no longer asked for.
    private mutating func applySeek(_ key: [UInt8], _ value: [UInt8]?) throws(RecordFault) {
        guard let source = SeekRecord.source(ofKey: key), !source.topic.isNeverMirroredTopic else {
            throw .unreadable(reason: "a request to set the position of a partition that is never mirrored")
        }
        seeks[source] = nil
        if let value { seeks[source] = try SeekRecord(decoding: value) }
    }

    private mutating func applyTopic(_ name: String, _ record: TopicRecord) throws(RecordFault) {
        // No selection reaches such a topic, so no steward has registered it.
        guard name.isLegalTopicName, !name.isNeverMirroredTopic else {
            throw .unreadable(reason: "an entry for a topic that is never mirrored")
        }
        guard let known = topics[name] else {
            topics[name] = record
            return
        }
        guard record.extends(known) else {
            throw .unreadable(reason: "the entry of topic \(name) contradicts an earlier one, which stands")
        }
        topics[name] = record
    }
}
