/// How a set of trials is laid out: scenarios by number, our own mirror first, the latest trial of each pair.
package enum ReportOrder {
    package static func sorted(_ reports: [TrialReport]) -> [TrialReport] {
        var latest: [String: TrialReport] = [:]
        for report in reports {
            let name = ReportFolder.stem(of: report)
            if let other = latest[name], other.began > report.began { continue }
            latest[name] = report
        }
        return latest.values.sorted { left, right in
            if left.scenario.id != right.scenario.id { return precedes(left.scenario.id, right.scenario.id) }
            return mirrorPrecedes(left.mirror, right.mirror)
        }
    }

    package static func mirrors(of reports: [TrialReport]) -> [String] {
        Set(reports.map(\.mirror)).sorted(by: mirrorPrecedes)
    }

    /// `S2` before `S10`, and `S11` before `S11b`.
    static func precedes(_ left: String, _ right: String) -> Bool {
        let (a, b) = (parts(of: left), parts(of: right))
        if a.letters != b.letters { return a.letters < b.letters }
        if a.number != b.number { return a.number < b.number }
        return a.rest == b.rest ? left < right : a.rest < b.rest
    }

    private static func parts(of id: String) -> (letters: Substring, number: Int, rest: Substring) {
        let letters = id.prefix { !("0"..."9").contains($0) }
        let digits = id[letters.endIndex...].prefix { ("0"..."9").contains($0) }
        return (letters, Int(digits) ?? 0, id[digits.endIndex...])
    }

    private static func mirrorPrecedes(_ left: String, _ right: String) -> Bool {
        let (a, b) = (rank(left), rank(right))
        return a == b ? left < right : a < b
    }

    /// Commands come behind the mirrors that have names.
    private static func rank(_ mirror: String) -> Int {
        mirror == "martlet" ? 0 : mirror.hasPrefix("command:") ? 2 : 1
    }

    /// `20 trials: 18 passed, 1 failed, 1 not run`.
    package static func tally(_ reports: [TrialReport]) -> String {
        let outcomes: [TrialReport.Outcome] = [.passed, .failed, .notRun]
        let numbers = outcomes.map { outcome in
            "\(reports.count { $0.outcome == outcome }) \(outcome.rawValue)"
        }
        return "\(reports.count) \(reports.count == 1 ? "trial" : "trials"): " + numbers.joined(separator: ", ")
    }
}
