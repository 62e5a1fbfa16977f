import Foundation
import Model

/// How far one source partition is mirrored: the value of one record of a slot.
///
/// JSON with a version, so any console consumer shows it:
/// `{"v":1,"offset":120,"cluster":"Fs2..","to":"orders","reached":119,"since":1760000000000}`, and `,"mark":[118,"9f.."]`
/// where a record was mirrored, and `,"seek":"k3.."` where a `SeekRecord` was answered.
package struct Position: Hashable, Sendable {
    /// The next source offset to read.
    package var offset: Int64
    /// Id of the source cluster. A position from another cluster is refused.
    package var cluster: String
    /// The destination topic.
    package var to: String
    /// The last destination offset that a record of this partition got; -1 before the first.
    package var reached: Int64
    /// When the partition was first registered, in milliseconds since 1970.
    package var since: Int64
    /// A recent record below the offset, by which the source's log is known again.
    package var mark: RecordMark?
    /// Id of the last `SeekRecord` that was answered for this partition.
    package var seek: String?

    package init(
        offset: Int64, cluster: String, to: String, reached: Int64, since: Int64, mark: RecordMark? = nil,
        seek: String? = nil
    ) {
        self.offset = offset
        self.cluster = cluster
        self.to = to
        self.reached = reached
        self.since = since
        self.mark = mark
        self.seek = seek
    }

    package static let version = 1

    /// Written by hand, since a lane writes one for each of its partitions at every commit.
    package var encoded: [UInt8] {
        let text =
            "{\"v\":\(Self.version),\"offset\":\(offset),\"cluster\":\(quoted(cluster)),\"to\":\(quoted(to)),"
            + "\"reached\":\(reached),\"since\":\(since)\(mark.map(Self.encoded) ?? "")"
            + "\(seek.map { ",\"seek\":\"\($0)\"" } ?? "")}"
        return Array(text.utf8)
    }

    package init(decoding value: [UInt8]) throws(RecordFault) {
        let wire = try decodeRecord(Wire.self, from: value, version: Self.version)
        // Negative offsets are words to librdkafka: -1 is the end, and all before it would be skipped.
        guard wire.offset >= 0, wire.reached >= -1 else {
            throw .unreadable(reason: "a position with a negative offset")
        }
        guard wire.to.isLegalTopicName, !wire.to.isNeverMirroredTopic else {
            throw .unreadable(reason: "a position that leads into a topic which is never a mirror's destination")
        }
        guard wire.seek.map(SeekRecord.isID) ?? true else {
            throw .unreadable(reason: "a position with the id of a request that nobody can have made")
        }
        self.init(
            offset: wire.offset, cluster: wire.cluster, to: wire.to, reached: wire.reached, since: wire.since,
            mark: wire.mark?.mark, seek: wire.seek)
    }

    private static func encoded(_ mark: RecordMark) -> String {
        ",\"mark\":[\(mark.offset),\"\(String(mark.checksum, radix: 16))\"]"
    }

    private struct Wire: Decodable {
        let offset: Int64
        let cluster: String
        let to: String
        let reached: Int64
        let since: Int64
        let mark: WireMark?
        let seek: String?
    }

    /// The checksum as text: a JSON number has no 64 bits.
    private struct WireMark: Decodable {
        let mark: RecordMark

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            let offset = try container.decode(Int64.self)
            guard let checksum = UInt64(try container.decode(String.self), radix: 16) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "a mark without a checksum")
            }
            mark = RecordMark(offset: offset, checksum: checksum)
        }
    }
}

/// A JSON string literal. Topic names and cluster ids rarely hold anything to escape.
private func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in byte >= 0x20 && byte < 0x7f && byte != 0x22 && byte != 0x5c }
    if isPlain { return "\"\(text)\"" }
    guard let encoded = try? JSONEncoder().encode(text) else { return "\"\"" }
    return String(decoding: encoded, as: UTF8.self)
}
