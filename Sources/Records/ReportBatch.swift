/// One delivery report, without the record: its memory is released before the report is written.
package struct DeliveryReport: Sendable {
    /// The lane's number for the source partition.
    package let partition: Int32
    package let offset: Int64
    package let nextOffset: Int64
    package let bytes: Int32
    package let records: Int32
    /// Where the record landed; negative when it did not, or when the producer did not learn it.
    package let destinationOffset: Int64
    /// 0 when delivered, else the producer's error code.
    package let code: Int32
    /// How large the batch was that it went in. One read: a refusal means it and no other.
    package let batch: BatchSize

    package var isDelivered: Bool { code == 0 }

    package init(
        of read: Read, destinationOffset: Int64, code: Int32, batch: BatchSize = BatchSize(reads: 1, bytes: 0)
    ) {
        self.partition = read.partition
        self.offset = read.offset
        self.nextOffset = read.nextOffset
        self.bytes = read.bytes
        self.records = read.records
        self.destinationOffset = destinationOffset
        self.code = code
        self.batch = batch
    }
}

/// What was handed over together.
package struct BatchSize: Hashable, Sendable {
    package var reads: Int32
    package var bytes: Int32

    package init(reads: Int32, bytes: Int32) {
        self.reads = reads
        self.bytes = bytes
    }
}

/// Reports waiting for the lane. Grows to the number in flight once, then is used again and again.
package struct ReportBatch: ~Copyable {
    package private(set) var reports: [DeliveryReport] = []

    package init(capacity: Int) {
        reports.reserveCapacity(capacity)
    }

    package var isEmpty: Bool { reports.isEmpty }

    package mutating func append(_ report: DeliveryReport) {
        reports.append(report)
    }

    package mutating func removeAll() {
        reports.removeAll(keepingCapacity: true)
    }
}
