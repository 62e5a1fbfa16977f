import Console
import Synchronization
import Trials

/// Shows a trial while it runs: what is done to the mirror, line by line, and below it one line of counts.
final class TrialWatcher: Sendable {
    private let display: Display
    private let isQuiet: Bool

    init(_ display: Display, isQuiet: Bool) {
        self.display = display
        self.isQuiet = isQuiet
    }

    func begin(_ scenario: Scenario) {
        guard !isQuiet else { return }
        display.log("\(scenario.name.id) \(scenario.name.name): \(scenario.name.title)\n")
    }

    func take(_ news: TrialNews) {
        guard !isQuiet else { return }
        switch news {
        case .said(let second, let text): display.log("\(Self.clock(second))  \(text)\n")
        case .counts(let second, let sent, let received, let processes):
            var line = "\(Self.clock(second))  \(Quantity.count(sent)) sent, \(Quantity.count(received)) judged"
            if let processes { line += ", \(processes) mirror \(processes == 1 ? "process" : "processes")" }
            display.show([line], plain: line)
        }
    }

    private static func clock(_ second: Double) -> String {
        let whole = Int(second)
        let rest = whole % 60
        return "\(whole / 60):\(rest < 10 ? "0" : "")\(rest)"
    }
}
