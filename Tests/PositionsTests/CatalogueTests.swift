import Model
import Simulation
import Testing

@testable import Positions

extension Catalogue {
    fileprivate mutating func add(_ flow: FlowRecord) throws {
        try apply(key: Array(FlowRecord.key.utf8), value: flow.encoded)
    }

    fileprivate mutating func add(_ topic: String, _ record: TopicRecord) throws {
        try apply(key: Array(TopicRecord.key(topic).utf8), value: record.encoded)
    }
}

@Suite struct CatalogueTests {
    private let flow = FlowRecord(slots: 4, cluster: "source", began: 1)

    @Test func `records of the control topic come back as they were written`() throws {
        let topic = TopicRecord(base: 3, initialPartitions: 2, starts: [0, 9, 5], since: 77)
        let configuration = ConfigurationRecord(revision: 3, settings: "delivery: exactly-once\n\"x\"")
        #expect(try FlowRecord(decoding: flow.encoded) == flow)
        #expect(try TopicRecord(decoding: topic.encoded) == topic)
        #expect(try ConfigurationRecord(decoding: configuration.encoded) == configuration)
    }

    @Test func `the flow's first record stands for ever`() throws {
        var catalogue = Catalogue()
        try catalogue.add(flow)
        try catalogue.add(FlowRecord(slots: 99, cluster: "another", began: 2))
        #expect(catalogue.flow == flow)
    }

    @Test(arguments: [
        TopicRecord(base: 1, initialPartitions: 2, starts: [5, 6], since: 0),
        TopicRecord(base: 0, initialPartitions: 3, starts: [5, 6, 7], since: 0),
        TopicRecord(base: 0, initialPartitions: 2, starts: [5, 7], since: 0),
        TopicRecord(base: 0, initialPartitions: 1, starts: [5], since: 0),
    ])
    func `a topic's record that contradicts an earlier one is refused, and the earlier stands`(
        later: TopicRecord
    ) throws {
        var catalogue = Catalogue()
        let first = TopicRecord(base: 0, initialPartitions: 2, starts: [5, 6], since: 0)
        try catalogue.add(flow)
        try catalogue.add("t", first)
        #expect(throws: RecordFault.self) { try catalogue.add("t", later) }
        #expect(catalogue.topics["t"] == first)
    }

    @Test func `a topic that grew keeps its slots, and the next one's base counts what it began with`() throws {
        var catalogue = Catalogue()
        try catalogue.add(flow)
        try catalogue.add("t", TopicRecord(base: 0, initialPartitions: 2, starts: [0, 0], since: 0))
        let before = catalogue.slot(of: TopicPartition("t", 1))
        try catalogue.add("t", TopicRecord(base: 0, initialPartitions: 2, starts: [0, 0, 8], since: 0))
        #expect(catalogue.slot(of: TopicPartition("t", 1)) == before)
        #expect(catalogue.slot(of: TopicPartition("t", 2)) == Slot(2))
        #expect(catalogue.nextBase == 2)
    }

    @Test func `nothing has a slot before the flow, its topic and its partition are known`() throws {
        var catalogue = Catalogue()
        let topic = TopicRecord(base: 3, initialPartitions: 2, starts: [0, 0], since: 0)
        try catalogue.add("t", topic)
        #expect(catalogue.slot(of: TopicPartition("t", 0)) == nil)
        try catalogue.add(flow)
        #expect(catalogue.slot(of: TopicPartition("t", 0)) == Slot(1))
        #expect(catalogue.slot(of: TopicPartition("t", 1)) == Slot(0))
        #expect(catalogue.slot(of: TopicPartition("t", 2)) == nil)
        #expect(catalogue.slot(of: TopicPartition("u", 0)) == nil)
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func `registered one after the other, topics fill the slots evenly`(seed: UInt64) throws {
        var random = SimRandom(seed: seed)
        var catalogue = Catalogue()
        try catalogue.add(flow)
        for number in 0..<random.pick(1...10) {
            let count = random.pick(1...9)
            let starts = [Int64](repeating: 0, count: count)
            try catalogue.add(
                "t\(number)",
                TopicRecord(base: catalogue.nextBase, initialPartitions: count, starts: starts, since: 0))
        }
        var loads = [Int](repeating: 0, count: flow.slots)
        for source in catalogue.partitions { loads[Int(try #require(catalogue.slot(of: source)).number)] += 1 }
        #expect(try #require(loads.max()) - (try #require(loads.min())) <= 1)
    }

    @Test func `the newest configuration counts, and an older one that comes later does not`() throws {
        var catalogue = Catalogue()
        let key = Array(ConfigurationRecord.key.utf8)
        for (revision, settings) in [(1, "a"), (3, "b"), (2, "c"), (3, "d")] {
            let record = ConfigurationRecord(revision: revision, settings: settings)
            try catalogue.apply(key: key, value: record.encoded)
        }
        #expect(catalogue.configuration == ConfigurationRecord(revision: 3, settings: "d"))
    }

    @Test(arguments: [
        #"{"v":1,"slots":0,"cluster":"c","began":0}"#, #"{"v":1,"slots":-3,"cluster":"c","began":0}"#,
    ])
    func `a flow without slots is refused`(text: String) {
        #expect(throws: RecordFault.self) { try FlowRecord(decoding: Array(text.utf8)) }
    }

    @Test(arguments: [
        #"{"v":1,"base":-1,"initialPartitions":1,"starts":[0],"since":0}"#,
        #"{"v":1,"base":0,"initialPartitions":0,"starts":[],"since":0}"#,
        #"{"v":1,"base":0,"initialPartitions":2,"starts":[0],"since":0}"#,
        #"{"v":1,"base":0,"initialPartitions":1,"starts":[-1],"since":0}"#,
    ])
    func `a topic's record that makes no sense is refused`(text: String) {
        #expect(throws: RecordFault.self) { try TopicRecord(decoding: Array(text.utf8)) }
    }

    @Test func `an extreme base cannot bring the slot's number out of range`() throws {
        var catalogue = Catalogue()
        try catalogue.add(flow)
        let text = "{\"v\":1,\"base\":\(Int.max),\"initialPartitions\":2,\"starts\":[0,0],\"since\":0}"
        try? catalogue.apply(key: Array(TopicRecord.key("t").utf8), value: Array(text.utf8))
        for source in catalogue.partitions {
            if let slot = catalogue.slot(of: source) { #expect(slot.number >= 0 && slot.number < 4) }
        }
        #expect(catalogue.nextBase >= 0)
    }

    @Test(
        arguments: [.asked, .applied, .refused(reason: "its position is \"7\", and was 3\\")] as [SeekRecord.State],
        [nil, 0, .max] as [Int64?])
    func `a request to set a position comes back as it was written`(state: SeekRecord.State, from: Int64?) throws {
        let record = SeekRecord(id: "r1k.-_Z", from: from, to: 12, state: state)
        #expect(try SeekRecord(decoding: record.encoded) == record)
        let source = TopicPartition("a.b_c-d", 12)
        #expect(SeekRecord.source(ofKey: SeekRecord.key(source)) == source)
    }

    @Test(arguments: [
        #"{"v":1,"from":0,"to":1}"#, #"{"v":1,"id":"","to":1}"#, #"{"v":1,"id":"a b","to":1}"#,
        #"{"v":1,"id":"a\"","to":1}"#, #"{"v":1,"id":"a","to":-1}"#, #"{"v":1,"id":"a","from":-2,"to":1}"#,
        #"{"v":1,"id":"a"}"#, #"{"v":1,"id":"a","to":1,"outcome":"perhaps"}"#,
        #"{"v":1,"id":"a","to":1,"outcome":"refused"}"#, #"{"v":1,"id":"a","to":1,"reason":"none"}"#,
        #"{"v":1,"id":"a","to":1,"outcome":"refused","reason":"\u001b[2J"}"#, #"{"v":2,"id":"a","to":1}"#,
    ])
    func `a request that makes no sense is refused, and what it replaces is asked for no more`(text: String) throws {
        var catalogue = Catalogue()
        let key = SeekRecord.key(TopicPartition("t", 0))
        try catalogue.apply(key: key, value: SeekRecord(id: "r1", from: 0, to: 1).encoded)
        #expect(throws: RecordFault.self) { try catalogue.apply(key: key, value: Array(text.utf8)) }
        #expect(catalogue.seeks.isEmpty)
    }

    @Test func `the last record of a request counts, and a tombstone takes it away`() throws {
        var catalogue = Catalogue()
        let source = TopicPartition("t", 0)
        var record = SeekRecord(id: "r1", from: 0, to: 1)
        try catalogue.apply(key: SeekRecord.key(source), value: record.encoded)
        record.state = .applied
        try catalogue.apply(key: SeekRecord.key(source), value: record.encoded)
        #expect(catalogue.seeks == [source: record])
        try catalogue.apply(key: SeekRecord.key(source), value: nil)
        #expect(catalogue == Catalogue())
    }

    @Test(arguments: [
        "seek/", "seek/owner", "seek/t", "seek/t/-1", "seek/t/01", "seek/a b/0", "seek/martlet.f.control/0",
    ])
    func `a request for a partition that cannot be is refused`(key: String) {
        var catalogue = Catalogue()
        let record = SeekRecord(id: "r1", from: 0, to: 1)
        #expect(throws: RecordFault.self) { try catalogue.apply(key: Array(key.utf8), value: record.encoded) }
        #expect(catalogue.seeks.isEmpty)
    }

    @Test func `a reason is one short line, whatever it was made of`() throws {
        let reason = "a\u{1b}[2J\nb\u{202e}" + String(repeating: "\u{e9}", count: 3_000)
        let record = SeekRecord(id: "r1", from: 0, to: 1, state: .refused(reason: reason))
        guard case .refused(let shown) = try SeekRecord(decoding: record.encoded).state else {
            Issue.record("another state")
            return
        }
        #expect(shown.hasPrefix("a [2J b ") && shown.utf8.count <= 2_000 && shown.utf8.count > 1_990)
    }

    @Test(arguments: ["", "..", "a b", "a/b", "martlet.other.control", "__consumer_offsets", "a\u{0}"])
    func `an entry of a topic that no selection reaches is refused`(name: String) throws {
        var catalogue = Catalogue()
        try catalogue.add(flow)
        let record = TopicRecord(base: 0, initialPartitions: 1, starts: [0], since: 0)
        #expect(throws: RecordFault.self) { try catalogue.add(name, record) }
        #expect(catalogue.partitions.isEmpty)
    }
}
