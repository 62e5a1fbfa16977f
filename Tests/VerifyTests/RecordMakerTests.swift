import RdKafka
import Testing

@testable import Verify

@Suite struct RecordMakerTests {
    private static let plan = LoadPlan.varied(seed: 7)
    private let maker = RecordMaker(plan: plan, topic: "orders")

    @Test func `two makers make the same records`() {
        let other = RecordMaker(plan: Self.plan, topic: "orders")
        for (partition, sequence) in places {
            let (left, right) = (
                maker.draw(partition: partition, sequence: sequence),
                other.draw(partition: partition, sequence: sequence)
            )
            #expect(maker.key(of: left) == other.key(of: right))
            #expect(maker.value(of: left) == other.value(of: right))
            #expect(maker.headers(of: left) == other.headers(of: right))
            #expect(left.timestampMilliseconds == right.timestampMilliseconds)
        }
    }

    @Test func `every record says who it is, also null, empty and short ones`() throws {
        for (partition, sequence) in places {
            let draw = maker.draw(partition: partition, sequence: sequence)
            let place = try #require(maker.identify(value: maker.value(of: draw), headers: maker.headers(of: draw)))
            #expect(place == (partition, sequence))
        }
    }

    @Test func `records of another seed or topic are strangers`() {
        let strangers = [
            RecordMaker(plan: Self.plan, topic: "order"), RecordMaker(plan: .varied(seed: 8), topic: "orders"),
        ]
        for stranger in strangers {
            for (partition, sequence) in places {
                let draw = stranger.draw(partition: partition, sequence: sequence)
                let place = maker.identify(value: stranger.value(of: draw), headers: stranger.headers(of: draw))
                #expect(place == nil)
            }
        }
    }

    @Test func `a value is recognised as made, and no other one`() {
        for (partition, sequence) in places {
            let draw = maker.draw(partition: partition, sequence: sequence)
            let value = maker.value(of: draw)
            #expect(maker.isValue(value, of: draw))
            guard var changed = value, !changed.isEmpty else { continue }
            #expect(!maker.isValue(nil, of: draw))
            #expect(!maker.isValue(changed + [0], of: draw))
            #expect(!maker.isValue(changed.dropLast(), of: draw))
            changed[Int(sequence) % changed.count] ^= 1
            #expect(!maker.isValue(changed, of: draw))
        }
    }

    @Test func `a varied plan holds everything that a record can be`() {
        let draws = places.map { maker.draw(partition: $0, sequence: $1) }
        let keys = draws.map { maker.key(of: $0) }
        let values = draws.map { maker.value(of: $0) }
        let headers = draws.map { maker.headers(of: $0) }
        #expect(keys.contains(nil) && keys.contains([]) && keys.contains { $0?.count ?? 0 > 0 })
        #expect(values.contains(nil) && values.contains([]) && values.contains { $0?.count ?? 0 >= 20 })
        #expect(values.contains { (1..<20).contains($0?.count ?? 0) })
        #expect(headers.contains([]))
        #expect(headers.contains { $0.contains { $0.value == nil } && $0.contains { $0.value == [] } })
        #expect(headers.contains { Set($0.map(\.name)).count < $0.count })
        #expect(Set(draws.map(\.timestampMilliseconds)).isSuperset(of: [0, 1, 86_400_000]))
    }

    private var places: [(Int32, Int64)] {
        (0..<3).flatMap { partition in (0..<1_000).map { (Int32(partition), Int64($0)) } }
    }
}
