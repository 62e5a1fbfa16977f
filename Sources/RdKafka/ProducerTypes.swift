import Model

/// A small record of our own.
package struct OwnRecord: Sendable {
    package let topic: String
    package let partition: Int32
    package let key: [UInt8]?
    /// `nil` is a tombstone.
    package let value: [UInt8]?
    package let headers: [RecordHeader]

    package init(topic: String, partition: Int32, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = []) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// What became of a record of our own.
package struct LedgerReport: Sendable {
    package let ticket: Int32
    /// Where it landed; negative when it did not.
    package let offset: Int64
    /// 0 when delivered.
    package let code: Int32
    package let reason: String
}

/// Why a send stopped before the batch was empty.
package enum SendStop: Sendable {
    /// No seat, or librdkafka's queue is full: collect reports, then send on.
    case full
    /// `partition` is the lane's number of the one whose read was refused; it waits at the front of its queue.
    case fault(KafkaFault, partition: Int32)
}
