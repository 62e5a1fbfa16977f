import Console
import Foundation
import HTTP
import Model
import RdKafka
import Verify

/// `martlet verify consume`: live figures without a ledger.
struct VerifyConsumeCommand {
    private static let showSeconds = 5.0
    private static let answerMilliseconds: Int32 = 15_000

    private let bootstrap: String
    private let properties: [ClientProperty]
    private let topics: [String]
    private let prefix: String
    private let share: PartitionShare
    private let isolation: Isolation
    private let fromBeginning: Bool
    private let seconds: Double?
    private let notePath: String?
    private let metrics: MetricsEndpoint?
    private let asJSON: Bool

    init(_ invocation: Invocation) throws(UsageFault) {
        bootstrap = invocation.required(.bootstrap)
        topics = try VerifySettings.names(.loadTopics, of: invocation)
        properties = try VerifySettings.properties(of: invocation)
        prefix = invocation.text(.prefix) ?? ""
        guard let share = PartitionShare(invocation.required(.share)) else {
            throw VerifySettings.fault(
                .share, "is \"\(invocation.required(.share))\"; expected one such as 2/3", invocation)
        }
        self.share = share
        isolation = VerifySettings.isolation(invocation)
        fromBeginning = invocation.required(.from) == "earliest"
        seconds = invocation.text(.forSeconds).flatMap { Double($0) }
        notePath = invocation.text(.note)
        metrics = try MetricsEndpoint(invocation)
        asJSON = invocation.isSet(.json)
    }

    func run() -> ExitCode {
        do {
            if let notePath {
                try noteEnds(to: notePath)
                return .success
            }
            let outcome = try consume()
            if asJSON {
                Output.write(json: outcome)
            } else {
                Output.write(outcome.text)
            }
            return outcome.isClean ? .success : .failure
        } catch {
            Output.error("martlet verify consume: \(error)")
            return .failure
        }
    }

    private func consume() throws -> ConsumeOutcome {
        let wish = StopWish()
        let consumers = try topics.map { topic in
            try Consumer(
                bootstrap: bootstrap, properties: properties, topic: prefix + topic, sourceTopic: topic,
                isolation: isolation, share: share, fromBeginning: fromBeginning)
        }
        let server = try metrics?.serve { VerifyMetrics.text(of: consumers.map { ($0.topic, $0.progress) }) }
        defer { server?.stop() }
        for consumer in consumers { consumer.start() }
        let start = ContinuousClock.now
        var elapsed: Double { start.duration(to: .now) / .seconds(1) }
        var nextShow = Self.showSeconds
        var meter = RateMeter(windowSeconds: 5)
        while !wish.isRaised, elapsed < seconds ?? .infinity {
            Thread.sleep(forTimeInterval: 0.05)
            meter.note(total: consumers.reduce(0) { $0 + $1.progress.counts.consumed }, at: elapsed)
            if elapsed >= nextShow, !asJSON {
                nextShow = elapsed + Self.showSeconds
                Output.error("\(ConsumeOutcome(consumers).line), \(Quantity.count(Int(meter.perSecond)))/s")
            }
        }
        for consumer in consumers { consumer.stop() }
        for consumer in consumers { _ = consumer.wait(timeoutSeconds: 10) }
        return ConsumeOutcome(consumers)
    }

    private func noteEnds(to path: String) throws {
        let admin = try AdminClient(
            ClientConfiguration(bootstrap: bootstrap, properties: properties, clientID: "martlet-verify-admin")
        ) { _ in }
        var starts = TopicStarts(offsets: [:])
        for topic in topics.map({ prefix + $0 }) {
            let count = try admin.topic(topic, timeoutMilliseconds: Self.answerMilliseconds)?.partitions.count ?? 0
            let partitions = (0..<Int32(count)).map { TopicPartition(topic, $0) }
            let ends = try admin.offsets(
                of: partitions, at: .latest, timeoutMilliseconds: Self.answerMilliseconds)
            starts.offsets[topic] = try partitions.map { try ends[$0]?.get() ?? 0 }
        }
        try starts.write(to: path)
    }
}

/// Where judging begins, by topic and partition.
struct TopicStarts: Codable {
    var offsets: [String: [Int64]]

    init(offsets: [String: [Int64]]) {
        self.offsets = offsets
    }

    init(path: String) throws(VerifyFault) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw VerifyFault(description: "names \(path), which cannot be read")
        }
        guard let starts = try? JSONDecoder().decode(Self.self, from: data),
            starts.offsets.values.allSatisfy({ $0.allSatisfy { $0 >= 0 } })
        else { throw VerifyFault(description: "names \(path), which verify consume --note has not written") }
        self = starts
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(filePath: path), options: .atomic)
    }
}

/// What a consumer could tell. Its JSON form is part of the interface.
struct ConsumeOutcome: Encodable {
    struct Latency: Encodable {
        let p50: Double
        let p99: Double
        let max: Double
    }

    let consumed: Int64
    let bytes: Int64
    let streams: Int
    let missing: Int64
    let duplicated: Int64
    let reordered: Int64
    /// Records that say nothing of themselves.
    let unidentified: Int64
    let latencyMilliseconds: Latency?
    let gaps: [StreamTally.Gap]
    let readFaults: [String]

    init(_ consumers: [Consumer]) {
        let progress = consumers.map(\.progress)
        var (counts, latency) = (StreamTally.Counts(), Histogram())
        for one in progress {
            counts.add(one.counts)
            latency.add(one.latency)
        }
        consumed = counts.consumed
        bytes = counts.bytes
        streams = progress.map(\.streams).reduce(0, +)
        missing = counts.missing
        duplicated = counts.duplicated
        reordered = counts.reordered
        unidentified = counts.strangers
        func milliseconds(_ share: Double) -> Double { Double(latency.quantile(share)) / 1_000 }
        latencyMilliseconds =
            latency.count == 0
            ? nil : Latency(p50: milliseconds(0.5), p99: milliseconds(0.99), max: Double(latency.max) / 1_000)
        gaps = progress.flatMap(\.gaps)
        readFaults = progress.flatMap(\.faults)
    }

    /// Nothing that a consumer can see is wrong.
    var isClean: Bool {
        missing == 0 && duplicated == 0 && reordered == 0 && unidentified == 0 && readFaults.isEmpty
    }

    var line: String {
        var text = "\(Quantity.count(consumed)) read, \(missing) missing, \(duplicated) duplicated, "
        text += "\(reordered) reordered, \(unidentified) unidentified"
        if let latencyMilliseconds {
            text += ", p50 \(Int(latencyMilliseconds.p50)) ms, p99 \(Int(latencyMilliseconds.p99)) ms"
        }
        return text
    }

    var text: String {
        var lines = [line + " in \(streams) streams"]
        lines += gaps.map { "  missing: \($0.load) stream \($0.stream) sequence \($0.first) to \($0.last)" }
        lines += readFaults.map { "while reading: \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
