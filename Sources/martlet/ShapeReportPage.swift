import Shaping
import Trials

/// A run's report as one page for whoever answers for people's data: in plain words, with nothing but itself. All texts
/// from outside are escaped by `Markup`.
struct ShapeReportPage {
    private let report: RunReport

    init(_ report: RunReport) {
        self.report = report
    }

    var html: String { markup.text }

    private var markup: Markup {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>\(title)</title>
        <style>\(ShapeReportStyle.sheet)</style>
        </head>
        <body>
        <main>
        <h1>\(title)</h1>
        \(verdict)
        \(facts)
        \(records)
        <h2>What the rules did</h2>
        <p>Each rule names one place in a record and what becomes of it. Beside the rules, everything that nobody listed \
        is treated as the last line of each table says.</p>
        \(report.policies.map(table))
        \(silent)
        \(proof)
        \(processes)
        <footer><p>This page holds counts, names of fields and times. It holds no part of any record and nothing of the \
        key that pseudonyms are made with.</p></footer>
        </main>
        </body>
        </html>

        """
    }

    private var title: String { "Sanitizing report of \(report.flow)" }

    private var verdict: Markup {
        guard report.findings.isEmpty else {
            return """
                <p class="verdict bad"><b>Something was found that should not have passed.</b> The flow was stopped. See \
                “What was found” below.</p>
                """
        }
        guard !report.policies.isEmpty else {
            return """
                <p class="verdict">Nothing is sanitized in this flow: what it takes, it passes on as it is.</p>
                """
        }
        let isLooked = (report.canary?.shots ?? 0) > 0 || (report.scan?.records ?? 0) > 0
        return isLooked
            ? """
            <p class="verdict good"><b>Nothing was found that should not have passed.</b> What was looked at, and how, is \
            said below.</p>
            """
            : """
            <p class="verdict bad"><b>Nothing was looked at.</b> Neither canaries nor searched records say whether the \
            rules hold.</p>
            """
    }

    private var facts: Markup {
        let rules =
            report.fingerprints.count > 1
            ? "\(report.fingerprints.joined(separator: " and ")): processes with different rules were at work"
            : report.fingerprints.joined()
        let facts: [(String, String)] = [
            ("From", report.source), ("To", report.destination), ("Window", report.window),
            ("Began", ShapeReportText.instant(report.began)),
            (report.isOver ? "Ended" : "Goes on; as of", ShapeReportText.instant(report.written)),
            ("Rules (a fingerprint: the same only for the same rules and key)", rules),
        ]
        return "<table>\(facts.map { "<tr><th>\($0.0)</th><td>\($0.1)</td></tr>\n" as Markup })</table>"
    }

    // MARK: Records

    private var records: Markup {
        let records = report.records
        let rows: [(String, Int, String)] = [
            ("Offered", records.offered, "read from the source"),
            ("Sent", records.sent, "handed on, those put aside among them"),
            ("Left out by the sample", records.sampledOut, "not part of the share that was to be taken"),
            ("Left out by a smaller sample", records.sampledDown, "taken back because more came than the rate allows"),
            ("Outside the window", records.outsideWindow, "written before the time that was to be replayed"),
            ("Left out by the rate", records.droppedByRate, "more than the rate allows"),
            (
                "Left out as unsafe", records.droppedUnsafe,
                "could not be sanitized, and a policy says to leave them out"
            ),
            (
                "Put aside", records.quarantined,
                "could not be sanitized: where they stand is noted, and nothing of them"
            ),
            ("Waiting", records.waiting, "for their time"),
        ]
        return """
            <h2>Records</h2>
            <table><thead><tr><th>What became of them</th><th class="n">Records</th><th>Meaning</th></tr></thead>
            <tbody>\(rows.map { row in
                "<tr><th>\(row.0)</th><td class=\"n\">\(row.1)</td><td>\(row.2)</td></tr>\n" as Markup
            })</tbody></table>
            """
    }

    // MARK: Rules

    private func table(_ policy: RunPart.Policy) -> Markup {
        let rows = policy.rules.enumerated().map { number, rule in
            """
            <tr\(rule.hits == 0 ? " class=\"none\"" : "" as Markup)><td class="n">\(number + 1)</td><th><code>\(rule.place)\
            </code></th><td>\(ShapeReportWords.meaning(of: rule.action))</td><td class="n">\
            \(rule.hits == 0 ? "never met" : "\(rule.hits)")</td></tr>

            """ as Markup
        }
        return """
            <h3>Policy \(policy.policy): \(policy.topics.joined(separator: ", "))</h3>
            <table><thead><tr><th class="n">Rule</th><th>Place</th><th>What becomes of it</th><th class="n">Times</th></tr>\
            </thead>
            <tbody>\(rows)
            <tr><td></td><th>Credentials in headers</th><td>taken away</td><td class="n">\(policy.credentials)</td></tr>
            <tr><td></td><th>Everything that nobody listed</th><td>\(ShapeReportWords.unlisted(policy.unlisted))</td>\
            <td class="n">\(policy.unlistedPlaces)</td></tr></tbody></table>
            \(failures(of: policy))
            """
    }

    private func failures(of policy: RunPart.Policy) -> Markup {
        guard policy.unparseable + policy.typeMismatches + policy.unmatchedPaths > 0 else { return "" }
        return """
            <p>Records that could not be sanitized, and did not pass as they were: \(policy.unparseable) that cannot be \
            read, \(policy.typeMismatches) with something at a rule's place that the rule is not for, \
            \(policy.unmatchedPaths) without a rule's place.</p>
            """
    }

    private var silent: Markup {
        guard !report.rulesWithoutHit.isEmpty else { return "" }
        let items = report.rulesWithoutHit.map { rule in
            "<li>Policy \(rule.policy), rule \(rule.rule): <code>\(rule.place)</code></li>\n" as Markup
        }
        return """
            <h2>Rules that never met their place</h2>
            <ul class="warn">\(items)</ul>
            <p>Either no record of this run had such a field, or the rule's place is misspelt, or the field has moved. \
            What nobody listed is still treated as said above, so a misspelt place does not let data pass unless unlisted \
            places are kept. What to do: ask whoever writes these records whether the field is still there, try the rule \
            with <code>martlet shape explain</code>, then correct its place or take it out.</p>
            """
    }

    // MARK: Proof

    private var proof: Markup {
        let canary: Markup =
            if let canary = report.canary {
                """
                <tr><th>Canaries</th><td class="n">\(canary.shots)</td><td>Made-up records with texts that nobody has, sent \
                through each sanitizer every \(Int(canary.everyMilliseconds / 1_000)) s and nowhere else. None of the \
                texts may come out.\(canary.last.map { " The last one: \(ShapeReportText.instant($0))." } ?? "")\
                \(unanswered(canary))</td></tr>
                """
            } else {
                "<tr><th>Canaries</th><td class=\"n\">none</td><td>Switched off in the configuration.</td></tr>"
            }
        let scan: Markup =
            if let scan = report.scan {
                """
                <tr><th>Searched records</th><td class="n">\(scan.records)</td><td>\(ShapeReportText.percent(scan.share)) \
                of the records, at random: before each was handed on, it was searched for every text of the original \
                that no rule lets pass, as it is and encoded.</td></tr>
                """
            } else {
                "<tr><th>Searched records</th><td class=\"n\">none</td><td>Switched off in the configuration.</td></tr>"
            }
        return """
            <h2>How it was checked</h2>
            <table><tbody>\(canary)
            \(scan)
            </tbody></table>
            \(found)
            """
    }

    private func unanswered(_ canary: RunPart.Canary) -> String {
        canary.unanswered == 0
            ? ""
            : " \(canary.unanswered) more could not be judged, because the policy lets no such record pass at all."
    }

    private var found: Markup {
        guard !report.findings.isEmpty else { return "" }
        let rows = report.findings.map { found in
            """
            <tr class="bad"><td>\(found.finding.description)</td><td>\(found.finding.means.rawValue)</td>\
            <td>\(found.instance)</td></tr>

            """ as Markup
        }
        return """
            <h2>What was found</h2>
            <table><thead><tr><th>What</th><th>By</th><th>In the process</th></tr></thead><tbody>\(rows)</tbody></table>
            <p>The record in which it was found was not handed on, and all processes of the flow were told to stop. What to \
            do: find out why the rule did not hold; records that were sent since the last canary or searched record without \
            a finding may hold what should not have passed, so delete them at the destination; then let the flow go on.</p>
            """
    }

    // MARK: Processes

    private var processes: Markup {
        let rows = report.processes.map { part in
            """
            <tr><th>\(part.instance)</th><td>\(ShapeReportText.instant(part.began))</td><td>\(part.isEnd ? "ended " : "")\
            \(ShapeReportText.instant(part.written))</td><td class="n">\(part.records.sent)</td><td class="n">\
            \(part.rates.map { "\($0.mean) (\($0.lowest) to \($0.highest))" } ?? "")</td><td class="n">\
            \(part.lateness.map { "\($0.p50Milliseconds) / \($0.p99Milliseconds) / \($0.maxMilliseconds)" } ?? "")</td>\
            <td><code>\(part.fingerprint)</code></td></tr>

            """ as Markup
        }
        return """
            <h2>Processes</h2>
            <table><thead><tr><th>Process</th><th>Began</th><th>As of</th><th class="n">Sent</th><th class="n">Records a \
            second: mean (lowest to highest)</th><th class="n">Late by, ms: half / 99 % / at most</th><th>Rules</th></tr>\
            </thead><tbody>\(rows)</tbody></table>
            """
    }
}
