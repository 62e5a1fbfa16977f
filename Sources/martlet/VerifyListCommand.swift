import Console
import Trials

/// `martlet verify list`: what is done in each scenario, and what is demanded.
enum VerifyListCommand {
    private struct Entry: Encodable {
        let id: String
        let name: String
        let title: String
        let explanation: String
        let passLine: String
        let notRunHere: String?
    }

    static func run(asJSON: Bool) -> ExitCode {
        if asJSON {
            Output.write(
                json: Scenario.all.map {
                    Entry(
                        id: $0.name.id, name: $0.name.name, title: $0.name.title, explanation: $0.explanation,
                        passLine: $0.passLine, notRunHere: $0.obstacle)
                })
            return .success
        }
        for scenario in Scenario.all {
            Output.write(
                HelpPage.entry(
                    "\(scenario.name.id) \(scenario.name.name): \(scenario.name.title)", paragraphs(scenario)))
        }
        return .success
    }

    private static func paragraphs(_ scenario: Scenario) -> [String] {
        var paragraphs = [scenario.explanation]
        if !scenario.passLine.isEmpty { paragraphs.append("Demanded beside the claim: \(scenario.passLine).") }
        if let obstacle = scenario.obstacle { paragraphs.append("Not run: \(obstacle).") }
        return paragraphs
    }
}
