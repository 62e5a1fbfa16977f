import Dispatch
import Foundation
import Rig
import Synchronization
import Verify

/// Plays scenarios, each on clusters of its own.
package struct TrialRunner: Sendable {
    private static let sessionSeconds = 10
    private static let topics = "verify-.*"
    /// What a mirror may take to move the first records of every partition: MirrorMaker 2 takes half a minute.
    private static let startSeconds = 180.0
    private static let concludeSeconds = 120.0
    private static let excusedSeconds = 20.0

    private let recipe: any MirrorRecipe
    private let options: TrialOptions
    private let machine: Machine
    /// What a person types for the same trial; the scenario's name is appended.
    private let command: String
    private let tell: @Sendable (TrialNews) -> Void
    private let isCancelled: @Sendable () -> Bool

    package init(
        _ recipe: any MirrorRecipe, _ options: TrialOptions, command: String,
        tell: @escaping @Sendable (TrialNews) -> Void, isCancelled: @escaping @Sendable () -> Bool
    ) {
        self.recipe = recipe
        self.options = options
        self.command = command
        self.tell = tell
        self.isCancelled = isCancelled
        machine = Machine.here(kafka: options.kafka.version)
    }

    /// Never throws: what goes wrong is the report's to tell.
    package func run(_ scenario: Scenario) -> TrialReport {
        var report = TrialReport(
            scenario: scenario.name, mirror: recipe.name, mirrorVersion: recipe.version, claim: options.claim,
            seed: options.seed, began: .now, seconds: 0, command: "\(command) --scenario \(scenario.name.name)",
            machine: machine, outcome: .failed)
        if let obstacle = scenario.obstacle ?? recipe.obstacle(to: scenario) {
            report.outcome = .notRun
            report.reason = obstacle
            return report
        }
        guard scenario.setting.losesPackets else { return played(scenario, in: nil, report) }
        let begun = report
        let played = Mutex(begun)
        LossyNetwork.inOne { network in
            var result = begun
            switch network {
            case .success(let network): result = self.played(scenario, in: network, begun)
            case .failure(let fault): result.reason = fault.description
            }
            played.withLock { $0 = result }
        }
        return played.withLock { $0 }
    }

    private func played(_ scenario: Scenario, in network: LossyNetwork?, _ begun: TrialReport) -> TrialReport {
        var report = begun
        do {
            let stage = try prepare(scenario, in: network)
            defer {
                stage.crew.killAll()
                stage.destination.shutdown()
                stage.source.shutdown()
            }
            do {
                try play(scenario, on: stage)
            } catch {
                report.reason = "\(error)"
            }
            conclude(stage, &report)
        } catch {
            report.reason = "\(error)"
        }
        return report
    }

    private func prepare(_ scenario: Scenario, in network: LossyNetwork?) throws -> Stage {
        let clusters = try startClusters(scenario)
        let (source, destination, security) = (clusters.source, clusters.destination, clusters.security)
        let folder = try folder(for: scenario)
        var job = MirrorJob(
            source: source.proxiedBootstrap ?? source.bootstrap,
            destination: destination.proxiedBootstrap ?? destination.bootstrap, topics: Self.topics,
            claim: options.claim, sessionSeconds: Self.sessionSeconds, replicas: scenario.setting.brokers,
            skipsLosses: scenario.setting.skipsLosses,
            folder: folder)
        try security?.admitMirror(to: &job)
        try recipe.prepare(job)
        return Stage(
            source: source, destination: destination, security: security, network: network,
            crew: MirrorCrew(recipe, job), options: options, sessionSeconds: Double(Self.sessionSeconds), tell: tell,
            isCancelled: isCancelled)
    }

    /// Both at once: much of a start is waiting for elections.
    private func startClusters(_ scenario: Scenario) throws -> Clusters {
        let setting = scenario.setting
        tell(.said(second: 0, "starting \(2 * setting.brokers) brokers of \(options.kafka)"))
        let (home, brokers, isProxied) = (options.kafka, setting.brokers, setting.isProxied)
        let quorum = brokers > 1 ? ["min.insync.replicas": "2"] : [:]
        let sourceSettings = quorum.merging(setting.sourceSettings) { $1 }
        if setting.isSecured {
            let starting = Concurrent { try SecureCluster(home: home, settings: sourceSettings) }
            let destination = Result { try SecureCluster(home: home) }
            let pair = try SecurePair(source: starting.result.get(), destination: destination.get())
            return Clusters(source: pair.source.cluster, destination: pair.destination.cluster, security: pair)
        }
        let starting = Concurrent {
            try KafkaCluster.start(brokers: brokers, home: home, settings: sourceSettings, isProxied: isProxied)
        }
        let destination = Result {
            try KafkaCluster.start(brokers: brokers, home: home, settings: quorum, isProxied: isProxied)
        }
        return try Clusters(source: starting.result.get(), destination: destination.get(), security: nil)
    }

    private struct Clusters {
        let source: KafkaCluster
        let destination: KafkaCluster
        let security: SecurePair?
    }

    private func folder(for scenario: Scenario) throws -> URL {
        let name = "\(scenario.name.id)-\(recipe.name)"
        let folder: URL
        if let kept = options.keptFolder {
            folder = kept.appending(path: name)
            try? FileManager.default.removeItem(at: folder)
        } else {
            folder = FileManager.default.temporaryDirectory
                .appending(path: "martlet-verify-\(name)-\(UUID().uuidString.prefix(8))")
            CleanupGuard.watch(folder: folder)
        }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Everything moves; then the scenario; then what is left to come may come.
    private func play(_ scenario: Scenario, on stage: Stage) throws {
        let setting = scenario.setting
        let partitions = 12
        for number in 1...setting.processes {
            try stage.step("mirror process \(number) started") { try stage.crew.start(number) }
        }
        guard setting.hasMainLoad else {
            // The scenario's own loads come later; any load is a stand-in for the one that there is not.
            return try scenario.play(stage, try stage.load("verify-idle", partitions: 1, ratePerSecond: 10))
        }
        let load = try stage.load(partitions: partitions, destinationReplicas: setting.destinationReplicas)
        // Where times are only shown the machine may be so slow that seconds are its steady state.
        let behindMax = Int64(options.ratePerSecond) * (options.judgesTimes ? 1 : 4)
        try stage.require("records of every partition at the destination", within: Self.startSeconds) {
            load.partitionsReached == load.partitions && load.behind < behindMax
        }
        try stage.step("the mirror moves every partition")
        // What its start has held up is no latency of its work.
        load.forgetLatencies()
        try stage.pause(5)
        try scenario.play(stage, load)
    }

    /// How long the judge waits for what is missing: not for what cannot come, and not where nobody waits for it.
    private func concludeSeconds(_ stage: Stage) -> Double {
        if isCancelled() { return 3 }
        return stage.excused == nil ? Self.concludeSeconds : Self.excusedSeconds
    }

    private func conclude(_ stage: Stage, _ report: inout TrialReport) {
        for load in stage.loads { load.stopSending() }
        do {
            let limit = concludeSeconds(stage)
            try stage.step("sending ends; what is missing has \(Int(limit)) s to come")
            for load in stage.loads { report.topics.append(try load.conclude(limitSeconds: limit)) }
        } catch {
            report.reason = report.reason ?? "\(error)"
        }
        stage.end()
        report.seconds = stage.second
        report.marks = stage.marks
        report.samples = stage.samples
        report.lines =
            Judgement(report.claim, report.topics, demand: stage.arrivalDemand, excused: stage.excused).lines
            + stage.lossLines(report.topics) + stage.tellingLines + stage.stallLines(report.topics) + stage.lines
        let isWhole = report.reason == nil && report.topics.count == stage.loads.count
        report.outcome = isWhole && !report.lines.contains(where: \.isFailure) ? .passed : .failed
    }
}

/// What the claim itself demands of every scenario.
struct Judgement {
    static let everything = "every acknowledged record arrives"

    let lines: [PassLine]

    init(
        _ claim: Claim, _ topics: [TopicResult], demand: String = Self.everything,
        excused: Stage.Excuse? = nil
    ) {
        let counts = topics.map(\.verdict.counts)
        func sum(_ value: (Verdict.Counts) -> Int64) -> Int64 { counts.reduce(0) { $0 + value($1) } }
        let missing = sum(\.missing) - (excused.map { $0.count(in: topics) } ?? 0)
        var lines = [
            PassLine(
                demand, measured: "\(missing) of \(sum(\.expected)) missing", isMet: missing == 0)
        ]
        if claim == .exactlyOnce {
            lines.append(
                PassLine("none arrives twice", measured: "\(sum(\.duplicated))", isMet: sum(\.duplicated) == 0))
        }
        let wrong = [
            ("out of order", sum(\.reordered)), ("altered", sum(\.alteredTotal)), ("misplaced", sum(\.misplaced)),
            ("unexpected", sum(\.unexpected)), ("aborted", sum(\.aborted)),
        ]
        lines.append(
            PassLine(
                "none is out of order, altered, in another partition, aborted, or nobody's",
                measured: wrong.map { "\($0.1) \($0.0)" }.joined(separator: ", "), isMet: wrong.allSatisfy { $0.1 == 0 }
            ))
        if let unread = topics.first(where: { !$0.verdict.isComplete }) {
            lines.append(
                PassLine("the destination is read to its end", measured: "\(unread.topic) was not", isMet: false))
        }
        self.lines = lines
    }
}

extension Stage {
    fileprivate func stallLines(_ topics: [TopicResult]) -> [PassLine] {
        stallDemands.compactMap { demand in
            guard let trails = topics.first(where: { $0.topic == demand.topic })?.partitions else { return nil }
            let judged = trails.enumerated().filter { demand.partitions?.contains($0.offset) ?? true }.map(\.element)
            let stall =
                judged.map { $0.longestStall(from: demand.fromSecond, to: demand.toSecond ?? .infinity) }.max() ?? 0
            return PassLine(
                "\(demand.what) stand still for less than \(Self.text(demand.belowSeconds))",
                measured: stall > 0 ? Self.text(stall) : "under 1 s", isMet: stall < demand.belowSeconds,
                isJudged: options.judgesTimes)
        }
    }
}

/// Something that is done on a thread of its own meanwhile.
private final class Concurrent<Value: Sendable>: Sendable {
    private let group = DispatchGroup()
    private let outcome = Mutex<Result<Value, any Error>?>(nil)

    init(_ body: @escaping @Sendable () throws -> Value) {
        group.enter()
        Thread { [self] in
            let result = Result { try body() }
            outcome.withLock { $0 = result }
            group.leave()
        }.start()
    }

    /// Waits for it.
    var result: Result<Value, any Error> {
        group.wait()
        guard let result = outcome.withLock({ $0 }) else { preconditionFailure("it has ended") }
        return result
    }
}
