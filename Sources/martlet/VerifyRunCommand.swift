import Console
import Foundation
import Model
import Rig
import Trials
import Verify

/// `martlet verify run`: a mirror through scenarios, and what is to be said of it.
struct VerifyRunCommand {
    private let scenarios: [Scenario]
    private let recipe: any MirrorRecipe
    private let options: TrialOptions
    private let reportFolder: URL?
    private let asJSON: Bool
    private let commandText: String

    init(_ invocation: Invocation) throws(UsageFault) {
        scenarios = try Self.scenarios(invocation.required(.scenario))
        let kafka = try Self.kafka(invocation.text(.kafka), orElse: "KAFKA_HOME")
        let mirrorKafka = try invocation.text(.mirrorKafka).map { path throws(UsageFault) in
            try Self.kafka(path, orElse: "")
        }
        recipe = try Self.recipe(invocation.required(.mirror), kafka: mirrorKafka ?? kafka)
        guard let claim = Claim(rawValue: invocation.required(.expect)) else {
            preconditionFailure("the table lets another claim through")
        }
        let seed = invocation.text(.seed).flatMap { UInt64($0) } ?? .random(in: 0...999_999_999)
        options = TrialOptions(
            claim: claim, ratePerSecond: invocation.number(.rate),
            minutes: invocation.text(.minutes).flatMap { Int($0) },
            judgesTimes: invocation.required(.times) == "judged",
            seed: seed, kafka: kafka, keptFolder: invocation.text(.keep).map { URL(filePath: $0) })
        reportFolder = invocation.text(.report).map { URL(filePath: $0) }
        asJSON = invocation.isSet(.json)
        let mirror = invocation.required(.mirror)
        let quoted = mirror.contains(" ") ? "'\(mirror)'" : mirror
        commandText =
            "martlet verify run --mirror \(quoted) --expect \(claim.rawValue) --rate \(options.ratePerSecond) "
            + "--seed \(seed)" + (options.minutes.map { " --minutes \($0)" } ?? "")
            + (options.judgesTimes ? "" : " --times shown")
    }

    func run() -> ExitCode {
        if let missing = JavaTool.missing {
            Output.error("martlet verify: \(missing)")
            return .failure
        }
        // What was started ends with this process, however it ends, by CleanupGuard.
        let wish = StopWish()
        defer { withExtendedLifetime(wish) {} }
        do {
            let reports = try play(isCancelled: wish.check)
            let wasRun = reports.filter { $0.outcome != .notRun }
            return reports.count == scenarios.count && wasRun.allSatisfy { $0.outcome == .passed } && !wasRun.isEmpty
                ? .success : .failure
        } catch {
            Output.error("martlet verify: \(error)")
            return .failure
        }
    }

    /// Every scenario, until a signal.
    private func play(isCancelled: @escaping @Sendable () -> Bool) throws -> [TrialReport] {
        let display = Display(plainEverySeconds: 10)
        let watcher = TrialWatcher(display, isQuiet: asJSON)
        let runner = TrialRunner(
            recipe, options, command: commandText, tell: { watcher.take($0) }, isCancelled: isCancelled)
        let folder = reportFolder.map { ReportFolder(path: $0.path) }
        var reports: [TrialReport] = []
        for scenario in scenarios where !isCancelled() {
            watcher.begin(scenario)
            let report = runner.run(scenario)
            display.finish(keepingPicture: false)
            reports.append(report)
            if !asJSON { Output.write(TrialSummary.text(of: report) + "\n") }
            try folder?.add(report)
            try folder?.writePage()
        }
        if asJSON {
            let texts = try reports.map { String(decoding: try ReportFolder.encode($0), as: UTF8.self) }
            Output.write("[\(texts.joined(separator: ",\n"))]\n")
        } else if reports.count > 1 {
            Output.write(TrialSummary.table(of: reports) + "\n")
        }
        if let folder, !asJSON { Output.write("report: \(folder.pagePath)\n") }
        return reports
    }

    private static func scenarios(_ text: String) throws(UsageFault) -> [Scenario] {
        switch text {
        case "all": return Scenario.all
        case "ci": return Scenario.selection.compactMap(Scenario.named)
        default: break
        }
        var scenarios: [Scenario] = []
        for name in text.split(separator: ",").map(String.init) {
            guard let scenario = Scenario.named(name) else {
                let hint = nearestName(to: name, among: Scenario.all.map(\.name.name))
                throw fault(
                    "--scenario names \"\(name)\", which `martlet verify list` does not have"
                        + (hint.map { "; did you mean \"\($0)\"?" } ?? ""))
            }
            scenarios.append(scenario)
        }
        return scenarios
    }

    private static func kafka(_ path: String?, orElse variable: String) throws(UsageFault) -> KafkaHome {
        guard let place = path ?? ProcessInfo.processInfo.environment[variable] else {
            throw fault("no Kafka: set KAFKA_HOME, or --kafka, to the folder of an unpacked Apache Kafka release")
        }
        guard let home = KafkaHome(at: URL(filePath: place)) else {
            throw fault("\(place) is no Apache Kafka release: it has no libs/kafka-clients-*.jar")
        }
        return home
    }

    private static func recipe(_ text: String, kafka: KafkaHome) throws(UsageFault) -> any MirrorRecipe {
        switch text {
        case "martlet": return MartletRecipe(program: program, version: Martlet.version)
        case "mirrormaker1":
            guard kafka.major < 4 else {
                throw fault("MirrorMaker 1 was removed in Kafka 4.0: name a release up to 3.9 with --mirror-kafka")
            }
            return MirrorMaker1Recipe(home: kafka)
        case "mirrormaker2": return MirrorMaker2Recipe(home: kafka)
        default: break
        }
        guard text.hasPrefix("command:") else {
            throw fault(
                "--mirror is \"\(text)\"; expected martlet, mirrormaker1, mirrormaker2 or 'command: PROGRAM ARGUMENTS'")
        }
        return CommandRecipe(command: text.dropFirst(8).trimmingCharacters(in: .whitespaces))
    }

    /// This very file, also when it was found by the PATH.
    private static var program: String {
        let link = "/proc/self/exe"
        return (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) ?? link
    }

    private static func fault(_ message: String) -> UsageFault { UsageFault(message: message, command: "verify run") }
}
