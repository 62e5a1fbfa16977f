import Foundation
import Shaping

/// A run's report for a terminal.
struct ShapeReportText {
    private let report: RunReport

    init(_ report: RunReport) {
        self.report = report
    }

    var text: String {
        var lines = [
            "\(report.flow): \(report.source) to \(report.destination)",
            "window: \(report.window)",
            "at work from \(Self.instant(report.began)) to \(Self.instant(report.written)), "
                + (report.isOver ? "ended" : "not ended"),
            "rules \(report.fingerprints.joined(separator: " and "))", "", "records", recordLine,
        ]
        for policy in report.policies { lines += Self.lines(of: policy) }
        lines += ["", "proof", "  \(canary)", "  \(scan)"]
        if report.findings.isEmpty {
            lines.append("  nothing was found that should not pass")
        } else {
            lines += report.findings.map {
                "  FOUND by the \($0.finding.means.rawValue): \($0.finding) (\($0.instance))"
            }
        }
        lines += ["", "processes"] + report.processes.map(Self.line)
        return lines.joined(separator: "\n") + "\n"
    }

    private var recordLine: String {
        let records = report.records
        return "  \(records.offered) offered: \(records.sent) sent (\(records.quarantined) of them aside), "
            + "\(records.sampledOut + records.sampledDown) left out by the sample, \(records.droppedByRate) by the rate, "
            + "\(records.outsideWindow) outside the window, "
            + "\(records.droppedUnsafe) as unsafe, \(records.waiting) waiting"
    }

    private static func lines(of policy: RunPart.Policy) -> [String] {
        var lines = ["", "policy \(policy.policy): \(policy.topics.joined(separator: ", "))"]
        lines += policy.rules.enumerated().map { number, rule in
            "  rule \(number + 1), \(rule.place): \(rule.action), "
                + (rule.hits == 0 ? "NO HIT" : plural(rule.hits, "place"))
        }
        lines.append(
            "  unlisted: \(policy.unlisted), \(plural(policy.unlistedPlaces, "place")); credentials: "
                + "\(plural(policy.credentials, "header")) taken away")
        let failures = policy.unparseable + policy.typeMismatches + policy.unmatchedPaths
        if failures > 0 {
            lines.append(
                "  could not be sanitized: \(policy.unparseable) unparseable, \(policy.typeMismatches) of another kind "
                    + "than a rule wants, \(policy.unmatchedPaths) without a rule's place")
        }
        return lines
    }

    private var canary: String {
        guard let canary = report.canary else { return "no canaries" }
        let age = canary.last.map { ", the last one at \(Self.instant($0))" } ?? ""
        let unanswered = canary.unanswered > 0 ? ", \(canary.unanswered) without an answer" : ""
        return
            "\(canary.shots) \(canary.shots == 1 ? "canary" : "canaries"), every \(canary.everyMilliseconds / 1_000) s in each "
            + "sanitizer\(age)\(unanswered)"
    }

    private var scan: String {
        guard let scan = report.scan else { return "no records searched" }
        return "\(plural(scan.records, "record")) searched, \(Self.percent(scan.share)) of them"
    }

    private static func line(_ part: RunPart) -> String {
        var line = "  \(part.instance): \(part.records.sent) sent"
        if let rates = part.rates {
            line += ", a second \(rates.mean) (\(rates.lowest) to \(rates.highest))"
        }
        if let late = part.lateness {
            line +=
                ", late by \(late.p50Milliseconds) ms (99 %: \(late.p99Milliseconds), at most \(late.maxMilliseconds))"
        }
        return line + ", since \(instant(part.began))" + (part.isEnd ? ", ended \(instant(part.written))" : "")
    }

    static func instant(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(.iso8601)
    }

    static func percent(_ share: Double) -> String {
        let percent = (share * 1_000_000).rounded() / 10_000
        return (percent == percent.rounded() ? "\(Int(percent))" : "\(percent)") + " %"
    }
}
