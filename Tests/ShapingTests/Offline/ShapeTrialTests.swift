import Model
import Shaping
import Testing

struct ShapeTrialTests {
    static func shape(_ change: (inout SanitizePolicy) -> Void = { _ in }) -> ShapeDefinition {
        var policy = SanitizePolicy(topics: [.literal("orders")])
        change(&policy)
        var sanitize = SanitizeDefinition(key: Secret(Array("a key of sixteen bytes".utf8)))
        sanitize.policies = [policy]
        var shape = ShapeDefinition()
        shape.sanitize = sanitize
        return shape
    }

    private func record(_ value: String?, key: String? = nil, offset: Int64 = 0) -> SampleRecord {
        SampleRecord(offset: offset, key: key.map { Array($0.utf8) }, value: value.map { Array($0.utf8) })
    }

    private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    private func rule(_ path: String, _ action: SanitizeAction) throws -> SanitizeRule {
        SanitizeRule(.value(try #require(JSONPath(parsing: path))), action)
    }

    @Test func `a record arrives as the lane's sanitizer leaves it`() throws {
        let name = try rule("$.name", .mask(with: "#", length: 4))
        var trial = try ShapeTrial(
            Self.shape { policy in
                policy.rules = [name, SanitizeRule(.header("trace"), .drop)]
                policy.keepsKey = true
            }, topic: "orders")
        var sample = record(#"{"name":"Ada","age":36}"#, key: "k1")
        sample.headers = [
            RecordHeader("trace", [1]), RecordHeader("Cookie", [2]), RecordHeader("other", Array("secret".utf8)),
        ]
        let result = trial.run(sample)
        #expect(result.verdict == .taken)
        #expect(text(result.after?.value) == "{\"name\":\"####\",\"age\":0}")
        #expect(text(result.after?.key) == "k1")
        #expect(result.after?.headers == [RecordHeader("other", Array("***".utf8))])
        #expect(result.counts.hits == [1, 1])
        #expect(result.counts.unlisted == 2)
        #expect(result.counts.credentials == 1)
    }

    @Test func `counts are those of one record, hits without any those of all`() throws {
        let rules = [try rule("$.items[*].sku", .hash), try rule("$.never", .drop)]
        var trial = try ShapeTrial(Self.shape { $0.rules = rules }, topic: "orders")
        #expect(trial.run(record(#"{"items":[{"sku":"a"},{"sku":"b"}]}"#)).counts.hits == [2, 0])
        #expect(trial.run(record(#"{"items":[{"sku":"a"}]}"#)).counts.hits == [1, 0])
        #expect(trial.rulesWithoutHits == [rules[1]])
    }

    @Test(arguments: SanitizePolicy.FailurePolicy.allCases)
    func `a record that cannot be sanitized ends as its policy says`(policy: SanitizePolicy.FailurePolicy) throws {
        var trial = try ShapeTrial(Self.shape { $0.onUnparseable = policy }, topic: "orders")
        let result = trial.run(record("{\"name\":\"Ada"))
        switch (policy, result.verdict) {
        case (.quarantine, .aside(let reason)), (.drop, .leftOut(let reason)), (.stop, .stops(let reason)):
            #expect(reason.hasPrefix("unparseable at value") && !reason.contains("Ada"))
            #expect(result.after == nil)
        case (.nullValue, .taken):
            #expect(result.after != nil && result.after?.value == nil)
        default: Issue.record("\(policy): \(result.verdict)")
        }
        #expect(result.failure?.kind == .unparseable)
        #expect(trial.run(record("{}")).failure == nil)
    }

    @Test func `a topic without a policy passes, and that is told`() throws {
        var trial = try ShapeTrial(Self.shape(), topic: "others")
        #expect(trial.policy == nil)
        #expect(trial.run(record("x")).after == record("x"))
    }

    @Test func `a sample's decision has its reason`() throws {
        var sample = SampleDefinition(topics: [.literal("orders")], mode: .everyNth)
        sample.nth = 10
        var shape = ShapeDefinition()
        shape.sample = [sample]
        var trial = try ShapeTrial(shape, topic: "orders")
        let results = (0..<10).map { trial.run(record("{}", offset: $0)) }
        #expect(results.count { $0.verdict == .taken } == 1)
        #expect(results.count { $0.verdict == .sampledOut && $0.after == nil } == 9)
        #expect(results[0].sampling == "taken: every_nth, its offset is one of every 10")
        #expect(results[1].sampling == "left out: every_nth, its offset is not one of every 10")
        var other = try ShapeTrial(shape, topic: "others")
        #expect(other.run(record("{}")).sampling == "taken: no rule of `sample` names the topic")
    }

    @Test(arguments: [SampleDefinition.MissingIDPolicy.drop, .keep, .stop])
    func `that a record has no id is told, whatever follows from it`(policy: SampleDefinition.MissingIDPolicy) throws {
        var sample = SampleDefinition(topics: [.literal("orders")], mode: .byID)
        sample.ids = [.init(topics: [.literal("orders")], place: .value(try #require(JSONPath(parsing: "$.id"))))]
        sample.ratio = 0.05
        sample.onMissingID = policy
        var shape = ShapeDefinition()
        shape.sample = [sample]
        var trial = try ShapeTrial(shape, topic: "orders")
        let result = trial.run(record("{}"))
        #expect(result.sampling.contains("the id's path leads to no text and no number in the value"))
        switch policy {
        case .drop: #expect(result.verdict == .sampledOut)
        case .keep: #expect(result.verdict == .taken)
        case .stop: #expect(result.verdict.isStop)
        }
        let known = (0..<400).map { trial.run(record(#"{"id":\#($0)}"#)) }
        let taken = known.filter { $0.verdict == .taken }
        #expect((1...80).contains(taken.count))
        #expect(taken.allSatisfy { $0.sampling == "taken: by_id, its id is among the 5 % of them" })
    }

    @Test func `an id is taken from the last header of its name`() throws {
        var sample = SampleDefinition(topics: [.literal("orders")], mode: .byID)
        sample.ids = [.init(topics: [.literal("orders")], place: .header("id"))]
        sample.ratio = 0.5
        var shape = ShapeDefinition()
        shape.sample = [sample]
        var trial = try ShapeTrial(shape, topic: "orders")
        func verdict(_ ids: [String]) -> ShapeTrial.Verdict {
            var record = record("{}")
            record.headers = ids.map { RecordHeader("id", Array($0.utf8)) }
            return trial.run(record).verdict
        }
        let ids = (0..<40).map { "id\($0)" }
        #expect(Set(ids.map { verdict([$0]) }) == [.taken, .sampledOut])
        for id in ids { #expect(verdict(["id0", "id1", id]) == verdict([id])) }
    }
}

extension ShapeTrial.Verdict {
    fileprivate var isStop: Bool { if case .stops = self { true } else { false } }
}

struct MaskedDisplayTests {
    private func shown(_ text: String) -> String? { MaskedDisplay().text(of: Array(text.utf8)) }

    @Test func `every leaf is masked, and nothing else is shown`() {
        #expect(
            shown(#"{"name":"Ada","age":36,"ok":true,"tags":["a",{"b":null}]}"#)
                == #"{"name":"***","age":0,"ok":false,"tags":["***",{"b":null}]}"#)
        for text in [#""Ada""#, "36", "true"] { #expect(shown(text) == "***") }
        #expect(shown("Ada") == "*** (no JSON, 3 bytes)")
        #expect(shown(#"{"name":"Ada"#) == "*** (no JSON, 12 bytes)")
        #expect(MaskedDisplay().text(of: nil) == nil)
    }

    @Test func `a key or a header tells not even its length, unless it is a document`() {
        #expect(MaskedDisplay().word(of: Array("Ada".utf8)) == "***")
        #expect(MaskedDisplay().word(of: []) == "***")
        #expect(MaskedDisplay().word(of: Array(#"{"id":7}"#.utf8)) == #"{"id":0}"#)
        #expect(MaskedDisplay().word(of: nil) == nil)
    }

    @Test func `no byte of a record moves the cursor of a terminal`() {
        #expect(Array("a\u{1b}[2J\u{202e}b\u{9b}\nä".utf8).displayed == "a\\u{1b}[2J\\u{202e}b\\u{9b}\\u{a}ä")
        #expect([0xFF, 0x41].displayed == "\u{FFFD}A")
    }
}

struct SampleLinesTests {
    private func lines(_ text: String, withKeys: Bool = false, upTo limit: Int = .max) throws -> [SampleRecord] {
        try SampleRecord.lines(of: Array(text.utf8), withKeys: withKeys, upTo: limit)
    }

    @Test func `a line is a value at the offset of its line`() throws {
        let records = try lines("a\r\n\nb\tc\n\n")
        #expect(records.map(\.value) == [Array("a".utf8), Array("b\tc".utf8)])
        #expect(records.map(\.offset) == [0, 2])
        #expect(records.map(\.key) == [nil, nil])
        #expect(try lines("a\nb", upTo: 1).count == 1)
    }

    @Test func `with keys a line is a key, a tab and a value, each of which may be null`() throws {
        let records = try lines("k\tv\tw\n\tv\nk\t", withKeys: true)
        #expect(records.map(\.key) == [Array("k".utf8), nil, Array("k".utf8)])
        #expect(records.map(\.value) == [Array("v\tw".utf8), Array("v".utf8), nil])
        #expect(throws: SampleRecord.LineWithoutTab.self) { try lines("k\tv\nsecret", withKeys: true) }
    }
}
