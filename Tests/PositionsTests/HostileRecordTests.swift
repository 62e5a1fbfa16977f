import Foundation
import Model
import Simulation
import Testing

@testable import Positions

/// Records of the control and positions topics from a hostile hand: whoever may write there must not be able to crash
/// a process, and what is taken must be what a flow could have written.
@Suite struct HostileRecordTests {
    private static let flow = FlowRecord(slots: 4, cluster: "source", began: 1)
    private static let topic = TopicRecord(base: 3, initialPartitions: 2, starts: [0, 9, 5], since: 77)
    private static let configuration = ConfigurationRecord(revision: 3, settings: "topics a /b.*/")
    private static let position = Position(offset: 120, cluster: "source", to: "orders", reached: 119, since: 7)
    private static let sought = Position(
        offset: 120, cluster: "source", to: "orders", reached: 119, since: 7, mark: RecordMark(offset: 1, checksum: 2),
        seek: "r1")
    private static let seek = SeekRecord(id: "r1", from: 120, to: 121)
    private static let answer = SeekRecord(id: "r1", from: nil, to: 121, state: .refused(reason: "it runs"))

    private static let seeds: [[UInt8]] = [
        flow.encoded, topic.encoded, configuration.encoded, position.encoded,
        SlotKey.owner.encoded, SlotKey.position(TopicPartition("orders", 12)).encoded,
        Array(TopicRecord.key("orders").utf8), Array(FlowRecord.key.utf8), Array(ConfigurationRecord.key.utf8),
        SlotOwner.claimed(transactionalID: "martlet.f.a-1.0").encoded,
        sought.encoded, seek.encoded, answer.encoded, SeekRecord.key(TopicPartition("orders", 12)),
    ]
    private static let snippets = [
        "{", "}", "[", "]", "\"", ",", ":", "-", "-1", "1e999", "9223372036854775807", "-9223372036854775808",
        "18446744073709551616", "0.5", "null", "true", "\\u0000", "\\ud800", "\u{0}", "/", "//0", "+0", "00", "\u{301}",
        "topic/", "seek/", "owner", "flow", "\"v\":1", "\"v\":2", "\"starts\":[]", "\"slots\":2147483648", "martlet.",
    ].map { Array($0.utf8) }

    private static func mutated(_ random: inout SimRandom) -> [UInt8] {
        var bytes = random.pick(from: seeds) ?? []
        for _ in 0..<random.pick(1...4) {
            let place = random.pick(0...bytes.count)
            let end = min(bytes.count, place + random.pick(1...8))
            switch random.pick(0...5) {
            case 0: bytes.replaceSubrange(place..<end, with: [UInt8(random.pick(0...255))])
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: random.pick(0...bytes.count))
            case 3: bytes.removeSubrange(place...)
            case 4: bytes.replaceSubrange(place..<end, with: (random.pick(from: seeds) ?? []).prefix(20))
            default: bytes.insert(contentsOf: random.pick(from: snippets) ?? [], at: place)
            }
        }
        return bytes
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `what is understood comes back as it was written, and all else is refused`(seed: UInt64) throws {
        var random = SimRandom(seed: seed)
        for round in 0..<500 {
            let bytes = Self.mutated(&random)
            let place: Comment = "seed \(seed), round \(round)"
            if let flow = try? FlowRecord(decoding: bytes) {
                #expect(try FlowRecord(decoding: flow.encoded) == flow, place)
            }
            if let topic = try? TopicRecord(decoding: bytes) {
                #expect(try TopicRecord(decoding: topic.encoded) == topic, place)
                #expect(topic.starts.allSatisfy { $0 >= 0 }, place)
            }
            if let configuration = try? ConfigurationRecord(decoding: bytes) {
                #expect(try ConfigurationRecord(decoding: configuration.encoded) == configuration, place)
            }
            if let position = try? Position(decoding: bytes) {
                #expect(try Position(decoding: position.encoded) == position, place)
                #expect(position.offset >= 0 && position.to.isLegalTopicName, place)
            }
            if let seek = try? SeekRecord(decoding: bytes) {
                #expect(try SeekRecord(decoding: seek.encoded) == seek, place)
                #expect(SeekRecord.isID(seek.id) && seek.to >= 0 && (seek.from ?? 0) >= 0, place)
            }
            if let source = SeekRecord.source(ofKey: bytes) { #expect(SeekRecord.key(source) == bytes, place) }
            if let key = SlotKey(decoding: bytes) { #expect(key.encoded == bytes, place) }
        }
    }

    /// Several hostile records in a row, on top of sound ones: each is taken or refused, and whatever was taken leads
    /// to slots and topics that exist.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `hostile topics leave a catalogue and a slot that can be used`(seed: UInt64) throws {
        var random = SimRandom(seed: seed)
        for round in 0..<100 {
            let place: Comment = "seed \(seed), round \(round)"
            var catalogue = Catalogue()
            var contents = SlotContents(slot: Slot(0), mark: 0)
            if random.chance(0.7) { try catalogue.apply(key: Array("flow".utf8), value: Self.flow.encoded) }
            for _ in 0..<8 {
                let (key, value) = (Self.mutated(&random), Self.mutated(&random))
                try? catalogue.apply(
                    key: random.pick(from: [key, Array("topic/t".utf8), Array("seek/t/0".utf8)]) ?? key, value: value)
                contents.apply(key: random.pick(from: [key, Array("t/0".utf8)]) ?? key, value: value)
            }
            for source in catalogue.partitions {
                #expect(source.topic.isLegalTopicName && !source.topic.isNeverMirroredTopic, place)
                guard let flow = catalogue.flow, let slot = catalogue.slot(of: source) else { continue }
                #expect((0..<flow.slots).contains(Int(slot.number)), place)
            }
            #expect(catalogue.nextBase >= 0, place)
            for (source, seek) in catalogue.seeks {
                #expect(source.topic.isLegalTopicName && !source.topic.isNeverMirroredTopic, place)
                #expect(seek.to >= 0, place)
            }
            for (source, position) in contents.positions {
                #expect(source.topic.isLegalTopicName && position.offset >= 0, place)
            }
        }
    }

    @Test(arguments: ["[", "{\"a\":", "[{\"v\":"])
    func `nesting without end is refused`(opening: String) {
        let text = "{\"v\":1,\"starts\":" + String(repeating: opening, count: 100_000)
        #expect(throws: RecordFault.self) { try TopicRecord(decoding: Array(text.utf8)) }
    }

    @Test(arguments: ["martlet.f.a-1.0", "martlet.f.A9.12"])
    func `a lane's id is taken for one of the flow`(id: String) {
        #expect(Self.definition.isTransactionalID(id))
    }

    /// Whoever may write to the positions topic could else have the producers of others fenced.
    @Test(arguments: [
        "", "-", "payments", "martlet.g.a.0", "martlet.f", "martlet.f.", "martlet.f.a", "martlet.f.a.0.1",
        "martlet.f..0", "martlet.f.a.0\u{0}x", "martlet.f.a b.0", "martlet.ff.a.0",
    ])
    func `the id of another program is none of the flow`(id: String) {
        #expect(!Self.definition.isTransactionalID(id))
    }

    private static let definition = FlowDefinition(
        name: "f", source: ClusterDefinition(name: "a", bootstrap: ""),
        destination: ClusterDefinition(name: "b", bootstrap: ""), topics: [])
}
