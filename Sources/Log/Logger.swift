import Foundation

/// Structured lines, one write each. A value: copy it, add fields with `with`, hand it on.
///
/// Lines go to file descriptor 2, so that standard output stays free for what a command answers. C's `stderr` is a
/// mutable global that Swift 6 rightly refuses.
package struct Logger: Sendable {
    package let level: LogLevel
    private let format: LogFormat
    private let fields: [LogField]
    private let sink: @Sendable (String) -> Void

    /// - Parameter sink: takes one whole line with its line feed; called on whatever thread logs.
    package init(
        level: LogLevel = .info, format: LogFormat = .text,
        sink: @escaping @Sendable (String) -> Void = Self.standardError
    ) {
        self.init(level: level, format: format, fields: [], sink: sink)
    }

    private init(level: LogLevel, format: LogFormat, fields: [LogField], sink: @escaping @Sendable (String) -> Void) {
        self.level = level
        self.format = format
        self.fields = fields
        self.sink = sink
    }

    /// Writes to file descriptor 2. A line that cannot be written is dropped: a log must never stop a mirror.
    package static let standardError: @Sendable (String) -> Void = { line in
        try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
    }

    /// A logger that says nothing.
    package static let silent = Logger(level: .error, sink: { _ in })

    /// The same logger with fields that every line of it carries, before the line's own.
    package func with(_ more: [LogField]) -> Logger {
        Logger(level: level, format: format, fields: fields + more, sink: sink)
    }

    package func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [LogField] = []) {
        log(.debug, message(), fields())
    }

    package func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [LogField] = []) {
        log(.info, message(), fields())
    }

    package func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [LogField] = []) {
        log(.warning, message(), fields())
    }

    package func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [LogField] = []) {
        log(.error, message(), fields())
    }

    /// Nothing is evaluated for a line below the level.
    package func log(
        _ level: LogLevel, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> [LogField] = []
    ) {
        guard level >= self.level else { return }
        let now = Int64((Date().timeIntervalSince1970 * 1_000).rounded(.down))
        sink(
            format.line(
                millisecondsSince1970: now, level: level, message: message(), fields: self.fields + fields()))
    }
}
