import Foundation

/// One page over a set of trials. It holds everything that it shows: no network, no font, no file beside it; and it is
/// well-formed as XML, so that a parser can prove that nothing from outside broke out of its place.
package struct ReportPage: Sendable {
    /// In order, one for each scenario and mirror.
    private let trials: [TrialReport]
    private let unread: [String]

    package init(_ reports: [TrialReport], unread: [String] = []) {
        trials = ReportOrder.sorted(reports)
        self.unread = unread
    }

    package var html: String { markup.text }

    var markup: Markup {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <title>\(title)</title>
        <style>\(Markup(raw: ReportStyle.sheet))</style>
        </head>
        <body>
        <main>
        \(head)
        \(trials.isEmpty ? "" : ReportMatrix(trials).markup)
        \(trials.map { TrialSection($0, isOpen: trials.count <= 3 || $0.outcome == .failed).markup })
        \(foot)
        </main>
        <script>\(Markup(raw: ReportStyle.script))</script>
        </body>
        </html>

        """
    }

    private var title: String {
        guard trials.count == 1, let trial = trials.first else { return "Mirrors on trial" }
        return "\(trial.scenario.id) \(trial.scenario.title): \(Figures.clipped(trial.mirror, to: 60))"
    }

    // MARK: - Head

    private var head: Markup {
        let outcomes: [TrialReport.Outcome] = [.passed, .failed, .notRun]
        let tally = outcomes.map { outcome in
            let number = trials.count { $0.outcome == outcome }
            return """
                <li class="\(ReportStyle.name(of: outcome))"><b>\(number)</b> \(outcome.rawValue)</li>

                """ as Markup
        }
        return """
            <header>
            <p class="kicker">martlet verify</p>
            <h1>\(title)</h1>
            <p class="lede">Two Kafka clusters, a mirror between them, something that breaks. Every record that the \
            source acknowledged is looked for at the destination, and each pass line below was measured.</p>
            <ul class="tally">\(tally)</ul>
            <dl class="facts">\(facts)</dl>
            </header>
            """
    }

    private var facts: [Markup] {
        var facts: [Markup] = []
        if let first = trials.map(\.began).min(), let last = trials.map(\.began).max() {
            let texts = [Figures.minute(first), Figures.minute(last)]
            facts.append(fact("When", texts[0] == texts[1] ? texts[0] : "\(texts[0]) to \(texts[1])"))
        }
        let versions = ReportOrder.mirrors(of: trials).map { mirror in
            let versions = Set(trials.filter { $0.mirror == mirror }.compactMap(\.mirrorVersion)).sorted()
            return Figures.clipped(mirror, to: 80) + (versions.isEmpty ? "" : " " + versions.joined(separator: ", "))
        }
        if !versions.isEmpty { facts.append(fact("Mirrors", versions.joined(separator: "; "))) }
        let machines = Set(trials.map(\.machine)).map(Self.text).sorted()
        for (index, machine) in machines.enumerated() {
            facts.append(fact(machines.count == 1 ? "Where" : "Where (\(index + 1))", machine))
        }
        if machines.count > 1 {
            let text = "the trials ran on \(machines.count) machines: compare their figures with care"
            facts.append(fact("Beware", text))
        }
        let commands = Set(trials.map(\.command)).sorted()
        if commands.count == 1 { facts.append("<dt>Again</dt><dd><code>\(commands[0])</code></dd>\n") }
        return facts
    }

    private func fact(_ name: String, _ text: String) -> Markup {
        "<dt>\(name)</dt><dd>\(text)</dd>\n"
    }

    private static func text(_ machine: Machine) -> String {
        let memory = Figures.decimal(Double(machine.memoryMebibytes) / 1_024, places: 1)
        let cores = machine.cores == 1 ? "1 core" : "\(machine.cores) cores"
        return "\(machine.processor), \(cores), \(memory) GiB, \(machine.system); Kafka \(machine.kafka)"
    }

    private var foot: Markup {
        let missing: Markup =
            unread.isEmpty ? "" : "<p>Not read, because they are no reports: \(unread.joined(separator: ", "))</p>\n"
        return """
            <footer>
            \(missing)<p>Rates count records. Latency runs from the moment a record was due to be sent, so a producer \
            that is held up does not hide it. A cell that says “not run” is neither a pass nor a fail: the machine could \
            not do what the scenario needs. Nothing in a cell means that no such trial is in this folder.</p>
            </footer>
            """
    }
}
