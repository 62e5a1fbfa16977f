import Console
import Foundation
import Log
import Mirror
import Model
import RdKafka

/// `martlet run`: every flow of the configuration, until a signal, a fault or, with `--once`, the end of the copying.
struct RunCommand {
    /// What the drain of all flows may take. Kubernetes kills 30 s after SIGTERM by default: half of that is left.
    private static let drainSeconds = 15

    private let configuration: LoadedConfiguration?
    private let instance: String
    private let once: Bool
    private let display = Display(plainEverySeconds: 5)
    private let logger: Logger

    init(_ invocation: Invocation) throws(UsageFault) {
        once = invocation.isSet(.once)
        instance = try Self.instance(invocation)
        logger = Logger(invocation, level: .logLevel, sink: once ? display.log : Logger.standardError)
        configuration = try LoadedConfiguration(for: invocation)
    }

    func run() -> ExitCode {
        guard let configuration else { return .usage }
        SpareMemory.prepare()
        let flows = configuration.flows
        logger.info(
            "martlet starts",
            [
                LogField("version", Martlet.version), LogField("librdkafka", librdkafkaVersion),
                LogField("instance", instance), LogField("flows", flows.map(\.name).joined(separator: " ")),
            ])
        let threads = FlowThreads(flows: flows, instance: instance, once: once, logger: logger)
        let signals = StopSignals { [logger] count in
            guard count == 1 else {
                logger.error("second signal: ends at once, with work under way")
                _exit(ExitCode.failure.rawValue)
            }
            logger.info("signal: finishes what is under way", [LogField("seconds-at-most", Self.drainSeconds)])
            threads.stop()
        }
        threads.start()
        let settings = SettingsWatch(configuration, threads: threads, logger: logger)
        settings.start()
        let isDrained = watch(threads)
        withExtendedLifetime(signals) {}
        guard isDrained else {
            logger.error("the drain took too long: what was under way is copied again by the next owner")
            // Threads that would not end still run: nothing of theirs may be torn down under them.
            _exit(ExitCode.failure.rawValue)
        }
        settings.end()
        return ending(of: threads)
    }

    /// - Returns: `false` when flows were told to stop and did not, in time.
    private func watch(_ threads: FlowThreads) -> Bool {
        var progress = OnceProgress()
        var memory = SpareMemory()
        var deadline: ContinuousClock.Instant?
        while !threads.areOver {
            threads.wait(milliseconds: 250)
            memory.tend()
            if once {
                let line = progress.line(threads)
                display.show([line], plain: line)
            }
            if let deadline {
                if ContinuousClock.now >= deadline { return false }
            } else if threads.areStopping || !threads.faults.isEmpty {
                // One flow that cannot go on ends the process: whoever watches it sees that, and starts it again.
                threads.stop()
                deadline = .now + .seconds(Self.drainSeconds)
            }
        }
        return true
    }

    private func ending(of threads: FlowThreads) -> ExitCode {
        display.finish(keepingPicture: false)
        for (flow, fault) in threads.faults {
            logger.error("the flow ended: \(fault)", [LogField("flow", flow)])
        }
        guard threads.faults.isEmpty else { return .failure }
        if once { return OnceProgress.verdict(on: threads, logger: logger) }
        logger.info("martlet ends")
        return .success
    }

    private static func instance(_ invocation: Invocation) throws(UsageFault) -> String {
        guard let name = invocation.text(.instance) else {
            let process = ProcessInfo.processInfo
            return InstanceName.unique(
                host: process.hostName, process: process.processIdentifier, random: .random(in: .min ... .max))
        }
        guard InstanceName.isValid(name) else {
            throw UsageFault(
                message: "--instance is \"\(name)\"; expected letters, digits and \"-\", at most 100", command: "run")
        }
        return name
    }
}

extension Logger {
    /// As the command's own option for the level and `--log-format` say.
    init(_ invocation: Invocation, level: Console.Option, sink: @escaping @Sendable (String) -> Void) {
        guard let level = LogLevel(name: invocation.required(level)),
            let format = LogFormat(rawValue: invocation.required(.logFormat))
        else { preconditionFailure("the table lets other levels or formats through") }
        self.init(level: level, format: format, sink: sink)
    }
}
