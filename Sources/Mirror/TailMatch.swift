import RdKafka
import Records

/// Finds the last records of a destination partition in the log that they were copied from.
///
/// A mirror sends a partition in the source's order, from a position on before which everything has arrived. So behind
/// the furthest of these records nothing has arrived that is not among them, and before it nothing is missing,
/// also where some came twice. Of records that are exactly alike the first one counts: too early copies twice, too late
/// would lose.
package struct TailMatch {
    private let sought: Set<RecordCopy>
    private var found: [RecordCopy: Int64] = [:]

    package init(_ tail: [RecordCopy]) {
        sought = Set(tail)
    }

    /// Where the search begins, by time.
    package var earliestMilliseconds: Int64? { sought.map(\.timestampMilliseconds).min() }

    package var soughtCount: Int { sought.count }
    package var foundCount: Int { found.count }
    package var isComplete: Bool { found.count == sought.count }

    /// The next record of the source, in offset order.
    package mutating func note(_ record: RecordCopy, at offset: Int64) {
        guard sought.contains(record), found[record] == nil else { return }
        found[record] = offset
    }

    /// Where the copying goes on; `nil` when no record was found.
    package var next: Int64? { found.values.max().map { $0 + 1 } }
}

extension RecordCopy {
    /// All by which a record is known again in another cluster: what a mirror does not change.
    init(_ record: LogRecord) {
        self.init(
            key: record.key, value: record.value, headers: record.headers,
            timestampMilliseconds: record.timestampMilliseconds)
    }
}
