import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

@testable import Verify

/// The judge and the mirror share a client library, so a fault of its reading might be nobody's finding: Kafka's Java
/// consumer has to see the same, to the byte.
@Suite(.serialized, .needsKafka)
struct JudgeReadingTests {
    private static let partitions = 3
    private static let records = 3_000

    @Test(arguments: zip(LoadFormat.allCases, ["zstd", "none", "lz4"]))
    func `the judge reads what Kafka's Java consumer reads`(format: LoadFormat, compression: String) throws {
        let cluster = try Clusters.source()
        let topic = Clusters.uniqueName("read-twice")
        try cluster.create(topic, partitions: Int32(Self.partitions))
        var plan = LoadPlan.varied(seed: 11, valueBytes: 1...2_000)
        plan.format = format
        plan.transactions = LoadPlan.Transactions(records: 50, abortedPermille: 300)
        let loader = try Loader(
            plan: plan, bootstrap: cluster.bootstrap, topic: topic, partitions: Self.partitions, ratePerSecond: 10_000,
            total: Int64(Self.records), compression: compression)
        loader.start()
        #expect(loader.wait(timeoutSeconds: 60))
        #expect(loader.progress.aborted > 0)

        let own = try Self.ownLines(of: topic, on: cluster)
        #expect(own.count == Int(loader.progress.acknowledged))
        let java = try JavaReading.lines(of: topic, on: cluster)
        // No comparison of the arrays themselves: it would print them.
        let isSame = own.sorted() == java.sorted()
        #expect(isSame, "\(own.count) and \(java.count) records, \(Set(own).symmetricDifference(java).count) differ")
    }

    private static func ownLines(of topic: String, on cluster: KafkaCluster) throws -> [String] {
        var log = try TopicLog(
            bootstrap: cluster.bootstrap, properties: [], topic: topic, isolation: .readCommitted,
            clientID: "read-twice", start: { _ in TopicLog.beginning })
        log.lookForPartitions()
        let found = log.ends()
        let ends = try #require(found)
        var lines: [String] = []
        while !log.hasRead(to: ends) {
            guard let record = log.next(waitMilliseconds: 100) else { continue }
            lines.append(line(of: record))
        }
        let faults = log.faults
        #expect(faults == [])
        return lines
    }

    private static func line(of record: borrowing ReadRecord) -> String {
        let bytes = record.withBytes { key, value in "\(text(key)) \(text(value))" }
        let headers = record.headers.map {
            " \(String(decoding: $0.name, as: UTF8.self)) \($0.value.map { text($0.span) } ?? "null")"
        }.joined()
        return "\(record.partition) \(record.offset) \(record.timestampMilliseconds) \(bytes)\(headers)"
    }

    private static func text(_ bytes: Span<UInt8>?) -> String {
        guard let bytes else { return "null" }
        var text = "x"
        for index in bytes.indices {
            let byte = String(bytes[index], radix: 16)
            text += byte.count == 1 ? "0" + byte : byte
        }
        return text
    }
}
