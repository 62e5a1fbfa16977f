import Foundation
import Model
import RdKafka
import Verify

/// Judges a mirror that somebody else runs, by a topic of its own that is gone afterwards.
package struct AttachTrial {
    /// For the source to answer for what is under way.
    private static let answerSeconds = 60.0
    /// Where a signal has ended it: nobody waits for what is missing.
    private static let cancelledSeconds = 3.0

    package static let name = ScenarioName(
        id: "attach", name: "attach", title: "A mirror that runs between two clusters")

    private let options: AttachOptions
    private let tell: @Sendable (TrialNews) -> Void
    private let isCancelled: @Sendable () -> Bool

    package init(
        _ options: AttachOptions, tell: @escaping @Sendable (TrialNews) -> Void,
        isCancelled: @escaping @Sendable () -> Bool
    ) {
        self.options = options
        self.tell = tell
        self.isCancelled = isCancelled
    }

    /// - Throws: what kept it from beginning, such as a topic that is there already. From then on, what goes wrong is
    ///   the report's to tell.
    package func run() throws -> TrialReport {
        let seed = UInt64.random(in: 0...999_999_999)
        var report = TrialReport(
            scenario: Self.name, mirror: options.mirror, claim: options.claim, seed: seed, began: .now, seconds: 0,
            command: options.command, machine: .here(kafka: "of the given clusters"), outcome: .failed)
        var topics = try AttachTopics(options)
        var course = Course(tell: tell)
        do {
            try topics.make()
            course.note(.step, "\(options.topic) made in the source, \(options.partitions) partitions")
            try judge(seed: seed, topics, &course, &report)
        } catch {
            // What was made goes, whatever came in between.
            removeUnlessKept(&topics, &course)
            throw error
        }
        removeUnlessKept(&topics, &course)
        report.seconds = course.second
        report.marks = course.marks
        report.samples = course.row.samples
        return report
    }

    private func removeUnlessKept(_ topics: inout AttachTopics, _ course: inout Course) {
        guard options.keepsTopics else {
            for line in topics.remove() { course.note(.step, line) }
            return
        }
        if topics.ownership.isSourceMade { course.note(.step, "\(options.topic) is kept in both clusters") }
    }

    private func judge(
        seed: UInt64, _ topics: AttachTopics, _ course: inout Course, _ report: inout TrialReport
    ) throws {
        let bench = try AttachBench(options, seed: seed, originNanoseconds: course.origin)
        bench.judge.start()
        do throws(TrialEnd) {
            try awaitMirror(bench, topics, &course)
            try send(bench, &course)
        } catch {
            report.reason = error.reason
            if error.isProofless {
                bench.cancel()
                report.outcome = .notRun
                return
            }
        }
        let isAnswered = bench.endSending(withinSeconds: Self.answerSeconds)
        if !isAnswered { report.reason = report.reason ?? "the source did not answer for every record" }
        course.note(.step, "the load has ended; waiting for what is missing")
        let limit = isCancelled() ? Self.cancelledSeconds : options.concludeSeconds
        report.topics = [bench.conclude(limitSeconds: limit)]
        course.look(bench)
        report.lines = Judgement(options.claim, report.topics).lines
        report.outcome = report.reason == nil && !report.lines.contains(where: \.isFailure) ? .passed : .failed
    }

    /// A few records a second that nobody measures, until every partition has brought one: what a mirror takes to find a
    /// topic says nothing about its latency. They are judged like all others.
    private func awaitMirror(
        _ bench: AttachBench, _ topics: AttachTopics, _ course: inout Course
    ) throws(TrialEnd) {
        bench.greeting.start()
        let begin = course.second
        var isCopySeen = false
        while bench.judge.progress.partitionsReached < options.partitions {
            try pause(bench, &course)
            if let fault = bench.greeting.progress.fault, bench.greeting.progress.acknowledged == 0,
                course.second - begin > Self.answerSeconds
            {
                throw TrialEnd(reason: "nothing can be sent to \(options.topic): \(fault.reason)", isProofless: true)
            }
            if !isCopySeen, bench.judge.progress.received > 0 || course.isNewSecond && topics.isCopyThere {
                isCopySeen = true
                course.note(.step, "\(options.copy) is in the destination")
            }
            guard course.second - begin >= Double(options.waitSeconds) else { continue }
            // Some partitions that bring nothing are the verdict's to tell.
            if bench.judge.progress.received > 0 { break }
            throw TrialEnd(reason: options.remedy(isCopyThere: topics.isCopyThere), isProofless: true)
        }
        let reached = bench.judge.progress.partitionsReached
        course.note(.step, "the mirror brings records of \(reached) of \(options.partitions) partitions")
        bench.greeting.stop()
    }

    private func send(_ bench: AttachBench, _ course: inout Course) throws(TrialEnd) {
        bench.load.start()
        let end = course.second + Double(options.seconds)
        course.note(.step, "\(options.ratePerSecond) records a second for \(options.seconds) s")
        while course.second < end { try pause(bench, &course) }
    }

    private func pause(_ bench: AttachBench, _ course: inout Course) throws(TrialEnd) {
        if isCancelled() {
            let isProofless = bench.judge.progress.received == 0
            throw TrialEnd(reason: "stopped by a signal", isProofless: isProofless)
        }
        Thread.sleep(forTimeInterval: 0.05)
        course.look(bench)
    }
}

/// Why a trial ends before its time.
private struct TrialEnd: Error {
    let reason: String
    /// Nothing has arrived of which a verdict could be given.
    let isProofless: Bool
}

/// Load and judge of one attached trial.
private struct AttachBench {
    let greeting: Loader
    let load: Loader
    let judge: Judge
    private let topic: String

    init(_ options: AttachOptions, seed: UInt64, originNanoseconds: Int64) throws {
        // A topic that is deleted stays deleted.
        let source = options.source.properties + [ClientProperty("allow.auto.create.topics", "false")]
        func loader(_ id: String, seed: UInt64, ratePerSecond: Int) throws -> Loader {
            var plan = LoadPlan.varied(seed: seed)
            plan.sizes = options.sizes
            plan.id = id
            // Odd timestamps are refused by brokers that bound them, and are old to retention.
            plan.oddTimestampPermille = 0
            return try Loader(
                plan: plan, bootstrap: options.source.bootstrap, properties: source, topic: options.topic,
                partitions: options.partitions, ratePerSecond: ratePerSecond, total: .max / 2)
        }
        greeting = try loader("greeting", seed: seed, ratePerSecond: min(options.ratePerSecond, options.partitions))
        load = try loader("load", seed: seed &+ 1, ratePerSecond: options.ratePerSecond)
        topic = options.copy
        let unmeasured = JudgedLoad(plan: greeting.plan, sourceTopic: options.topic, partitions: options.partitions)
        judge = try Judge(
            loads: [unmeasured, load.judged], bootstrap: options.destination.bootstrap,
            properties: options.destination.properties, topic: options.copy,
            isolation: options.claim == .exactlyOnce ? .readCommitted : .readUncommitted,
            originNanoseconds: originNanoseconds)
    }

    var sample: (sent: Int64, judge: JudgeProgress) {
        (greeting.progress.acknowledged + load.progress.acknowledged, judge.progress)
    }

    func cancel() {
        greeting.stop()
        load.stop()
        judge.cancel()
        _ = greeting.wait(timeoutSeconds: 5)
    }

    /// - Returns: whether the source has answered for everything.
    func endSending(withinSeconds limit: Double) -> Bool {
        for loader in [greeting, load] { loader.stop() }
        let end = Date.now.addingTimeInterval(limit)
        // A load that was stopped before it began has nothing to wait for.
        let begun = [greeting, load].filter { $0.clock.startedAtWallNanoseconds > 0 }
        return begun.allSatisfy { $0.wait(timeoutSeconds: max(0, end.timeIntervalSinceNow)) }
    }

    func conclude(limitSeconds: Double) -> TopicResult {
        let verdict = judge.finish(expecting: [greeting.ledger, load.ledger], timeoutSeconds: limitSeconds)
        return TopicResult(topic: topic, verdict: verdict, partitions: judge.trails)
    }
}

/// What happened, second by second.
private struct Course {
    let origin = LoadClock.nowNanoseconds
    let tell: @Sendable (TrialNews) -> Void
    private(set) var marks: [Mark] = []
    private(set) var row = SampleRow()
    /// Whether the last look has begun another second.
    private(set) var isNewSecond = false

    init(tell: @escaping @Sendable (TrialNews) -> Void) {
        self.tell = tell
    }

    var second: Double { Double(LoadClock.nowNanoseconds - origin) / 1e9 }

    mutating func note(_ kind: Mark.Kind, _ text: String) {
        let now = second
        marks.append(Mark(kind, second: now, text: text))
        tell(.said(second: now, text))
    }

    mutating func look(_ bench: AttachBench) {
        let whole = Int(second)
        isNewSecond = whole > row.samples.count
        // A look that came late makes up for the seconds it has missed.
        while row.samples.count < whole { row.note([bench.sample], at: row.samples.count + 1) }
        guard isNewSecond else { return }
        let (sent, judge) = bench.sample
        tell(.counts(second: second, sent: sent, received: judge.received, processes: nil))
    }
}
