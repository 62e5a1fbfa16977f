import Model
import Testing

@testable import Verify

/// The tally of a consumer without a ledger, against an oracle that keeps everything.
@Suite struct StreamTallyTests {
    /// Counts the obvious way: every list in full.
    private struct Oracle {
        var arrived: [Int32: [Int64]] = [:]

        var missing: Int64 {
            arrived.values.reduce(0) { $0 + ($1.max() ?? -1) + 1 - Int64(Set($1).count) }
        }
        var duplicated: Int64 { arrived.values.reduce(0) { $0 + Int64($1.count - Set($1).count) } }
        var reordered: Int64 { count { $0.isNew && $0.sequence < $0.highest } }
        var inOrder: Int64 { count { $0.isNew && $0.sequence == $0.highest + 1 } }
        var same: Int64 { count { !$0.isNew && $0.sequence == $0.highest } }
        var old: Int64 { count { $0.sequence < $0.highest } }

        private func count(
            _ isCounted: ((isNew: Bool, sequence: Int64, highest: Int64)) -> Bool
        ) -> Int64 {
            arrived.values.reduce(0) { sum, list in
                sum
                    + Int64(
                        list.indices.count { index in
                            let before = list[..<index]
                            return isCounted((!before.contains(list[index]), list[index], before.max() ?? -1))
                        })
            }
        }
    }

    @Test(arguments: LoadFormat.allCases, 1...12)
    func `gaps, duplicates and reorderings are counted as a naive oracle counts them`(
        format: LoadFormat, seed: UInt64
    ) throws {
        var random = TestRandom(seed)
        let made = MadeLoad(format: format, partitions: 2, perStream: 40)
        var (tally, oracle) = (StreamTally(sourceTopic: "orders", fromBeginning: true), Oracle())
        for list in made.records.indices {
            var order = Array(made.records[list].indices)
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let spot = Int.random(in: 0..<order.count - 1, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: order.remove(at: spot)
                case 1: order.insert(order[spot], at: Int.random(in: spot...order.count, using: &random))
                case 2: order.swapAt(spot, Int.random(in: 0..<order.count, using: &random))
                default: order.insert(contentsOf: order[(spot / 2)...spot], at: spot + 1)
                }
            }
            for index in order {
                let (place, record) = made.records[list][index]
                oracle.arrived[place.stream, default: []].append(place.sequence)
                tally.observe(record)
            }
        }
        let counts = tally.counts
        #expect(counts.missing == oracle.missing)
        #expect(counts.duplicated == oracle.duplicated)
        #expect(counts.reordered == oracle.reordered)
        #expect(counts.inOrder == oracle.inOrder && counts.same == oracle.same && counts.old == oracle.old)
        #expect(counts.strangers == 0 && tally.streams == made.maker.streams)
        #expect(tally.gaps(upTo: .max).reduce(0) { $0 + $1.last - $1.first + 1 } == counts.missing)
    }

    @Test(arguments: LoadFormat.allCases)
    func `a paced record says when it was meant to be sent`(format: LoadFormat) throws {
        let made = MadeLoad(format: format, partitions: 2, perStream: 5)
        var tally = StreamTally(sourceTopic: "orders", fromBeginning: true)
        for (place, record) in made.records.joined() {
            let number = made.maker.clock.number(stream: place.stream, sequence: place.sequence)
            let meant = try #require(made.maker.clock.intendedWallNanoseconds(number: number))
            let said = tally.observe(record)
            #expect(said == (format == .body ? meant : meant / 1_000_000 * 1_000_000))
        }
    }

    @Test func `joined late, a consumer expects nothing from before`() {
        let made = MadeLoad(format: .body, partitions: 1, perStream: 20)
        var tally = StreamTally(sourceTopic: "orders", fromBeginning: false)
        for (_, record) in made.records[0].dropFirst(200) { tally.observe(record) }
        #expect(tally.counts.missing == 0 && tally.counts.reordered == 0)
        #expect(tally.counts.inOrder == tally.counts.consumed)
    }

    @Test func `strange and forged records are counted apart, and break nothing`() {
        var random = TestRandom(5)
        var tally = StreamTally(sourceTopic: "orders", fromBeginning: true)
        let texts = [
            "", ";;;", "a;1;2", "a;-1;2;x", "a;99999999999999999999;2;x", ";1;2;x", "a;1;;x", "a;1;2;x;y;z",
            "a;9223372036854775807;1;0",
        ]
        for text in texts {
            tally.observe(
                ObservedRecord(
                    partition: 0, offset: 0, timestampMilliseconds: -1, key: Array("1".utf8), value: Array(text.utf8),
                    headers: []))
        }
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                Array("0123456789;a".utf8).randomElement(using: &random) ?? 0
            }
            let header = RecordHeader(name: Array("seq".utf8), value: bytes)
            tally.observe(
                ObservedRecord(
                    partition: 0, offset: 0, timestampMilliseconds: .max / 1_000_000, key: Array(bytes.prefix(2)),
                    value: bytes, headers: [RecordHeader(name: Array("id".utf8), value: bytes), header]))
        }
        #expect(tally.counts.consumed == Int64(texts.count) + 2_000)
        #expect(tally.counts.strangers > 0)
    }
}

/// A load's records as its partitions would hold them.
struct MadeLoad {
    let maker: RecordMaker
    let load: JudgedLoad
    /// By partition, in order.
    private(set) var records: [[(place: RecordMaker.Place, record: ObservedRecord)]]

    init(format: LoadFormat, partitions: Int, perStream: Int, id: String = "tester-1", seed: UInt64 = 5) {
        var plan = LoadPlan(seed: seed, valueBytes: 60...90)
        plan.format = format
        plan.id = id
        plan.timestamps = .intended
        let clock = LoadClock(
            pace: Pace(ratePerSecond: 700), streams: plan.streams(partitions: partitions),
            startedAtWallNanoseconds: 1_700_000_000_123_456_789)
        load = JudgedLoad(plan: plan, sourceTopic: "orders", partitions: partitions, clock: clock)
        maker = RecordMaker(plan: plan, topic: "orders", partitions: partitions, clock: clock)
        records = Array(repeating: [], count: partitions)
        for number in 0..<Int64(perStream * maker.streams) {
            let place = maker.place(ofNumber: number)
            let draw = maker.draw(stream: place.stream, sequence: place.sequence)
            let partition = Int(draw.partition)
            records[partition].append(
                (
                    place,
                    ObservedRecord(
                        partition: draw.partition, offset: Int64(records[partition].count),
                        timestampMilliseconds: draw.timestampMilliseconds, key: maker.key(of: draw),
                        value: maker.value(of: draw), headers: maker.headers(of: draw))
                ))
        }
    }
}

extension StreamTally {
    @discardableResult
    fileprivate mutating func observe(_ record: ObservedRecord) -> Int64? {
        let arrival = Arrival(
            partition: record.partition, offset: record.offset, timestampMilliseconds: record.timestampMilliseconds,
            headers: record.headers)
        guard let value = record.value else { return observe(arrival, key: nil, value: nil) }
        guard let key = record.key else { return observe(arrival, key: nil, value: value.span) }
        return observe(arrival, key: key.span, value: value.span)
    }
}
