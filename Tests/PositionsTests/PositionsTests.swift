import Foundation
import Model
import Simulation
import Testing

@testable import Positions

private func text(_ random: inout SimRandom) -> String {
    let letters = Array("abcXYZ019.-_/\"\\é\u{1}漢 {}:,")
    return String((0..<random.pick(0...12)).map { _ in letters[random.pick(0...(letters.count - 1))] })
}

private func topic(_ random: inout SimRandom) -> String {
    let letters = Array("abcXYZ019.-_")
    let name = String((0..<random.pick(1...12)).map { _ in letters[random.pick(0...(letters.count - 1))] })
    return name.isLegalTopicName ? name : "t"
}

private func position(_ random: inout SimRandom) -> Position {
    Position(
        offset: Int64(random.next() >> 1), cluster: text(&random), to: topic(&random),
        reached: Int64(random.next() >> 1) - 1, since: Int64(bitPattern: random.next()),
        mark: random.chance(0.5)
            ? RecordMark(offset: Int64(bitPattern: random.next()), checksum: random.next()) : nil)
}

@Suite struct PositionTests {
    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func `a position comes back as it was written`(seed: UInt64) throws {
        var random = SimRandom(seed: seed)
        let position = position(&random)
        #expect(try Position(decoding: position.encoded) == position)
    }

    @Test func `a position is the JSON that the documentation shows`() {
        let position = Position(offset: 120, cluster: "Fs2", to: "orders", reached: 119, since: 1_760_000_000_000)
        #expect(
            String(decoding: position.encoded, as: UTF8.self)
                == #"{"v":1,"offset":120,"cluster":"Fs2","to":"orders","reached":119,"since":1760000000000}"#)
        var marked = position
        marked.mark = RecordMark(offset: 118, checksum: 0x9f)
        #expect(
            String(decoding: marked.encoded, as: UTF8.self)
                == #"{"v":1,"offset":120,"cluster":"Fs2","to":"orders","reached":119,"since":1760000000000,"#
                + #""mark":[118,"9f"]}"#)
    }

    @Test(arguments: 1...1_000 as ClosedRange<UInt64>)
    func `hostile bytes are refused or understood, and never crash`(seed: UInt64) {
        var random = SimRandom(seed: seed)
        var bytes = position(&random).encoded
        for _ in 0..<random.pick(1...6) where !bytes.isEmpty {
            let place = random.pick(0...(bytes.count - 1))
            switch random.pick(0...3) {
            case 0: bytes[place] = UInt8(random.pick(0...255))
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(contentsOf: bytes.suffix(random.pick(0...10)), at: place)
            default: bytes.removeLast(bytes.count - place)
            }
        }
        for hostile in [bytes, (0..<random.pick(0...40)).map { _ in UInt8(random.pick(0...255)) }] {
            let decoded = try? Position(decoding: hostile)
            if let decoded { #expect((try? Position(decoding: decoded.encoded)) == decoded) }
            _ = try? FlowRecord(decoding: hostile)
            _ = try? TopicRecord(decoding: hostile)
            _ = try? ConfigurationRecord(decoding: hostile)
            var contents = SlotContents(slot: Slot(0), mark: 0)
            contents.apply(key: hostile, value: hostile)
            contents.apply(key: Array("t/0".utf8), value: hostile)
            var catalogue = Catalogue()
            try? catalogue.apply(key: hostile, value: hostile)
            try? catalogue.apply(key: Array("topic/t".utf8), value: hostile)
            #expect(catalogue.slot(of: TopicPartition("t", 0)) == nil)
        }
    }

    @Test(arguments: ["", "null", "[]", "1", "\"v\"", "{}", "{\"v\":\"1\"}", "{\"v\":1", "{\"v\":1e99}", "{\"w\":1}"])
    func `what has no version is called unreadable`(text: String) {
        #expect(throws: RecordFault.unreadable(reason: "expected a JSON object with a version \"v\"")) {
            try Position(decoding: Array(text.utf8))
        }
    }

    @Test func `a version from the future is called so, even when all else differs`() {
        #expect(throws: RecordFault.unknownVersion(2)) { try Position(decoding: Array(#"{"v":2,"at":[]}"#.utf8)) }
        #expect(throws: RecordFault.unknownVersion(7)) { try TopicRecord(decoding: Array(#"{"v":7}"#.utf8)) }
    }

    /// -1 and -2 are words to librdkafka, and the end of a log is not where a flow stood.
    @Test(arguments: [
        #"{"v":1,"offset":-1,"cluster":"c","to":"t","reached":4,"since":3}"#,
        #"{"v":1,"offset":1,"cluster":"c","to":"t","reached":-2,"since":3}"#,
        #"{"v":1,"offset":1,"cluster":"c","to":"","reached":4,"since":3}"#,
        #"{"v":1,"offset":1,"cluster":"c","to":"t\u0000","reached":4,"since":3}"#,
        #"{"v":1,"offset":1,"cluster":"c","to":"martlet.a.control","reached":4,"since":3}"#,
        #"{"v":1,"offset":1,"cluster":"c","to":"__consumer_offsets","reached":4,"since":3}"#,
        #"{"v":0,"offset":1,"cluster":"c","to":"t","reached":4,"since":3}"#,
    ])
    func `a position that no flow can have written is refused`(text: String) {
        #expect(throws: RecordFault.self) { try Position(decoding: Array(text.utf8)) }
    }

    @Test func `a missing key is named, and the record is not shown`() {
        #expect(throws: RecordFault.unreadable(reason: "key \"cluster\" is missing")) {
            try Position(decoding: Array(#"{"v":1,"offset":5,"to":"secret","reached":1,"since":1}"#.utf8))
        }
    }

    @Test func `later keys of the same version are passed over`() throws {
        let later = #"{"v":1,"offset":5,"cluster":"c","to":"t","reached":4,"since":3,"epoch":9}"#
        #expect(
            try Position(decoding: Array(later.utf8))
                == Position(offset: 5, cluster: "c", to: "t", reached: 4, since: 3))
    }
}

@Suite struct SlotKeyTests {
    @Test(arguments: [
        TopicPartition("orders", 0), TopicPartition("a.b-c_d", 2_147_483_647), TopicPartition("owner", 1),
        TopicPartition("1", 2),
    ])
    func `a key of a position comes back as it was written`(source: TopicPartition) {
        #expect(SlotKey(decoding: SlotKey.position(source).encoded) == .position(source))
    }

    @Test func `the owner's key is no position, whatever a topic is called`() {
        #expect(SlotKey(decoding: SlotKey.owner.encoded) == .owner)
        #expect(SlotKey(decoding: Array("owner/0".utf8)) == .position(TopicPartition("owner", 0)))
    }

    @Test(arguments: [
        "", "/", "/1", "orders", "orders/", "orders/-1", "orders/x", "orders/99999999999", "orders/1 ", "orders/+1",
        "orders/01", "or ders/1", "a/b/1", "../1", "orders\u{0}/1", "\u{F6}/1",
    ])
    func `other keys are nobody's`(key: String) {
        #expect(SlotKey(decoding: Array(key.utf8)) == nil)
    }

    @Test(arguments: [SlotOwner.released, .claimed(transactionalID: "martlet.flow.a-1.0")])
    func `an owner comes back as it was written`(owner: SlotOwner) {
        #expect(SlotOwner(decoding: owner.encoded) == owner)
    }
}

@Suite struct SlotContentsTests {
    private let source = TopicPartition("t", 3)
    private let key = SlotKey.position(TopicPartition("t", 3)).encoded

    @Test func `the last record of a key counts`() {
        var contents = SlotContents(slot: Slot(0), mark: 9)
        for offset in [1, 5, 3] as [Int64] {
            let position = Position(offset: offset, cluster: "c", to: "t", reached: -1, since: 0)
            contents.apply(key: key, value: position.encoded)
        }
        #expect(contents.positions[source]?.offset == 3)
        contents.apply(key: key, value: nil)
        #expect(contents.positions[source] == nil)
    }

    @Test func `a broken record hides the sound one before it, and a sound one heals it`() {
        let position = Position(offset: 4, cluster: "c", to: "t", reached: -1, since: 0)
        var contents = SlotContents(slot: Slot(0), mark: 9)
        contents.apply(key: key, value: position.encoded)
        contents.apply(key: key, value: Array("{".utf8))
        #expect(contents.positions[source] == nil)
        #expect(contents.unreadable[source] != nil)
        contents.apply(key: key, value: position.encoded)
        #expect(contents.positions[source] == position)
        #expect(contents.unreadable.isEmpty)
    }

    @Test func `the last owner counts, and a tombstone means nobody`() {
        var contents = SlotContents(slot: Slot(0), mark: 9)
        #expect(contents.owner == nil)
        contents.apply(key: SlotKey.owner.encoded, value: Array("a.0".utf8))
        contents.apply(key: SlotKey.owner.encoded, value: Array("-".utf8))
        #expect(contents.owner == .released)
        contents.apply(key: SlotKey.owner.encoded, value: nil)
        #expect(contents.owner == nil)
    }

    @Test func `keys of a later version are passed over`() {
        var contents = SlotContents(slot: Slot(0), mark: 9)
        contents.apply(key: Array("lease".utf8), value: Array("x".utf8))
        #expect(contents == SlotContents(slot: Slot(0), mark: 9))
    }
}
