import Model
import Testing

@testable import Verify

/// The formats of kafka-mirror-tester: what they look like, and that the judge is as exact with them as with ours.
@Suite struct OldFormatTests {
    private static let old = [LoadFormat.body, .headers]

    @Test func `a body holds id, sequence, nanoseconds and digits up to its size`() throws {
        let made = MadeLoad(format: .body, partitions: 2, perStream: 3)
        for (place, record) in made.records.joined() {
            let parts = String(decoding: record.value ?? [], as: UTF8.self).split(separator: ";")
            #expect(parts.count == 4 && parts[0] == "tester-1" && parts[1] == "\(place.sequence)")
            #expect(try #require(Int64(parts[2])) / 1_000_000 == record.timestampMilliseconds)
            #expect("0123456789012345678901234567890123456789012345678901234567890".hasPrefix(parts[3]))
            #expect((60...90).contains(record.value?.count ?? 0))
            #expect(record.key == Array("\(place.stream)".utf8) && record.headers == [])
            #expect(place.stream % 2 == record.partition)
        }
        #expect(made.maker.streams == 34)
    }

    @Test func `the header mode holds id and sequence in headers, and zeros`() {
        let made = MadeLoad(format: .headers, partitions: 2, perStream: 3)
        for (place, record) in made.records.joined() {
            #expect(
                record.headers == [
                    RecordHeader("id", Array("tester-1".utf8)),
                    RecordHeader("seq", Array("\(place.sequence)".utf8)),
                ])
            #expect(record.value?.allSatisfy { $0 == 0 } == true)
            #expect(record.key == Array("\(place.stream)".utf8))
        }
    }

    @Test func `a value is not cut where the size has no room for its prefix`() throws {
        var plan = LoadPlan(seed: 1, valueBytes: 5...5)
        plan.format = .body
        let maker = RecordMaker(plan: plan, topic: "orders", partitions: 1)
        let value = try #require(maker.value(of: maker.draw(stream: 3, sequence: 9)))
        #expect(String(decoding: value, as: UTF8.self).hasPrefix("martlet;9;"))
        #expect(value.last == UInt8(ascii: ";"))
    }

    @Test(arguments: LoadFormat.allCases)
    func `a faithful copy is clean, and a lost key is missing`(format: LoadFormat) {
        let made = MadeLoad(format: format, partitions: 2, perStream: 30)
        let ledger = Ledger(streams: made.maker.streams, allOf: 30)
        #expect(judge(made, ledger).isClean(.exactlyOnce))
        let verdict = judge(made, ledger) { $0.place.stream == 1 ? [] : [$0.record] }
        #expect(verdict.counts.missing == 30 && verdict.findings.count == 1)
        #expect(verdict.findings.first?.key == (format == .martlet ? nil : 1))
        #expect(verdict.findings.first?.partition == 1 && verdict.findings.first?.lastSequence == 29)
    }

    @Test(arguments: old, RecordField.allCases)
    func `an altered field is named, wherever the record stands`(format: LoadFormat, field: RecordField) throws {
        let made = MadeLoad(format: format, partitions: 2, perStream: 12)
        let ledger = Ledger(streams: made.maker.streams, allOf: 12)
        for stream in 0..<Int32(made.maker.streams) {
            let verdict = judge(made, ledger) { item in
                guard item.place == RecordMaker.Place(stream: stream, sequence: 7) else { return [item.record] }
                var record = item.record
                switch field {
                case .key: record.key = record.key.map { $0.dropLast() + [$0[$0.count - 1] ^ 1] }
                case .value: record.value?[59] ^= 1
                case .headers: record.headers.append(RecordHeader("origin", [1]))
                case .timestamp: record.timestampMilliseconds += format == .body ? 1 : 500
                }
                return [record]
            }
            #expect(verdict.counts.altered == [field: 1], "\(stream): \(verdict.summary)")
            #expect(verdict.findings.count == 1 && verdict.counts.missing == 0 && verdict.counts.duplicated == 0)
            #expect(verdict.findings.first?.key == stream && verdict.findings.first?.sequence == 7)
        }
    }

    @Test(arguments: LoadFormat.allCases)
    func `two producers on one topic are told apart`(format: LoadFormat) {
        let first = MadeLoad(format: format, partitions: 2, perStream: 20)
        let second = MadeLoad(format: .body, partitions: 2, perStream: 20, id: "tester-2", seed: 6)
        var judge = RecordJudge(loads: [first.load, second.load], topic: "orders")
        for made in [first, second] {
            for (place, record) in made.records.joined() where place != .init(stream: 0, sequence: 4) {
                judge.observe(record)
            }
        }
        let verdict = judge.verdict(expecting: [
            Ledger(streams: first.maker.streams, allOf: 20), Ledger(streams: second.maker.streams, allOf: 20),
        ])
        #expect(verdict.counts.missing == 2 && verdict.counts.unexpected == 0)
        #expect(verdict.findings.map(\.load) == ["tester-1", "tester-2"])
    }

    @Test func `records of another id are unexpected`() {
        let made = MadeLoad(format: .body, partitions: 1, perStream: 3, id: "somebody")
        var judge = RecordJudge(loads: [MadeLoad(format: .body, partitions: 1, perStream: 1).load], topic: "orders")
        for (_, record) in made.records.joined() { judge.observe(record) }
        #expect(judge.verdict(expecting: Ledger(streams: 17)).counts.unexpected == 51)
    }

    private func judge(
        _ made: MadeLoad, _ ledger: Ledger,
        _ deed: ((place: RecordMaker.Place, record: ObservedRecord)) -> [ObservedRecord] = { [$0.record] }
    ) -> Verdict {
        var judge = RecordJudge(loads: [made.load], topic: "orders")
        for (number, partition) in made.records.enumerated() {
            var offset: Int64 = 0
            for item in partition {
                for var record in deed(item) {
                    (record.partition, record.offset) = (Int32(number), offset)
                    offset += 1
                    judge.observe(record)
                }
            }
        }
        return judge.verdict(expecting: ledger)
    }
}
