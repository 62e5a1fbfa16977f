import Model
import Records

/// What a lane knows of records that the destination refuses, and of where to look for them.
///
/// A broker refuses a whole batch, whatever was wrong with one of its records, and a batch may be refused although each
/// of its records would be taken. So a refused batch is sent again in smaller ones, until it passes or a read is
/// refused alone: that one is poison. Each refusal makes the batches at least four times smaller, so the search ends.
struct Poison {
    struct Mark: Hashable {
        let reason: String
        /// The quarantine did not take the record's bytes.
        var isWithoutBytes = false
        /// The quarantine did not take the record at all, and why.
        var quarantineFault: String?
    }

    /// Poison that was found and is not dealt with yet, by partition and offset.
    private(set) var marks: [TopicPartition: [Int64: Mark]] = [:]
    /// Where batches are small until the search is over.
    private var suspicions: [TopicPartition: BatchLimit] = [:]
    /// What a batch may weigh that a destination topic takes: found out, and kept.
    private var batchBytesMax: [String: Int] = [:]
    private var rows: [TopicPartition: Row] = [:]

    /// Records refused one after the other.
    private struct Row {
        var end: Int64
        var count: Int
    }

    /// A partition with more of them in a row has no poison in it: the topic's settings refuse what the source holds.
    static let inARowMax = 100

    var isEmpty: Bool { marks.isEmpty }

    func mark(_ source: TopicPartition, _ offset: Int64) -> Mark? { marks[source]?[offset] }

    func limit(of source: TopicPartition, to topic: String) -> BatchLimit {
        var limit = suspicions[source] ?? BatchLimit()
        limit.bytes = batchBytesMax[topic] ?? .max
        return limit
    }

    /// Judges one refused read: either it is poison, or the batches become smaller.
    mutating func judge(
        _ report: DeliveryReport, of source: TopicPartition, to topic: String, reason: String, isAboutSize: Bool
    ) {
        guard report.batch.reads > 1 else {
            marks[source, default: [:]][report.offset] = Mark(reason: reason)
            return
        }
        if isAboutSize {
            batchBytesMax[topic] = min(batchBytesMax[topic] ?? .max, max(1, Int(report.batch.bytes) / 4))
        } else {
            var limit = suspicions[source] ?? BatchLimit()
            limit.reads = max(1, Int(report.batch.reads) / 16)
            limit.before = max(limit.before, report.nextOffset)
            suspicions[source] = limit
        }
    }

    /// How many in a row it makes when the next poison comes right behind `readAt`.
    func inARow(_ source: TopicPartition, readAt: Int64) -> Int {
        guard let row = rows[source], row.end == readAt else { return 1 }
        return row.count + 1
    }

    /// The quarantine refused a record: the next time it gets less of it, and in the end nothing.
    mutating func noteQuarantineRefusal(_ source: TopicPartition, _ offset: Int64, reason: String) {
        guard var mark = marks[source]?[offset] else { return }
        if mark.isWithoutBytes { mark.quarantineFault = reason }
        mark.isWithoutBytes = true
        marks[source]?[offset] = mark
    }

    /// The record is in the quarantine.
    mutating func noteQuarantined(_ record: QuarantinedRecord, inARow: Int) {
        rows[record.source] = Row(end: record.nextOffset, count: inARow)
        settle(record.source, record.offset)
    }

    /// The poison at this offset is dealt with.
    mutating func settle(_ source: TopicPartition, _ offset: Int64) {
        marks[source]?[offset] = nil
        if marks[source]?.isEmpty == true { marks[source] = nil }
    }

    /// The lane gives the partition away.
    mutating func forget(_ source: TopicPartition) {
        marks[source] = nil
        suspicions[source] = nil
        rows[source] = nil
    }
}
