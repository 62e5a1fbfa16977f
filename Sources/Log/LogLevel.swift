/// How much a line matters. Ordered: a logger drops every line below its own level.
package enum LogLevel: Int, Sendable, CaseIterable, Comparable {
    case debug
    case info
    /// Something an operator should look at; the work goes on.
    case warning
    /// Something stands still, or the process ends.
    case error

    package init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }

    package var name: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
