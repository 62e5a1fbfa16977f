import Model
import RdKafka
import Records
import TestSupport
import Testing

@testable import KafkaPorts

/// Both clients at work, on librdkafka's mock cluster.
@Suite struct PairedConsumersTests {
    private static let topic = "topic"
    private static let partitions: Int32 = 40

    private static func configuration(_ cluster: MockCluster, _ settings: [String: String]) -> ClientConfiguration {
        var configuration = ClientConfiguration(bootstrap: cluster.bootstrap, properties: [], clientID: "source")
        let own = [
            "group.id": "unused", "enable.auto.commit": "false", "enable.auto.offset.store": "false",
            "auto.offset.reset": "error", "enable.partition.eof": "true", "fetch.wait.max.ms": "10",
        ]
        for (name, value) in own.merging(settings, uniquingKeysWith: { $1 }) { configuration.set(name, value) }
        return configuration
    }

    private static var nimble: QuietPartitions.Limits {
        var limits = QuietPartitions.Limits()
        (limits.partitionsMax, limits.quietMin, limits.movesMax) = (10, 1, 1_000)
        (limits.windowWeightMax, limits.spanWeightMax, limits.spansMax) = (2, 1, 1)
        limits.knownMax = 12
        return limits
    }

    private static func paired(
        _ cluster: MockCluster, askForEnds: @escaping ([TopicPartition]) -> [TopicPartition: Int64] = { _ in [:] }
    ) throws -> PairedConsumers {
        try paired(
            cluster,
            makeQuiet: { () throws(KafkaFault) in
                try SourceConsumer(
                    configuration(cluster, ["queued.min.messages": "1"]), stopsAtFirstRecord: true, log: { _ in })
            }, askForEnds: askForEnds)
    }

    private static func paired(
        _ cluster: MockCluster, makeQuiet: @escaping () throws(KafkaFault) -> SourceConsumer,
        askForEnds: @escaping ([TopicPartition]) -> [TopicPartition: Int64] = { _ in [:] }
    ) throws -> PairedConsumers {
        try PairedConsumers(
            PairedConsumers.Clients(
                makeLively: { () throws(KafkaFault) in
                    try SourceConsumer(configuration(cluster, [:]), log: { _ in })
                },
                makeQuiet: makeQuiet, askForEnds: askForEnds),
            limits: nimble)
    }

    private static func starts(_ indexes: [Int32], at offsets: [Int32: Int64]) -> [RdKafka.PartitionStart] {
        indexes.map {
            RdKafka.PartitionStart(index: $0, partition: TopicPartition(topic, $0), offset: offsets[$0] ?? 0)
        }
    }

    @Test(arguments: 1...3)
    func `across moves, seeks and absences every record is handed out once, in its order`(seed: Int) throws {
        let cluster = try MockCluster(brokers: 2)
        try cluster.createTopic(Self.topic, partitions: Self.partitions, replicationFactor: 1)
        var load = try Load(cluster)
        var random = SeededGenerator(seed: UInt64(seed))
        let all = Array(0..<Self.partitions)
        var run = Run(try Self.paired(cluster))
        try run.consumers.assign(Self.starts(all, at: [:]), handedOutFrom: all.map { _ in 0 })
        for round in 0..<60 {
            // Now these bring records, now those, and most of them none.
            let hot = Int32(round / 6 * 7) % Self.partitions
            try load.send(20, to: hot)
            try load.send(1, to: Int32.random(in: 0..<Self.partitions, using: &random))
            for _ in 0..<Int.random(in: 5...15, using: &random) { run.poll() }
            if round % 10 == 9 {
                let sought = [hot, Int32.random(in: 0..<Self.partitions, using: &random)]
                let indexes = Array(Set(sought))
                for index in indexes where run.next[index] != nil { run.next[index]! /= 2 }
                try run.consumers.seek(
                    Self.starts(indexes, at: run.next), handedOutFrom: indexes.map { run.next[$0] ?? 0 })
            }
            if round % 10 == 4 {
                let index = Int32.random(in: 0..<Self.partitions, using: &random)
                try run.consumers.unassign([index])
                for _ in 0..<3 { run.poll() }
                try run.consumers.assign(Self.starts([index], at: run.next), handedOutFrom: [run.next[index] ?? 0])
            }
        }
        let deadline = ContinuousClock.now + .seconds(120)
        while run.next != load.sent {
            try #require(ContinuousClock.now < deadline, "seed \(seed): records that never come")
            run.poll()
        }
        #expect(run.disorder.isEmpty, "seed \(seed)")
        #expect(run.moves > 20, "seed \(seed)")
    }

    @Test func `few partitions have no second client`() throws {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic(Self.topic, partitions: 10, replicationFactor: 1)
        var run = Run(
            try Self.paired(
                cluster,
                makeQuiet: { () throws(KafkaFault) in
                    Issue.record("it is made")
                    return try SourceConsumer(Self.configuration(cluster, [:]), log: { _ in })
                }))
        let few = Array(Int32(0)..<10)
        try run.consumers.assign(Self.starts(few, at: [:]), handedOutFrom: few.map { _ in 0 })
        let deadline = ContinuousClock.now + .seconds(120)
        while run.endsSeen.count < 10 {
            try #require(ContinuousClock.now < deadline)
            run.poll()
        }
        for _ in 0..<100 { run.poll() }
    }

    @Test func `partitions whose second client cannot be made are read as before`() throws {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic(Self.topic, partitions: Self.partitions, replicationFactor: 1)
        var load = try Load(cluster)
        let all = Array(0..<Self.partitions)
        var refusals = 0
        var run = Run(
            try Self.paired(
                cluster,
                makeQuiet: { () throws(KafkaFault) in
                    refusals += 1
                    return try SourceConsumer(Self.configuration(cluster, ["no.such": "thing"]), log: { _ in })
                }))
        try run.consumers.assign(Self.starts(all, at: [:]), handedOutFrom: all.map { _ in 0 })
        let deadline = ContinuousClock.now + .seconds(120)
        while refusals == 0 {
            try #require(ContinuousClock.now < deadline)
            run.poll()
        }
        for index in all { try load.send(1, to: index) }
        while run.next != load.sent {
            try #require(ContinuousClock.now < deadline)
            run.poll()
        }
        #expect(run.disorder.isEmpty)
    }

    @Test func `of many partitions those that stand at their end are the quiet client's from the beginning`() throws {
        let cluster = try MockCluster(brokers: 2)
        try cluster.createTopic(Self.topic, partitions: Self.partitions, replicationFactor: 1)
        var load = try Load(cluster)
        for index in Int32(0)..<Self.partitions { try load.send(index < 2 ? 30 : 1, to: index) }
        let all = Array(0..<Self.partitions)
        let ends = load.sent
        var asked: [Int] = []
        var run = Run(
            try Self.paired(
                cluster,
                askForEnds: { partitions in
                    asked.append(partitions.count)
                    // Of one no end is known.
                    return Dictionary(
                        uniqueKeysWithValues: partitions.filter { $0.partition != 39 }
                            .map { ($0, ends[$0.partition]!) })
                }))
        // Their reading begins below what is handed out, as it does where a log is to be proved.
        try run.consumers.assign(Self.starts(all, at: [:]), handedOutFrom: all.map { $0 == 0 ? 0 : ends[$0]! })
        let (quiet, known) = (run.consumers.quietCount, run.consumers.knownCount)
        #expect(quiet == 38 && known == 2 && asked == [40])
        let deadline = ContinuousClock.now + .seconds(120)
        while run.next != load.sent {
            try #require(ContinuousClock.now < deadline)
            run.poll()
        }
        #expect(run.disorder.isEmpty)
    }

    @Test func `a lively client that knows much more than it reads is replaced`() throws {
        let cluster = try MockCluster(brokers: 2)
        try cluster.createTopic(Self.topic, partitions: Self.partitions, replicationFactor: 1)
        var load = try Load(cluster)
        let all = Array(0..<Self.partitions)
        var run = Run(try Self.paired(cluster))
        try run.consumers.assign(Self.starts(all, at: [:]), handedOutFrom: all.map { _ in 0 })
        let before = run.consumers.knownCount
        #expect(before == 40)
        let deadline = ContinuousClock.now + .seconds(120)
        while run.consumers.knownCount > 4 {
            try #require(ContinuousClock.now < deadline)
            try load.send(20, to: 5)
            run.poll()
        }
        for index in all { try load.send(1, to: index) }
        while run.next != load.sent {
            try #require(ContinuousClock.now < deadline)
            run.poll()
        }
        #expect(run.disorder.isEmpty)
    }

    @Test func `there is no rest before every partition has told its end`() throws {
        let cluster = try MockCluster(brokers: 1)
        try cluster.createTopic(Self.topic, partitions: 2, replicationFactor: 1)
        var load = try Load(cluster)
        let quiet = QuietConsumer(try SourceConsumer(Self.configuration(cluster, [:]), log: { _ in }))
        let start = Self.starts([0], at: [:])
        // Of one that does not exist no end is told.
        let never = RdKafka.PartitionStart(index: 1, partition: TopicPartition("nowhere", 0), offset: 0)
        try quiet.begin(start + [never])
        var hand = SourceConsumer.makeBatch(capacity: 10)
        let deadline = ContinuousClock.now + .seconds(120)
        /// Whether it is looked at again soon after it has brought something.
        func bringOne() throws -> Bool {
            try load.send(1, to: 0)
            var now = Instant.now
            while hand.isEmpty {
                try #require(ContinuousClock.now < deadline)
                now = .now
                quiet.pollIfDue(into: &hand, upTo: 10, at: now)
                _ = quiet.takeEvents()
            }
            hand.discard { _ in true }
            return quiet.isDue(at: now.advanced(milliseconds: 30))
        }
        let goesOn = try bringOne()
        try quiet.unassign([1])
        while quiet.waitMilliseconds < 100 {
            try #require(ContinuousClock.now < deadline)
            quiet.pollIfDue(into: &hand, upTo: 10, at: .now)
            _ = quiet.takeEvents()
        }
        let goesOnAfterwards = try bringOne()
        #expect(goesOn && !goesOnAfterwards)
    }
}

/// Sends, and knows where each partition ends.
private struct Load: ~Copyable {
    private var producer: LoadProducer
    private(set) var sent: [Int32: Int64] = [:]

    init(_ cluster: MockCluster) throws {
        var configuration = ClientConfiguration(bootstrap: cluster.bootstrap, properties: [], clientID: "load")
        configuration.set("enable.idempotence", "true")
        configuration.set("linger.ms", "1")
        producer = try LoadProducer(configuration, log: { _ in })
    }

    mutating func send(_ count: Int, to index: Int32) throws {
        for _ in 0..<count {
            let record = LoadRecord(TopicPartition("topic", index), key: nil, value: [1, 2, 3])
            while try !producer.produce(record, ticket: 0) { _ = producer.poll(waitMilliseconds: 10) }
        }
        sent[index, default: 0] += Int64(count)
        _ = producer.poll(waitMilliseconds: 0)
    }
}

/// Polls with a clock that goes faster than the real one, and sees whether each partition comes in its order.
private struct Run: ~Copyable {
    var consumers: PairedConsumers
    var next: [Int32: Int64] = [:]
    private(set) var disorder: [String] = []
    private(set) var endsSeen: Set<Int32> = []
    private(set) var moves = 0
    private var hand = SourceConsumer.makeBatch(capacity: 50)
    private var now: Int64 = 0
    private var quietBefore = 0

    init(_ consumers: consuming PairedConsumers) {
        self.consumers = consumers
    }

    mutating func poll() {
        now += 1_000
        consumers.poll(
            into: &hand, upTo: 50, waitMilliseconds: 5, at: Instant(nanoseconds: now * 1_000_000))
        consumers.note(hand, from: 0)
        for place in 0..<hand.count {
            let read = hand[place]
            let expected = next[read.partition] ?? 0
            if read.offset != expected { disorder.append("\(read.partition): \(read.offset), not \(expected)") }
            next[read.partition] = read.nextOffset
        }
        hand.discard { _ in true }
        for case .endOfPartition(let index, let offset) in consumers.takeEvents() {
            consumers.noteEnd(of: index, at: offset)
            endsSeen.insert(index)
        }
        moves += abs(consumers.quietCount - quietBefore)
        quietBefore = consumers.quietCount
    }
}
