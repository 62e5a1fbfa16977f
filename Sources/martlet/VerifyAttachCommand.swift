import Console
import Foundation
import Trials
import Verify

/// `martlet verify attach`: a mirror that runs already, and what is to be said of it.
struct VerifyAttachCommand {
    let options: AttachOptions
    private let reportFolder: ReportFolder?
    private let asJSON: Bool

    init(_ invocation: Invocation) throws(UsageFault) {
        let topic = AttachOptions.topicName(
            prefix: invocation.required(.topicPrefix), at: .now, number: .random(in: 0...0xffff))
        var options = AttachOptions(
            source: .init(
                bootstrap: invocation.required(.source),
                properties: try VerifySettings.properties(.sourceProperties, of: invocation)),
            destination: .init(
                bootstrap: invocation.required(.destination),
                properties: try VerifySettings.properties(.destinationProperties, of: invocation)),
            topic: topic)
        options.destinationPrefix = invocation.text(.destinationPrefix) ?? ""
        for (option, name) in [(Option.topicPrefix, topic), (.destinationPrefix, options.copy)] {
            if let refusal = AttachOptions.refusal(ofTopic: name) {
                throw VerifySettings.fault(option, "makes the name \"\(name)\"; \(refusal)", invocation)
            }
        }
        options.partitions = invocation.number(.attachPartitions)
        options.replicas = invocation.text(.attachReplicas).flatMap { Int32($0) }
        options.retentionMilliseconds = invocation.text(.attachRetention).flatMap { Int64($0) }
        options.ratePerSecond = invocation.number(.attachRate)
        options.sizes = try VerifySettings.sizes(invocation)
        options.seconds = invocation.number(.attachSeconds)
        options.waitSeconds = invocation.number(.wait)
        options.claim = Claim(rawValue: invocation.required(.expect)) ?? .exactlyOnce
        options.keepsTopics = invocation.isSet(.keepTopics)
        options.mirror = invocation.required(.mirrorName)
        options.command = Self.command(invocation)
        self.options = options
        reportFolder = invocation.text(.report).map { ReportFolder(path: URL(filePath: $0).path) }
        asJSON = invocation.isSet(.json)
    }

    /// As it was typed: with what was given, and without what only says where the answer goes.
    private static func command(_ invocation: Invocation) -> String {
        let silent = Set([Option.report, .json, .keepTopics].map(\.name))
        let words = invocation.command.options.compactMap { option -> String? in
            guard !silent.contains(option.name), invocation.isSet(option), let text = invocation.text(option) else {
                return nil
            }
            return "--\(option.name) \(text.contains(" ") ? "'\(text)'" : text)"
        }
        return (["martlet verify attach"] + words).joined(separator: " ")
    }

    func run() -> ExitCode {
        let wish = StopWish()
        defer { withExtendedLifetime(wish) {} }
        let display = Display(plainEverySeconds: 10)
        let watcher = TrialWatcher(display, isQuiet: asJSON)
        do {
            let report = try AttachTrial(options, tell: { watcher.take($0) }, isCancelled: wish.check).run()
            display.finish(keepingPicture: false)
            try show(report)
            return report.outcome == .passed ? .success : .failure
        } catch {
            display.finish(keepingPicture: false)
            Output.error("martlet verify attach: \(error)")
            return .failure
        }
    }

    private func show(_ report: TrialReport) throws {
        if asJSON {
            Output.write(String(decoding: try ReportFolder.encode(report), as: UTF8.self) + "\n")
        } else {
            Output.write(TrialSummary.text(of: report) + "\n")
        }
        guard let reportFolder else { return }
        try reportFolder.add(report)
        try reportFolder.writePage()
        if !asJSON { Output.write("report: \(reportFolder.pagePath)\n") }
    }
}
