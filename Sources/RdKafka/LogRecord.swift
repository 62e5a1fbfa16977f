import CRdKafka
import Model

/// One record as a copy. Null and empty are told apart everywhere.
package struct LogRecord: Sendable {
    package let partition: TopicPartition
    package let offset: Int64
    package let timestampMilliseconds: Int64
    package let timestampType: TimestampType
    package let key: [UInt8]?
    /// `nil` is a tombstone.
    package let value: [UInt8]?
    /// In order, repeats included.
    package let headers: [RecordHeader]
}

package enum TimestampType: Sendable {
    /// Records of the oldest format have none.
    case notAvailable
    case createTime
    case logAppendTime
}

/// What a log reader met.
package enum LogEvent: Sendable {
    case record(LogRecord)
    /// Everything below `offset` was handed out.
    case endOfPartition(TopicPartition, offset: Int64)
    /// About one partition, or about the client.
    case fault(TopicPartition?, KafkaFault)
}

/// Headers in librdkafka's form; whoever makes them destroys them, unless a produce call has taken them.
func makeHeaders(_ headers: [RecordHeader]) -> OpaquePointer? {
    guard !headers.isEmpty else { return nil }
    let list = unsafe rd_kafka_headers_new(headers.count)
    for header in headers {
        unsafe header.name.withCBytes { name in
            unsafe header.value.withCBytes { value in
                _ = unsafe rd_kafka_header_add(
                    list, name.bindMemory(to: CChar.self).baseAddress, name.count, value.baseAddress, value.count)
            }
        }
    }
    return unsafe list
}
