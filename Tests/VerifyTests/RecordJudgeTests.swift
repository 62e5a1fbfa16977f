import Model
import Testing

@testable import Verify

/// The judge, fed by mirrors that are broken in one known way each.
@Suite struct RecordJudgeTests {
    private static let perPartition = 400
    private static let plan = LoadPlan.varied(seed: 11)
    /// Where each mirror is broken: the middle of a partition.
    private static let spot = (partition: 1, index: 200)

    @Test func `a faithful copy is clean`() {
        let verdict = judge(Self.faithful)
        #expect(verdict.isClean(.exactlyOnce))
        #expect(verdict.findings.isEmpty)
        #expect(verdict.counts.received == 1_200)
        #expect(verdict.counts.expected == 1_200)
    }

    @Test func `a dropped record is missing, and located`() {
        var copy = Self.faithful
        copy[Self.spot.partition].remove(at: Self.spot.index)
        let verdict = judge(copy)
        #expect(verdict.counts.missing == 1)
        #expect(verdict.findings == [Finding(.missing, 200..<201, topic: "mirrored", partition: 1)])
        #expect(!verdict.isClean(.exactlyOnce) && !verdict.isClean(.atLeastOnce))
    }

    @Test func `a lost tail is missing, as one range`() {
        var copy = Self.faithful
        copy[Self.spot.partition].removeLast(30)
        let verdict = judge(copy)
        #expect(verdict.counts.missing == 30)
        #expect(verdict.findings == [Finding(.missing, 370..<400, topic: "mirrored", partition: 1)])
    }

    @Test func `a wholly lost partition is missing`() {
        var copy = Self.faithful
        copy[Self.spot.partition] = []
        #expect(judge(copy).counts.missing == 400)
    }

    @Test func `a repeated record is a duplicate, which at least once allows`() throws {
        var copy = Self.faithful
        copy[Self.spot.partition].insert(copy[1][150], at: Self.spot.index)
        let verdict = judge(copy)
        #expect(verdict.counts.duplicated == 1)
        #expect(verdict.counts.reordered == 0)
        let finding = try #require(verdict.findings.first)
        #expect((finding.kind, finding.offset, finding.sequence) == (.duplicated, 200, 150))
        #expect(!verdict.isClean(.exactlyOnce) && verdict.isClean(.atLeastOnce))
    }

    @Test func `a replayed stretch is as many duplicates as it has records`() {
        var copy = Self.faithful
        copy[Self.spot.partition].insert(contentsOf: copy[1][100..<200], at: Self.spot.index)
        #expect(judge(copy).counts.duplicated == 100)
        #expect(judge(copy).findings.count < 100, "located are the first ones only")
    }

    @Test func `two swapped records are one reordering`() throws {
        var copy = Self.faithful
        copy[Self.spot.partition].swapAt(Self.spot.index, Self.spot.index + 1)
        let verdict = judge(copy)
        #expect(verdict.counts.reordered == 1)
        let finding = try #require(verdict.findings.first)
        #expect((finding.kind, finding.offset, finding.sequence) == (.reordered, 201, 200))
        #expect(verdict.counts.missing == 0 && !verdict.isClean(.atLeastOnce))
    }

    @Test(arguments: Alteration.allCases)
    func `an altered record is named with its field, wherever it is`(alteration: Alteration) throws {
        let faithful = Self.faithful[1]
        var before = Self.unfed
        var altered = 0
        for index in 0..<Self.perPartition - 3 {
            var judge = before
            before.observe(faithful[index])
            var record = faithful[index]
            guard alteration.apply(to: &record) else { continue }
            altered += 1
            judge.observe(record)
            for next in faithful[(index + 1)...].prefix(3) { judge.observe(next) }
            var ledger = Ledger(streams: 3)
            ledger.streams[1].sent = Int64(index) + 4
            ledger.streams[1].acknowledged = IntervalSet(0..<Int64(index) + 4)
            let verdict = judge.verdict(expecting: ledger)
            #expect(verdict.counts.altered == [alteration.field: 1], "record \(index)")
            let finding = try #require(verdict.findings.first)
            #expect((finding.kind, finding.field) == (.altered, alteration.field))
            #expect((finding.partition, finding.offset, finding.sequence) == (1, Int64(index), Int64(index)))
            #expect(verdict.findings.count == 1, "an alteration is nothing else besides")
            #expect(!verdict.isClean(.atLeastOnce))
        }
        #expect(altered > 0, "the plan has no record to alter so")
    }

    @Test func `a record in the wrong partition is misplaced, and not missing`() throws {
        var copy = Self.faithful
        copy[2].append(copy[Self.spot.partition].remove(at: Self.spot.index))
        let verdict = judge(copy)
        #expect(verdict.counts.misplaced == 1 && verdict.counts.missing == 0)
        let finding = try #require(verdict.findings.first)
        #expect((finding.partition, finding.offset, finding.homePartition) == (2, 400, 1))
        #expect(finding.sequence == 200)
    }

    @Test func `a moved partition is misplaced as a whole`() {
        var copy = Self.faithful
        copy.swapAt(0, 1)
        let verdict = judge(copy)
        #expect(verdict.counts.misplaced == 800 && verdict.counts.missing == 0)
    }

    @Test func `an invented record is unexpected`() throws {
        var copy = Self.faithful
        let invented = ObservedRecord(
            partition: 1, offset: 0, timestampMilliseconds: 5, key: [1], value: Array(repeating: 3, count: 100),
            headers: [])
        copy[Self.spot.partition].insert(invented, at: Self.spot.index)
        let verdict = judge(copy)
        #expect(verdict.counts.unexpected == 1)
        let finding = try #require(verdict.findings.first)
        #expect((finding.kind, finding.partition, finding.offset) == (.unexpected, 1, 200))
        #expect(finding.sequence == nil)
    }

    @Test func `a record that was never sent is unexpected, one that was never acknowledged is allowed`() {
        var ledger = Ledger(streams: 3, allOf: Int64(Self.perPartition))
        ledger.streams[1].acknowledged = IntervalSet(0..<398)
        ledger.streams[2].acknowledged = IntervalSet(0..<399)
        ledger.streams[2].sent = 399
        let verdict = judge(Self.faithful, ledger: ledger)
        #expect(verdict.counts.unacknowledged == 2)
        #expect(verdict.counts.unexpected == 1)
        #expect(verdict.findings == [Finding(.unexpected, 399..<400, topic: "mirrored", partition: 2)])
    }

    @Test func `the verdict survives JSON and names every count in its summary`() throws {
        var copy = Self.faithful
        copy[0].swapAt(0, 1)
        copy[0].removeLast()
        let verdict = judge(copy)
        let again = try JSONRoundTrip.copy(verdict)
        #expect(again.counts == verdict.counts && again.findings == verdict.findings)
        for word in ["missing 1", "duplicated 0", "reordered 1", "altered 0", "misplaced 0", "unexpected 0"] {
            #expect(verdict.summary.contains(word))
        }
    }

    // MARK: The mirror

    private static let faithful: [[ObservedRecord]] = {
        let maker = RecordMaker(plan: plan, topic: "orders", partitions: 3)
        return (0..<3).map { partition in
            (0..<perPartition).map { sequence in
                let draw = maker.draw(stream: Int32(partition), sequence: Int64(sequence))
                return ObservedRecord(
                    partition: Int32(partition), offset: Int64(sequence),
                    timestampMilliseconds: draw.timestampMilliseconds, key: maker.key(of: draw),
                    value: maker.value(of: draw), headers: maker.headers(of: draw))
            }
        }
    }()

    private static let unfed = RecordJudge(plan: plan, sourceTopic: "orders", topic: "mirrored", partitions: 3)

    /// Judges the copies as a destination would number them: by place.
    private func judge(_ copy: [[ObservedRecord]], ledger: Ledger? = nil) -> Verdict {
        var judge = Self.unfed
        for (partition, records) in copy.enumerated() {
            for (offset, var record) in records.enumerated() {
                record.partition = Int32(partition)
                record.offset = Int64(offset)
                judge.observe(record)
            }
        }
        return judge.verdict(expecting: ledger ?? Ledger(streams: 3, allOf: Int64(Self.perPartition)))
    }
}

/// One way to change one field of a record.
enum Alteration: CaseIterable {
    case keyByte, keyNulled, nullKeyEmptied, emptyKeyNulled
    case valueByte, stampByte, valueNulled, emptyValueNulled, nullValueEmptied, valueCut
    case headerValueByte, headerDropped, headerAdded, headersReversed, nullHeaderEmptied, emptyHeaderNulled
    case timestampLater, timestampZero

    var field: RecordField {
        switch self {
        case .keyByte, .keyNulled, .nullKeyEmptied, .emptyKeyNulled: .key
        case .valueByte, .stampByte, .valueNulled, .emptyValueNulled, .nullValueEmptied, .valueCut: .value
        case .headerValueByte, .headerDropped, .headerAdded, .headersReversed, .nullHeaderEmptied, .emptyHeaderNulled:
            .headers
        case .timestampLater, .timestampZero: .timestamp
        }
    }

    /// - Returns: `false` when this record cannot be changed so.
    func apply(to record: inout ObservedRecord) -> Bool {
        let before = record
        switch field {
        case .key: record.key = changed(key: record.key)
        case .value: record.value = changed(value: record.value)
        case .headers: record.headers = changed(headers: record.headers)
        case .timestamp: record.timestampMilliseconds = self == .timestampZero ? 0 : record.timestampMilliseconds + 1
        }
        return record.key != before.key || record.value != before.value || record.headers != before.headers
            || record.timestampMilliseconds != before.timestampMilliseconds
    }

    private func changed(key: [UInt8]?) -> [UInt8]? {
        switch self {
        case .keyByte: key.map { $0.dropLast() + $0.suffix(1).map { $0 ^ 1 } }
        case .keyNulled: nil
        case .nullKeyEmptied: key ?? []
        default: key == [] ? nil : key
        }
    }

    private func changed(value: [UInt8]?) -> [UInt8]? {
        switch self {
        case .valueByte: value.map { $0.dropLast() + $0.suffix(1).map { $0 ^ 0x80 } }
        case .stampByte: value.map { $0.prefix(1).map { $0 ^ 1 } + $0.dropFirst() }
        case .valueNulled: nil
        case .emptyValueNulled: value == [] ? nil : value
        case .nullValueEmptied: value ?? []
        default: value.map { Array($0.dropLast()) }
        }
    }

    private func changed(headers: [RecordHeader]) -> [RecordHeader] {
        switch self {
        case .headerValueByte:
            headers.dropLast() + headers.suffix(1).map { RecordHeader(name: $0.name, value: ($0.value ?? []) + [1]) }
        case .headerDropped: Array(headers.dropFirst())
        case .headerAdded: headers + [RecordHeader("origin", [1])]
        case .headersReversed: headers.reversed()
        case .nullHeaderEmptied: headers.map { RecordHeader(name: $0.name, value: $0.value ?? []) }
        default: headers.map { RecordHeader(name: $0.name, value: $0.value == [] ? nil : $0.value) }
        }
    }
}
