import Console
import Foundation

/// The command line: reads the words, runs one command, ends with its exit code.
@main
enum Martlet {
    static let version = "0.1.0"

    static func main() {
        let words = Array(ProcessInfo.processInfo.arguments.dropFirst())
        exit(run(words).rawValue)
    }

    static func run(_ words: [String]) -> ExitCode {
        do throws(UsageFault) {
            let invocation = try CommandParser.parse(words)
            switch invocation.command.name {
            case "demo": return DemoCommand(invocation).run()
            case "run": return try RunCommand(invocation).run()
            case "check": return try CheckCommand(invocation).run()
            case "positions": return try PositionsCommand(invocation).run()
            case "rate": return try RateCommand(invocation).run()
            case "shape test": return try ShapeTestCommand(invocation).run()
            case "shape explain": return try ShapeExplainCommand(invocation).run()
            case "shape propose": return try ShapeProposeCommand(invocation).run()
            case "shape report": return try ShapeReportCommand(invocation).run()
            case "verify run": return try VerifyRunCommand(invocation).run()
            case "verify attach": return try VerifyAttachCommand(invocation).run()
            case "verify list": return VerifyListCommand.run(asJSON: invocation.isSet(.json))
            case "verify produce": return try VerifyProduceCommand(invocation).run()
            case "verify consume": return try VerifyConsumeCommand(invocation).run()
            case "verify judge": return try VerifyJudgeCommand(invocation).run()
            case "version": return VersionCommand.run(asJSON: invocation.isSet(.json))
            case "completions": return completions(invocation)
            default: return help(invocation)
            }
        } catch {
            Output.error("martlet: \(error)")
            return .usage
        }
    }

    private static func help(_ invocation: Invocation) -> ExitCode {
        Output.write(HelpPage.page(about: invocation.operand))
        return .success
    }

    private static func completions(_ invocation: Invocation) -> ExitCode {
        guard let shell = invocation.operand.flatMap(Completions.Shell.init) else {
            preconditionFailure("the table lets another shell through")
        }
        Output.write(Completions.script(for: shell))
        return .success
    }
}

/// What the process ends with. Part of the interface: scripts and supervisors decide by it.
enum ExitCode: Int32 {
    /// Done, or stopped in good order.
    case success = 0
    /// It did not work out; the log says why.
    case failure = 1
    /// The command line or the configuration has mistakes; nothing was started.
    case usage = 2
}
