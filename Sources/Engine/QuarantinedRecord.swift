import Model
import Records

/// A record that the destination refuses, on its way to the quarantine.
package struct QuarantinedRecord: Hashable, Sendable {
    package let source: TopicPartition
    package let offset: Int64
    package let nextOffset: Int64
    /// The topic that refuses it.
    package let destination: String
    package let reason: String
    /// Key, value and headers.
    package let bytes: Int
    package let hash: UInt64?
    package let timestampMilliseconds: Int64?
    /// `nil` where its bytes are not wanted, or do not fit.
    package let copy: RecordCopy?
}
