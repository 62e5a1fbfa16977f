import Foundation
import Model

/// How and when the flow began. Written once by the first steward.
package struct FlowRecord: Hashable, Sendable, Codable {
    package static let key = "flow"
    private var v = 2
    /// Number of slots. Never taken from metadata again.
    package let slots: Int
    /// Id of the source cluster; a flow that finds another one there stops.
    package let cluster: String
    /// Milliseconds since 1970. A topic that appears later is mirrored from its first record, whatever `start` says.
    package let began: Int64
    /// How many slots lie between two neighbours in the row of partitions.
    private var stride = 1

    private enum CodingKeys: String, CodingKey { case v, slots, cluster, began }

    package init(slots: Int, cluster: String, began: Int64) {
        self.slots = slots
        self.cluster = cluster
        self.began = began
        stride = Self.stride(among: slots)
    }

    package init(decoding value: [UInt8]) throws(RecordFault) {
        self = try decodeRecord(Self.self, from: value, version: 2)
        guard slots > 0, slots <= Int(Int32.max) else { throw .unreadable(reason: "a flow with \(slots) slots") }
        // In a flow of the first version neighbours in the row lie in neighbouring slots.
        if v > 1 { stride = Self.stride(among: slots) }
    }

    package var encoded: [UInt8] { encodeRecord(self) }

    /// The slot of the partition at this place in the row of all registered ones.
    ///
    /// The cooperative-sticky assignor gives runs of neighbouring slots to whoever joins (rdkafka_sticky_assignor.c), so
    /// neighbours in the row, which are partitions of one topic, lie far apart: docs/decisions/033.
    func slot(ofPlace place: Int) -> Slot {
        Slot(Int32(place % slots * stride % slots))
    }

    /// What is nearest to the golden section of the slots, and has no divisor in common with their number: any part of the
    /// row then falls evenly into any run of slots, and each slot has its turn.
    private static func stride(among slots: Int) -> Int {
        let section = Int((Double(slots) * 0.618_034).rounded())
        return (0..<slots).lazy.flatMap { [section + $0, section - $0] }.first { $0 > 0 && isCoprime($0, slots) } ?? 1
    }

    private static func isCoprime(_ left: Int, _ right: Int) -> Bool {
        var (left, right) = (left, right)
        while right != 0 { (left, right) = (right, left % right) }
        return left == 1
    }
}

/// One mirrored topic.
package struct TopicRecord: Hashable, Sendable, Codable {
    package static let keyPrefix = "topic/"
    package static func key(_ topic: String) -> String { keyPrefix + topic }

    private var v = 1
    /// Partition p has place base + p in the row of all registered partitions.
    package let base: Int
    /// Partitions when it was registered: what the next topic's base counts, also after this one has grown.
    package let initialPartitions: Int
    /// The source offset at which each partition began; its count is the number of mirrored partitions. The same
    /// offsets stand as first positions in the slots, written in the same transaction: so a registered partition
    /// without a position in its slot has lost it, and is not merely new.
    package let starts: [Int64]
    /// Milliseconds since 1970.
    package let since: Int64

    package init(base: Int, initialPartitions: Int, starts: [Int64], since: Int64) {
        self.base = base
        self.initialPartitions = initialPartitions
        self.starts = starts
        self.since = since
    }

    package init(decoding value: [UInt8]) throws(RecordFault) {
        self = try decodeRecord(Self.self, from: value, version: 1)
        guard base >= 0, base <= Int(Int32.max), initialPartitions > 0, starts.count >= initialPartitions else {
            throw .unreadable(reason: "a topic entry without partitions, or with a base out of range")
        }
        // Negative offsets are words to librdkafka: -1 is the end, and all before it would be skipped.
        guard starts.allSatisfy({ $0 >= 0 }) else {
            throw .unreadable(reason: "a topic entry with a negative offset")
        }
    }

    package var encoded: [UInt8] { encodeRecord(self) }

    package func slot(of partition: Int32, in flow: FlowRecord) -> Slot {
        flow.slot(ofPlace: base + Int(partition))
    }

    /// Whether this entry is `earlier` with partitions added at its end.
    func extends(_ earlier: TopicRecord) -> Bool {
        base == earlier.base && initialPartitions == earlier.initialPartitions && starts.starts(with: earlier.starts)
    }
}

/// The configuration that the flow runs with, so that two that contradict each other do not take turns.
package struct ConfigurationRecord: Hashable, Sendable, Codable {
    package static let key = "configuration"
    private var v = 1
    package let revision: Int
    /// The settings that every process must agree on, as text that a person can compare.
    package let settings: String

    package init(revision: Int, settings: String) {
        self.revision = revision
        self.settings = settings
    }

    package init(decoding value: [UInt8]) throws(RecordFault) {
        self = try decodeRecord(Self.self, from: value, version: 1)
    }

    package var encoded: [UInt8] { encodeRecord(self) }
}

private func encodeRecord(_ record: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(record) else {
        preconditionFailure("numbers and strings always encode")
    }
    return Array(data)
}
