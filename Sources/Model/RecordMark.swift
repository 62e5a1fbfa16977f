/// What tells one record of a source partition from any other at its offset: the proof that a log is still the one that
/// was mirrored. librdkafka 2.0 shows neither topic ids nor leader epochs, and a recreated topic begins with the epoch
/// that most topics have.
package struct RecordMark: Hashable, Sendable {
    package let offset: Int64
    /// Over key, value and timestamp. Not keyed, and no secret: it stands against accidents, not against forgery.
    package let checksum: UInt64

    package init(offset: Int64, checksum: UInt64) {
        self.offset = offset
        self.checksum = checksum
    }
}
