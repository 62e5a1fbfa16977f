import Console
import Foundation
import Synchronization

/// Standard output for what a command answers, standard error for everything else.
///
/// A reader that went away (`martlet check | head`) is no reason to fail: what cannot be written is dropped.
enum Output {
    static func write(_ text: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }

    static func error(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }

    /// - Parameter value: plain data; its keys come out sorted, so that two answers can be compared.
    static func write(json value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("\(type(of: value)) has no JSON") }
        write(String(decoding: data, as: UTF8.self) + "\n")
    }
}

/// A picture that is drawn over and over at a terminal, and log lines that do not spoil it.
///
/// Where standard output is no terminal there is no picture: a plain line now and then instead.
final class Display: Sendable {
    private struct State {
        var screen: Screen
        var picture: [String] = []
        var nextPlainSeconds = 0.0
    }

    private let state: Mutex<State>
    private let start = ContinuousClock.now
    private let plainEverySeconds: Double
    let isTerminal: Bool
    private let sharesTerminalWithLog: Bool

    init(plainEverySeconds: Double) {
        let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 80
        self.state = Mutex(State(screen: Screen(columns: columns)))
        self.plainEverySeconds = plainEverySeconds
        self.isTerminal = isatty(STDOUT_FILENO) == 1
        self.sharesTerminalWithLog = isTerminal && isatty(STDERR_FILENO) == 1
    }

    func show(_ picture: [String], plain: String) {
        state.withLock { state in
            if isTerminal {
                state.picture = picture
                Output.write(state.screen.draw(picture))
            } else if start.duration(to: .now) >= .seconds(state.nextPlainSeconds) {
                state.nextPlainSeconds = start.duration(to: .now) / .seconds(1) + plainEverySeconds
                Output.write(plain + "\n")
            }
        }
    }

    /// A line of the log: above the picture where both share a terminal.
    func log(_ line: String) {
        state.withLock { state in
            if sharesTerminalWithLog { Output.write(state.screen.clear()) }
            try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
            if sharesTerminalWithLog, !state.picture.isEmpty { Output.write(state.screen.draw(state.picture)) }
        }
    }

    /// Takes the picture away, or leaves the last one standing.
    func finish(keepingPicture: Bool) {
        state.withLock { state in
            if isTerminal, !keepingPicture { Output.write(state.screen.clear()) }
            state.picture = []
        }
    }
}
