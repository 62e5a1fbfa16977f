import Engine
import Model
import RdKafka
import Records

/// A record in the quarantine: key, value and headers as the source has them, so that it can be sent on by any tool,
/// and behind its headers ours, which say where it came from and why it is here. Its timestamp is the time of its
/// coming, for its own may be what was refused.
extension OwnRecord {
    package init(_ record: QuarantinedRecord, topic: String) {
        var own: [(String, String?)] = [
            ("topic", record.source.topic), ("partition", String(record.source.partition)),
            ("offset", String(record.offset)), ("timestamp", record.timestampMilliseconds.map { String($0) }),
            ("destination", record.destination), ("reason", record.reason), ("size", String(record.bytes)),
            ("fnv1a64", record.hash.map(Self.hexadecimal)),
        ]
        if record.copy == nil { own.append(("bytes", "left out")) }
        let kept = record.copy?.headers ?? []
        self.init(
            topic: topic, partition: 0, key: record.copy?.key, value: record.copy?.value,
            headers: kept
                + own.compactMap { name, text in text.map { RecordHeader("martlet.quarantine.\(name)", Array($0.utf8)) }
                })
    }

    private static func hexadecimal(_ hash: UInt64) -> String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
