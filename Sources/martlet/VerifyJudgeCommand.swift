import Console
import Foundation
import Model
import RdKafka
import Verify

/// `martlet verify judge`: the destination against the ledgers of whoever produced.
struct VerifyJudgeCommand {
    private let bootstrap: String
    private let properties: [ClientProperty]
    private let ledgerPaths: [String]
    private let prefix: String
    private let claim: Claim
    private let isolation: Isolation
    private let starts: TopicStarts?
    private let seconds: Double
    private let asJSON: Bool

    init(_ invocation: Invocation) throws(UsageFault) {
        bootstrap = invocation.required(.bootstrap)
        properties = try VerifySettings.properties(of: invocation)
        ledgerPaths = try VerifySettings.names(.ledgers, of: invocation)
        prefix = invocation.text(.prefix) ?? ""
        claim = Claim(rawValue: invocation.required(.expect)) ?? .exactlyOnce
        isolation = VerifySettings.isolation(invocation)
        seconds = Double(invocation.number(.patience))
        asJSON = invocation.isSet(.json)
        do throws(VerifyFault) {
            starts = try invocation.text(.start).map { path throws(VerifyFault) in try TopicStarts(path: path) }
        } catch {
            throw VerifySettings.fault(.start, error.description, invocation)
        }
    }

    func run() -> ExitCode {
        do {
            let files = try ledgerPaths.map { path throws(LedgerFileFault) in try LedgerFile(path: path) }
            let outcome = try judge(files)
            if asJSON {
                Output.write(json: outcome)
            } else {
                Output.write(outcome.text)
            }
            return outcome.isClean ? .success : .failure
        } catch let fault as LedgerFileFault {
            Output.error("martlet verify judge: \(fault)")
            return .usage
        } catch {
            Output.error("martlet verify judge: \(error)")
            return .failure
        }
    }

    /// One judge a topic, all at the same time.
    private func judge(_ files: [LedgerFile]) throws -> JudgeOutcome {
        let wish = StopWish()
        let cases = JudgedTopic.all(of: files)
        if let twin = cases.first(where: \.holdsTwins) {
            throw VerifyFault(
                description: "two ledgers of topic \(twin.topic) are of the same seed, or in the old formats of the "
                    + "same id: their records cannot be told apart. Name one of them only, or produce again with "
                    + "another --seed and --id")
        }
        let judges = try cases.map { item in
            try Judge(
                loads: item.loads, bootstrap: bootstrap, properties: properties, topic: prefix + item.topic,
                isolation: isolation, starts: starts?.offsets[prefix + item.topic] ?? [])
        }
        for judge in judges { judge.start() }
        // The ledger's end is the judges' own to reach: each waits on a thread of its own.
        let verdicts = Parallel.map(Array(zip(judges, cases))) { judge, item in
            judge.finish(expecting: item.ledgers, timeoutSeconds: seconds)
        } meanwhile: {
            if wish.isRaised { exit(ExitCode.failure.rawValue) }
            guard !asJSON else { return }
            let received = judges.reduce(0) { $0 + $1.progress.received }
            Output.error("\(Quantity.count(received)) records read")
        }
        return JudgeOutcome(
            claim: claim, isFinished: files.allSatisfy(\.isFinished),
            topics: zip(cases, verdicts).map { .init(topic: prefix + $0.topic, verdict: $1) })
    }
}

/// One topic, and all loads that went there.
struct JudgedTopic {
    let topic: String
    var loads: [JudgedLoad] = []
    var ledgers: [Ledger] = []

    /// Whether records of two loads are the same ones.
    var holdsTwins: Bool { Set(loads.map(\.plan.identity)).count < loads.count }

    /// In the order in which the files name them.
    static func all(of files: [LedgerFile]) -> [JudgedTopic] {
        var topics: [JudgedTopic] = []
        for file in files {
            for topic in file.topics {
                let index =
                    topics.firstIndex { $0.topic == topic.name }
                    ?? {
                        topics.append(JudgedTopic(topic: topic.name))
                        return topics.count - 1
                    }()
                // Latency is the consumer's to measure: what is judged here has long been there.
                topics[index].loads.append(topic.judged)
                topics[index].ledgers.append(file.ledger(of: topic))
            }
        }
        return topics
    }
}

/// The verdicts. Its JSON form is part of the interface.
struct JudgeOutcome: Encodable {
    struct Topic: Encodable {
        let topic: String
        let verdict: Verdict
    }

    let claim: Claim
    let isClean: Bool
    /// Whether the ledgers say all of what was sent.
    let isFinished: Bool
    let topics: [Topic]

    private enum CodingKeys: String, CodingKey {
        case claim = "expected"
        case isClean = "clean"
        case isFinished = "ledgersFinished"
        case topics
    }

    init(claim: Claim, isFinished: Bool, topics: [Topic]) {
        self.claim = claim
        self.isFinished = isFinished
        self.topics = topics.map { topic in
            // Read afterwards, every record seems late.
            var verdict = topic.verdict
            verdict.latencyMicroseconds = nil
            verdict.longestStallMilliseconds = []
            return Topic(topic: topic.topic, verdict: verdict)
        }
        isClean = !topics.isEmpty && topics.allSatisfy { $0.verdict.isClean(claim) }
    }

    var text: String {
        var lines: [String] = []
        for topic in topics {
            lines.append("\(topic.topic): \(topic.verdict.isClean(claim) ? "clean" : "NOT CLEAN")")
            lines += topic.verdict.summary.split(separator: "\n").map { "  \($0)" }
        }
        if !isFinished { lines.append("a ledger was not finished: what came after its last writing is not judged") }
        if topics.isEmpty { lines.append("the ledgers name no topic: nothing is proved") }
        lines.append("\(claim.rawValue): \(isClean ? "holds" : "does not hold")")
        return lines.joined(separator: "\n") + "\n"
    }
}
