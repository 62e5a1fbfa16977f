import Foundation
import KafkaHarness
import Model
import RdKafka
import Rig
import Testing
import Trials

/// What is tried: a promise and a policy.
struct PoisonCase {
    let delivery: Delivery
    let policy: PoisonPolicy

    static let all = Delivery.allCases.flatMap { delivery in
        PoisonPolicy.allCases.map { PoisonCase(delivery: delivery, policy: $0) }
    }
}

extension MirrorTests {
    /// Records that the brokers of the destination refuse: none is dropped without a word, none holds up the others.
    @Suite(.serialized)
    struct PoisonRecords {
        /// A case of a test, and the process that copies what was sent.
        private struct Run<Case> {
            let wanted: Case
            let flow: MirrorFlow
            let sent: [[MirroredFields]]
            let process: MartletProcess
        }

        /// Prepares every case, then copies all of them at the same time: most of a copy is waiting.
        private func allAtOnce<Case>(
            _ cases: [Case], _ prepare: (Case) throws -> (flow: MirrorFlow, sent: [[MirroredFields]])
        ) throws -> [Run<Case>] {
            let prepared = try cases.map { ($0, try prepare($0)) }
            return try prepared.map { wanted, ready in
                Run(wanted: wanted, flow: ready.flow, sent: ready.sent, process: try ready.flow.startOnce())
            }
        }

        @Test func `a record that is too large is set aside or stops its partition, and all others arrive`() throws {
            let runs = try allAtOnce(PoisonCase.all) { wanted in
                let flow = try MirrorFlow(delivery: wanted.delivery, settings: ["on-poison": wanted.policy.rawValue])
                try flow.create(partitions: 2, atDestination: [("max.message.bytes", "50000")])
                let sent = try flow.fill(partitions: 2, count: 600, poison: [0: [300, 301]]) {
                    large($0, bytes: 200_000)
                }
                return (flow, sent)
            }
            for run in runs { try expect(run, poison: 300..<302, "MSG_SIZE_TOO_LARGE") }
        }

        /// Refused by what the topic is, not by a limit.
        @Test func `a record without a key for a compacted topic is set aside or stops its partition`() throws {
            let cases = [
                PoisonCase(delivery: .exactlyOnce, policy: .quarantine),
                PoisonCase(delivery: .atLeastOnce, policy: .stop),
            ]
            let runs = try allAtOnce(cases) { wanted in
                let flow = try MirrorFlow(delivery: wanted.delivery, settings: ["on-poison": wanted.policy.rawValue])
                try flow.create(partitions: 2, atDestination: [("cleanup.policy", "compact")])
                let sent = try flow.fill(partitions: 2, count: 300, poison: [0: [100, 101]]) { number in
                    LoadRecord(
                        TopicPartition("", 0), key: nil, value: [UInt8(number % 251)],
                        headers: [RecordHeader("colour", Array("blue".utf8))], timestampMilliseconds: 1_700_000_000_000)
                }
                return (flow, sent)
            }
            for run in runs {
                try expect(run, poison: 100..<102, "INVALID_RECORD")
                guard run.wanted.policy == .quarantine else { continue }
                #expect(run.process.output.contains("; 2 in quarantine"), "\(run.flow.logs)")
            }
        }

        /// Partition 0 had refused records at some offsets, partition 1 none.
        private func expect(_ run: Run<PoisonCase>, poison: Range<Int>, _ reason: String) throws {
            let code = run.process.waitForExit(seconds: 120)?.code
            let (wanted, flow, sent) = (run.wanted, run.flow, run.sent)
            let arrived = try flow.arrived(partitions: 2)
            #expect(arrived[1].withoutRepeats(wanted.delivery) == sent[1], "\(flow.logs)")
            guard wanted.policy == .quarantine else {
                #expect(code == 1, "\(flow.logs)")
                #expect(arrived[0] == Array(sent[0][..<poison.lowerBound]))
                #expect(
                    run.process.output.contains("the destination refuses offset \(poison.lowerBound): \(reason)"),
                    "\(flow.logs)")
                return
            }
            #expect(code == 0, "\(flow.logs)")
            #expect(arrived[0] == Array(sent[0][..<poison.lowerBound] + sent[0][poison.upperBound...]))
            let quarantine = try flow.quarantine()
            #expect(quarantine.map { $0.text("offset") } == poison.map(String.init))
            for (record, original) in zip(quarantine, sent[0][poison]) {
                #expect(record.text("topic") == flow.topic && record.text("partition") == "0")
                #expect(record.text("reason")?.contains(reason) == true)
                #expect((record.key, record.value) == (original.key, original.value))
                #expect(record.headers.first == original.headers.first)
                #expect(record.text("timestamp") == String(original.timestampMilliseconds))
            }
        }

        @Test func `a batch that is too large only as a batch arrives whole`() throws {
            let runs = try allAtOnce(Delivery.allCases) { delivery in
                let flow = try MirrorFlow(delivery: delivery)
                try flow.create(partitions: 2, atDestination: [("max.message.bytes", "20000")])
                return (flow, try flow.fill(partitions: 2, count: 1_000) { _ in nil })
            }
            for run in runs {
                #expect(run.process.waitForExit(seconds: 120)?.code == 0, "\(run.flow.logs)")
                let arrived = try run.flow.arrived(partitions: 2)
                #expect(arrived.map { $0.withoutRepeats(run.wanted) } == run.sent, "\(run.flow.logs)")
                let refusals = run.process.output.components(separatedBy: "MSG_SIZE_TOO_LARGE").count - 1
                #expect(refusals > 0, "no batch was too large: the test shows nothing")
            }
        }

        @Test func `a record whose timestamp is out of bounds is set aside, with its bytes or without`() throws {
            let runs = try allAtOnce(Delivery.allCases) { delivery in
                let keepsBytes = delivery == .exactlyOnce
                let flow = try MirrorFlow(
                    delivery: delivery,
                    settings: ["on-poison": "quarantine", "quarantine": "{ bytes: \(keepsBytes) }"])
                try flow.create(partitions: 1, atDestination: [("message.timestamp.before.max.ms", "3600000")])
                let sent = try flow.fill(partitions: 1, count: 600, poison: [0: [0, 150, 599]]) { number in
                    LoadRecord(
                        TopicPartition("", 0), key: [UInt8(number % 251)], value: [1],
                        timestampMilliseconds: 86_400_000)
                }
                return (flow, sent)
            }
            for run in runs {
                let (flow, sent, keepsBytes) = (run.flow, run.sent, run.wanted == .exactlyOnce)
                #expect(run.process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
                let arrived = try flow.arrived(partitions: 1)
                #expect(arrived[0] == Array(sent[0][1..<150] + sent[0][151..<599]), "\(flow.logs)")
                let quarantine = try flow.quarantine()
                #expect(quarantine.map { $0.text("offset") } == ["0", "150", "599"])
                #expect(quarantine.allSatisfy { $0.text("timestamp") == "86400000" })
                #expect(quarantine.allSatisfy { $0.text("reason")?.contains("INVALID_TIMESTAMP") == true })
                for record in quarantine {
                    #expect((record.value != nil, record.text("bytes") == nil) == (keepsBytes, keepsBytes))
                }
            }
        }

        @Test func `a quarantine that is too small for the bytes gets the coordinates`() throws {
            let runs = try allAtOnce(Delivery.allCases) { delivery in
                let flow = try MirrorFlow(delivery: delivery, settings: ["on-poison": "quarantine"])
                try flow.create(partitions: 1, atDestination: [("max.message.bytes", "50000")])
                try flow.destination.create(
                    "martlet.\(flow.name).quarantine", partitions: 1, settings: [("max.message.bytes", "10000")])
                let sent = try flow.fill(partitions: 1, count: 100, poison: [0: [50]]) { large($0, bytes: 200_000) }
                return (flow, sent)
            }
            for run in runs {
                let (flow, sent) = (run.flow, run.sent)
                #expect(run.process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
                #expect(try flow.arrived(partitions: 1)[0] == Array(sent[0][..<50] + sent[0][51...]), "\(flow.logs)")
                let quarantine = try flow.quarantine()
                #expect(quarantine.map { $0.text("offset") } == ["50"])
                #expect(quarantine.allSatisfy { $0.value == nil && $0.text("bytes") == "left out" })
                #expect(quarantine.allSatisfy { $0.text("size") == String(sent[0][50].bytes) })
            }
        }

        /// The library must not be what refuses, and the largest budget must not be one that it refuses.
        @Test(arguments: Delivery.allCases)
        func `a record of 20 MB that both clusters allow is copied, whatever the budget`(delivery: Delivery) throws {
            let budget = delivery == .exactlyOnce ? "16MiB" : "64GiB"
            let flow = try MirrorFlow(delivery: delivery, settings: ["memory-budget": budget])
            let limits = [("max.message.bytes", "25000000")]
            try flow.create(partitions: 1, atSource: limits, atDestination: limits)
            let sent = try flow.fill(partitions: 1, count: 30, poison: [0: [10, 11, 20]]) {
                large($0, bytes: 20_000_000)
            }
            let process = try flow.startOnce()
            #expect(process.waitForExit(seconds: 120)?.code == 0, "\(flow.logs)")
            let arrived = try flow.arrived(partitions: 1)
            #expect(arrived[0].map(\.bytes) == sent[0].map(\.bytes), "\(flow.logs)")
            #expect(arrived[0] == sent[0])
        }
    }
}

/// Recognizable by its number.
private func large(_ number: Int, bytes: Int) -> LoadRecord {
    LoadRecord(
        TopicPartition("", 0), key: Array("large \(number)".utf8),
        value: [UInt8](repeating: UInt8(number % 251), count: bytes),
        headers: [RecordHeader("colour", Array("blue".utf8))], timestampMilliseconds: 1_700_000_000_000)
}

extension MirrorFlow {
    fileprivate func create(
        partitions: Int32, atSource: [(String, String)] = [], atDestination: [(String, String)]
    ) throws {
        try source.create(topic, partitions: partitions, settings: atSource)
        try destination.create(topic, partitions: partitions, settings: atDestination)
    }

    /// Fills the source with records of a kilobyte, at some places in partitions with others; answers what it holds.
    fileprivate func fill(
        partitions: Int, count: Int, poison: [Int: Set<Int>] = [:], _ other: (Int) -> LoadRecord?
    ) throws -> [[MirroredFields]] {
        var producer = try LoadProducer(
            .test(source, [("enable.idempotence", "true"), ("message.max.bytes", "30000000")])
        ) { _ in }
        let now = Int64(Date.now.timeIntervalSince1970 * 1_000)
        for number in 0..<count {
            for partition in 0..<partitions {
                let isOther = poison[partition]?.contains(number) == true
                let ordinary = LoadRecord(
                    TopicPartition("", 0), key: Array("\(number)".utf8),
                    value: [UInt8](repeating: UInt8(number % 251), count: 1_000), timestampMilliseconds: now)
                let record = isOther ? other(number) ?? ordinary : ordinary
                let placed = LoadRecord(
                    TopicPartition(topic, Int32(partition)), key: record.key, value: record.value,
                    headers: record.headers, timestampMilliseconds: record.timestampMilliseconds)
                while try !producer.produce(placed, ticket: 0) { _ = producer.poll(waitMilliseconds: 10) }
            }
        }
        try producer.flush(timeoutMilliseconds: 60_000)
        #expect(producer.poll(waitMilliseconds: 0).allSatisfy { $0.code == 0 })
        return try source.records(of: topic).map { $0.map(MirroredFields.init) }
    }

    fileprivate func arrived(partitions: Int) throws -> [[MirroredFields]] {
        try destination.records(of: topic).map { $0.map(MirroredFields.init) }
    }

    fileprivate func quarantine() throws -> [LogRecord] {
        try destination.records(of: "martlet.\(name).quarantine").flatMap { $0 }
    }
}

extension LogRecord {
    /// A header of the quarantine.
    fileprivate func text(_ name: String) -> String? {
        headers.first { $0.name == Array("martlet.quarantine.\(name)".utf8) }
            .map { String(decoding: $0.value ?? [], as: UTF8.self) }
    }
}

extension MirroredFields {
    fileprivate var bytes: Int {
        headers.reduce((key?.count ?? 0) + (value?.count ?? 0)) { $0 + $1.name.count + ($1.value?.count ?? 0) }
    }
}

extension [MirroredFields] {
    /// At least once, what another partition had in flight when a producer died comes twice.
    fileprivate func withoutRepeats(_ delivery: Delivery) -> [MirroredFields] {
        guard delivery == .atLeastOnce else { return self }
        var seen: Set<[UInt8]> = []
        return filter { seen.insert($0.key ?? []).inserted }
    }
}
