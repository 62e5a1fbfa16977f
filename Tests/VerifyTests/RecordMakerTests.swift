import Model
import RdKafka
import Testing

@testable import Verify

@Suite struct RecordMakerTests {
    private static let plan = LoadPlan.varied(seed: 7)
    private let maker = RecordMaker(plan: plan, topic: "orders", partitions: 3)

    @Test func `two makers make the same records`() {
        let other = RecordMaker(plan: Self.plan, topic: "orders", partitions: 3)
        for place in Self.places {
            let (left, right) = (Made(place, by: maker), Made(place, by: other))
            #expect(left == right)
        }
    }

    @Test func `every record says who it is, also null, empty and short ones`() {
        for place in Self.places {
            let made = Made(place, by: maker)
            let named = made.identified(by: maker)
            #expect(named == place)
        }
    }

    @Test func `the acknowledged records above a size are found, by what key, value and headers have together`() {
        var ledger = Ledger(streams: 3, allOf: 200)
        ledger.streams[2].acknowledged = IntervalSet(50..<60)
        let load = JudgedLoad(plan: Self.plan, sourceTopic: "orders", partitions: 3)
        let large = load.sequences(of: ledger, above: 300)
        #expect(large[0].count > 0 && large[0].count < 200)
        for (stream, kept) in ledger.streams.enumerated() {
            for sequence in 0..<200 as Range<Int64> {
                let draw = maker.draw(stream: Int32(stream), sequence: sequence)
                let headers = maker.headers(of: draw).map { $0.name.count + ($0.value?.count ?? 0) }
                let parts = [maker.key(of: draw)?.count ?? 0, maker.value(of: draw)?.count ?? 0] + headers
                let isLarge = parts.reduce(0, +) > 300 && kept.acknowledged.contains(sequence)
                #expect(large[stream].contains(sequence) == isLarge)
            }
        }
    }

    @Test func `records of another seed or topic are strangers`() {
        let strangers = [
            RecordMaker(plan: Self.plan, topic: "order", partitions: 3),
            RecordMaker(plan: .varied(seed: 8), topic: "orders", partitions: 3),
        ]
        for stranger in strangers {
            for place in Self.places {
                let made = Made(place, by: stranger)
                let named = made.identified(by: maker)
                #expect(named == nil)
            }
        }
    }

    @Test func `a value is recognised as made, and no other one`() {
        for place in Self.places {
            let draw = maker.draw(stream: place.partition, sequence: place.sequence)
            let value = maker.value(of: draw)
            let isOwn = maker.takes(value, of: draw)
            #expect(isOwn)
            guard var changed = value, !changed.isEmpty else { continue }
            changed[Int(place.sequence) % changed.count] ^= 1
            let others = [nil, changed, changed + [0], changed.dropLast()]
            let isAnyTaken = others.contains { maker.takes($0, of: draw) }
            #expect(!isAnyTaken)
        }
    }

    @Test func `a varied plan holds everything that a record can be`() {
        let all = Self.places.map { Made($0, by: maker) }
        let (keys, values, headers) = (all.map(\.key), all.map(\.value), all.map(\.headers))
        #expect(keys.contains(nil) && keys.contains([]) && keys.contains { $0?.count ?? 0 > 0 })
        #expect(values.contains(nil) && values.contains([]) && values.contains { $0?.count ?? 0 >= 24 })
        #expect(values.contains { (1..<24).contains($0?.count ?? 0) })
        #expect(headers.contains([]))
        #expect(headers.contains { $0.contains { $0.value == nil } && $0.contains { $0.value == [] } })
        #expect(headers.contains { Set($0.map(\.name)).count < $0.count })
        #expect(Set(all.map(\.timestampMilliseconds)).isSuperset(of: [0, 1, 86_400_000]))
    }

    private static let places = (0..<3).flatMap { partition in
        (0..<1_000).map { Place(partition: partition, sequence: $0) }
    }
}

private struct Place: Equatable {
    let partition: Int32
    let sequence: Int64
}

extension RecordMakerTests {
    /// A plan may hold fewer keys than the topic has partitions; no partition is left without one.
    @Test(arguments: [1, 17, 1_000]) func `keys are where Kafka's default partitioner puts them`(keyCount: Int64) {
        var plan = LoadPlan(seed: 3)
        plan.keyCount = keyCount
        let maker = RecordMaker(plan: plan, topic: "orders", partitions: 12)
        var keys: Set<[UInt8]> = []
        for partition in Int32(0)..<12 {
            for sequence in Int64(0)..<500 {
                guard let key = maker.key(of: maker.draw(stream: partition, sequence: sequence)) else { continue }
                keys.insert(key)
                #expect(DefaultPartitioner.partition(ofKey: key, among: 12) == partition)
            }
        }
        #expect(keys.count >= 12 && keys.count >= keyCount && keys.count <= keyCount + 12)
    }
}

extension RecordMaker {
    fileprivate func takes(_ value: [UInt8]?, of draw: Draw) -> Bool {
        guard let value else { return isValue(nil, of: draw) }
        return isValue(value.span, of: draw)
    }
}

/// One record of a maker. Expectations compare these, never a maker: a failing one would print its pool of a megabyte.
private struct Made: Equatable {
    let key: [UInt8]?
    let value: [UInt8]?
    let headers: [RecordHeader]
    let timestampMilliseconds: Int64

    init(_ place: Place, by maker: RecordMaker) {
        let draw = maker.draw(stream: place.partition, sequence: place.sequence)
        key = maker.key(of: draw)
        value = maker.value(of: draw)
        headers = maker.headers(of: draw)
        timestampMilliseconds = draw.timestampMilliseconds
    }
    func identified(by maker: RecordMaker) -> Place? {
        let found =
            if let value {
                maker.identify(key: nil, value: value.span, headers: headers, timestamp: 0)
            } else {
                maker.identify(key: nil, value: nil, headers: headers, timestamp: 0)
            }
        return found.map { Place(partition: $0.stream, sequence: $0.sequence) }
    }
}
