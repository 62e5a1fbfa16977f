import Log
import Mirror
import Model
import Positions
import RdKafka
import Testing

/// Requests to set positions, from the side of whoever asks: a control topic inside this process, whose owners are
/// played by the test.
@Suite struct PositionsRequestTests {
    private static let wishes: [TopicPartition: PositionsRequest.Wish] = [
        TopicPartition("orders", 0): .init(from: 120, to: 121), TopicPartition("orders", 1): .init(from: nil, to: 0),
    ]

    /// Waits long: what a busy machine does slowly is no silence.
    private static func request(_ flow: FlowDefinition) -> PositionsRequest {
        PositionsRequest(flow, wishes, logger: Owner.silent, waitMilliseconds: 600_000)
    }

    @Test func `each answer is told, and nothing is left in the topic`() throws {
        let owner = try Owner()
        var told: [TopicPartition: PositionsRequest.Answer] = [:]
        let answers = try owner.flow { flow in
            try Self.request(flow).run(
                until: {
                    owner.answerOnce { $0.partition == 0 ? .applied : .refused(reason: "it runs") }
                    return false
                }, tell: { told[$0] = $1 })
        }
        #expect(answers.sorted { $0.key < $1.key }.map(\.value) == [.applied, .refused(reason: "it runs")])
        #expect(told == answers)
        #expect(owner.asked.mapValues { PositionsRequest.Wish(from: $0.from, to: $0.to) } == Self.wishes)
        #expect(try owner.read().seeks.isEmpty)
    }

    @Test func `what nobody answers is taken back`() throws {
        let owner = try Owner()
        let answers = try owner.flow { flow in
            try Self.request(flow).run(
                until: { owner.hasSeenAll(of: Self.wishes.count) }, tell: { _, _ in })
        }
        #expect(answers == Self.wishes.mapValues { _ in .silence })
        #expect(owner.asked.count == 2)
        #expect(try owner.read().seeks.isEmpty)
    }

    @Test func `an answer in the last moment counts`() throws {
        let owner = try Owner()
        let answers = try owner.flow { flow in
            try Self.request(flow).run(
                until: {
                    guard owner.hasSeenAll(of: Self.wishes.count) else { return false }
                    owner.answerOnce { _ in .applied }
                    return true
                }, tell: { _, _ in })
        }
        #expect(answers == Self.wishes.mapValues { _ in .applied })
    }

    @Test func `a request of another command replaces this one, and is left alone`() throws {
        let owner = try Owner()
        let source = TopicPartition("orders", 0)
        let other = SeekRecord(id: "other", from: 120, to: 5)
        var isReplaced = false
        let answers = try owner.flow { flow in
            try Self.request(flow).run(
                until: {
                    guard !isReplaced, owner.hasSeenAll(of: Self.wishes.count) else { return false }
                    isReplaced = true
                    owner.answerOnce { $0.partition == 1 ? .applied : nil }
                    owner.write(SeekRecord.key(source), other.encoded)
                    return false
                }, tell: { _, _ in })
        }
        #expect(answers.sorted { $0.key < $1.key }.map(\.value) == [.replaced, .applied])
        #expect(try owner.read().seeks == [source: other])
    }
}

/// The processes of a flow, as far as its control topic shows them. Used by one thread.
private final class Owner {
    private static let topic = TopicPartition("martlet.east-west.control", 0)
    static let silent = Logger(level: .error, format: .text) { _ in }

    private let cluster: MockCluster
    private var producer: LoadProducer
    private var reader: LogReader
    private var catalogue = Catalogue()
    private var answered: Set<String> = []
    /// Every request that was seen.
    private(set) var asked: [TopicPartition: SeekRecord] = [:]

    init() throws {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic(Self.topic.topic, partitions: 1, replicationFactor: 1)
        let configuration = ClientConfiguration(bootstrap: cluster.bootstrap, properties: [], clientID: "owner")
        producer = try LoadProducer(configuration) { _ in }
        var reader = try LogReader(configuration) { _ in }
        try reader.assign([Self.topic: 0])
        self.reader = reader
        self.cluster = cluster
    }

    /// For a flow that leads to this cluster; the cluster lives as long as `body` runs.
    func flow<Result>(_ body: (FlowDefinition) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) {
            try body(
                FlowDefinition(
                    name: "east-west", source: ClusterDefinition(name: "east", bootstrap: ""),
                    destination: ClusterDefinition(name: "west", bootstrap: cluster.bootstrap), topics: []))
        }
    }

    func write(_ key: [UInt8], _ value: [UInt8]?) {
        #expect(throws: Never.self) {
            let isTaken = try producer.produce(LoadRecord(Self.topic, key: key, value: value), ticket: 0)
            #expect(isTaken)
            try producer.flush(timeoutMilliseconds: 10_000)
        }
    }

    /// Answers what was not answered before.
    func answerOnce(_ state: (TopicPartition) -> SeekRecord.State?) {
        take()
        for (source, request) in asked where !answered.contains("\(source)") {
            guard let state = state(source) else { continue }
            answered.insert("\(source)")
            var answer = request
            answer.state = state
            write(SeekRecord.key(source), answer.encoded)
        }
    }

    func hasSeenAll(of count: Int) -> Bool {
        take()
        return asked.count == count
    }

    private func take() {
        for case .record(let record) in reader.poll(waitMilliseconds: 10, upTo: 100) { note(record) }
    }

    private func note(_ record: LogRecord) {
        #expect(throws: Never.self) { try catalogue.apply(key: record.key ?? [], value: record.value) }
        for (source, request) in catalogue.seeks where request.state == .asked && request.id != "other" {
            asked[source] = request
        }
    }

    /// What the topic says at its end.
    func read() throws -> Catalogue {
        let configuration = ClientConfiguration(bootstrap: cluster.bootstrap, properties: [], clientID: "test")
        let end = try AdminClient(configuration) { _ in }
            .watermarks(of: Self.topic, timeoutMilliseconds: 10_000).high
        var reader = try LogReader(configuration) { _ in }
        try reader.assign([Self.topic: 0])
        var catalogue = Catalogue()
        var next: Int64 = 0
        let deadline = ContinuousClock.now + .seconds(60)
        while next < end {
            try #require(ContinuousClock.now < deadline, "the topic cannot be read to its end")
            for case .record(let record) in reader.poll(waitMilliseconds: 100, upTo: 100) {
                try catalogue.apply(key: record.key ?? [], value: record.value)
                next = record.offset + 1
            }
        }
        return catalogue
    }
}
