import Model
import RdKafka

/// One record as the destination has it.
package struct ObservedRecord: Sendable {
    package var partition: Int32
    package var offset: Int64
    package var timestampMilliseconds: Int64
    package var key: [UInt8]?
    package var value: [UInt8]?
    package var headers: [RecordHeader]

    package init(
        partition: Int32, offset: Int64, timestampMilliseconds: Int64, key: [UInt8]?, value: [UInt8]?,
        headers: [RecordHeader]
    ) {
        self.partition = partition
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.key = key
        self.value = value
        self.headers = headers
    }

    init(_ record: LogRecord) {
        self.init(
            partition: record.partition.partition, offset: record.offset,
            timestampMilliseconds: record.timestampMilliseconds, key: record.key, value: record.value,
            headers: record.headers)
    }
}

/// Compares what arrives with what the plan says. Knows no Kafka and no clock: records in, findings out.
///
/// Memory: one interval set per partition, and the first findings of each kind.
package struct RecordJudge: Sendable {
    /// How many findings of each kind are located; the others are counted.
    private static let locatedMax = 20
    /// How far beyond the next expected sequence a record that lost its stamp is looked for.
    private static let guessReach: Int64 = 64

    private let maker: RecordMaker
    private let topic: String
    /// Index: the source partition.
    private var seen: [IntervalSet]
    private var counts = Verdict.Counts()
    private var findings: [Finding] = []
    private var located: [Finding.Kind: Int] = [:]

    /// - Parameters:
    ///   - sourceTopic: the topic that the records were made for.
    ///   - topic: where they are judged: its name appears in findings.
    package init(plan: LoadPlan, sourceTopic: String, topic: String, partitions: Int) {
        maker = RecordMaker(plan: plan, topic: sourceTopic)
        self.topic = topic
        seen = Array(repeating: IntervalSet(), count: partitions)
    }

    package var received: Int64 { counts.received }
    package var duplicated: Int64 { counts.duplicated }

    /// Judges the next record of a destination partition. Within a partition, call in the order of the offsets.
    ///
    /// - Returns: the source partition and sequence if this is the record's first appearance.
    @discardableResult
    package mutating func observe(_ record: ObservedRecord) -> (partition: Int32, sequence: Int64)? {
        counts.received += 1
        guard let draw = recognise(record) else {
            counts.unexpected += 1
            note(.unexpected, at: record, sequence: nil)
            return nil
        }
        let (home, sequence) = (Int(draw.partition), draw.sequence)
        for field in alteredFields(of: record, draw: draw) {
            counts.altered[field, default: 0] += 1
            note(.altered, at: record, sequence: sequence, field: field)
        }
        let highest = seen[home].last ?? -1
        guard seen[home].insert(sequence) else {
            counts.duplicated += 1
            note(.duplicated, at: record, sequence: sequence)
            return nil
        }
        if draw.partition != record.partition {
            counts.misplaced += 1
            note(.misplaced, at: record, sequence: sequence, homePartition: draw.partition)
        } else if sequence < highest {
            counts.reordered += 1
            note(.reordered, at: record, sequence: sequence)
        }
        return (draw.partition, sequence)
    }

    /// Acknowledged records that have not appeared.
    package func missingCount(of ledger: Ledger) -> Int64 {
        zip(ledger.partitions, seen).reduce(0) { $0 + $1.0.acknowledged.subtracting($1.1).count }
    }

    /// The same by source partition.
    package func missing(of ledger: Ledger) -> [IntervalSet] {
        zip(ledger.partitions, seen).map { $0.acknowledged.subtracting($1) }
    }

    /// The findings so far, held against the ledger. What only reading can tell (latency, stalls, whether the end was
    /// reached) is the caller's to add.
    package func verdict(expecting ledger: Ledger) -> Verdict {
        var (counts, findings) = (counts, findings)
        counts.expected = ledger.acknowledgedCount
        var missingLocated = 0
        for (number, partition) in ledger.partitions.enumerated() {
            let absent = partition.acknowledged.subtracting(seen[number])
            counts.missing += absent.count
            for range in absent.ranges.prefix(Self.locatedMax - missingLocated) {
                missingLocated += 1
                findings.append(Finding(missing: range, topic: topic, partition: Int32(number)))
            }
            let extra = seen[number].subtracting(partition.acknowledged)
            let invented = extra.subtracting(partition.unacknowledged)
            counts.unacknowledged += extra.count - invented.count
            counts.unexpected += invented.count
            for range in invented.ranges.prefix(Self.locatedMax) {
                findings.append(Finding(neverSent: range, topic: topic, partition: Int32(number)))
            }
        }
        return Verdict(counts: counts, findings: findings)
    }

    /// The plan's record that this is: by its stamp, or, when the stamp is damaged, the next one expected here that
    /// agrees in timestamp, key, and one of headers and value.
    private func recognise(_ record: ObservedRecord) -> RecordMaker.Draw? {
        if let place = maker.identify(value: record.value, headers: record.headers) {
            guard seen.indices.contains(Int(place.partition)), place.sequence >= 0 else { return nil }
            return maker.draw(partition: place.partition, sequence: place.sequence)
        }
        guard seen.indices.contains(Int(record.partition)) else { return nil }
        let next = (seen[Int(record.partition)].last ?? -1) + 1
        for sequence in next..<next + Self.guessReach {
            let draw = maker.draw(partition: record.partition, sequence: sequence)
            let agrees =
                draw.timestampMilliseconds == record.timestampMilliseconds && record.key == maker.key(of: draw)
                && (record.headers == maker.headers(of: draw) || maker.isValue(record.value, of: draw))
            if agrees { return draw }
        }
        return nil
    }

    private func alteredFields(of record: ObservedRecord, draw: RecordMaker.Draw) -> [RecordField] {
        var fields: [RecordField] = []
        if record.key != maker.key(of: draw) { fields.append(.key) }
        if !maker.isValue(record.value, of: draw) { fields.append(.value) }
        if record.headers != maker.headers(of: draw) { fields.append(.headers) }
        if record.timestampMilliseconds != draw.timestampMilliseconds { fields.append(.timestamp) }
        return fields
    }

    private mutating func note(
        _ kind: Finding.Kind, at record: ObservedRecord, sequence: Int64?, field: RecordField? = nil,
        homePartition: Int32? = nil
    ) {
        guard located[kind, default: 0] < Self.locatedMax else { return }
        located[kind, default: 0] += 1
        findings.append(
            Finding(
                kind: kind, field: field, topic: topic, partition: record.partition, offset: record.offset,
                sequence: sequence, homePartition: homePartition))
    }
}
