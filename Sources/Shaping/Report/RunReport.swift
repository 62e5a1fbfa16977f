/// What all processes of a flow have done in its latest run, put together of their parts.
package struct RunReport: Hashable, Sendable, Encodable {
    package let flow: String
    package let source: String
    package let destination: String
    /// What of the source is sent, in words.
    package let window: String
    /// Milliseconds since 1970.
    package let began: Int64
    package let written: Int64
    /// No process is at work any more that has said so.
    package let isOver: Bool
    /// More than one: processes with different rules were at work.
    package let fingerprints: [String]
    package let records: RunPart.Records
    package let policies: [RunPart.Policy]
    package let rulesWithoutHit: [Silent]
    /// Of all processes; `nil`: no process looks.
    package let canary: RunPart.Canary?
    package let scan: RunPart.Scan?
    package let findings: [Found]
    /// In the order in which they began.
    package let processes: [RunPart]

    package struct Silent: Hashable, Sendable, Encodable {
        package let policy: Int
        package let rule: Int
        package let place: String
        package let action: String
    }

    package struct Found: Hashable, Sendable, Encodable {
        package let instance: String
        package let finding: ProofFinding
    }

    /// Processes of one run write at the same time, with clocks that differ, and one may replace another.
    private static let pauseMilliseconds: Int64 = 60_000

    /// - Parameter parts: of all processes that ever were; those of earlier runs are left out.
    /// - Returns: `nil`: there are none.
    package init?(_ parts: [RunPart], flow: String, source: String, destination: String) {
        let latest = Self.latestRun(of: parts)
        guard let first = latest.first else { return nil }
        self.flow = flow
        self.source = source
        self.destination = destination
        window = latest.last?.window ?? first.window
        began = first.began
        written = latest.map(\.written).max() ?? first.written
        isOver = latest.allSatisfy(\.isEnd)
        fingerprints = Set(latest.map(\.fingerprint)).sorted()
        processes = latest
        records = latest.reduce(into: RunPart.Records()) { $0.add($1.records) }
        // Of the process that began last, whose rules are those in force, and of others where they say the same.
        var policies = latest.last?.policies ?? []
        for part in latest.dropLast() {
            for (index, policy) in part.policies.enumerated() where index < policies.count {
                policies[index].add(policy)
            }
        }
        self.policies = policies
        rulesWithoutHit = policies.flatMap { policy in
            policy.rules.enumerated().filter { $0.element.hits == 0 }.map { number, rule in
                Silent(policy: policy.policy, rule: number + 1, place: rule.place, action: rule.action)
            }
        }
        canary = latest.compactMap(\.canary).reduce(nil) { sum, next in
            guard let sum else { return next }
            return RunPart.Canary(
                everyMilliseconds: max(sum.everyMilliseconds, next.everyMilliseconds), shots: sum.shots + next.shots,
                unanswered: sum.unanswered + next.unanswered, last: [sum.last, next.last].compactMap { $0 }.max())
        }
        scan = latest.compactMap(\.scan).reduce(nil) { sum, next in
            RunPart.Scan(share: next.share, records: (sum?.records ?? 0) + next.records)
        }
        findings = latest.flatMap { part in part.findings.map { Found(instance: part.instance, finding: $0) } }
    }

    /// From the last part backwards, as long as there was somebody at work.
    private static func latestRun(of parts: [RunPart]) -> [RunPart] {
        var run: [RunPart] = []
        var began = Int64.max
        for part in parts.sorted(by: { ($0.written, $0.instance) > ($1.written, $1.instance) }) {
            guard run.isEmpty || part.written >= began - pauseMilliseconds else { continue }
            run.append(part)
            began = min(began, part.began)
        }
        return run.sorted { ($0.began, $0.instance) < ($1.began, $1.instance) }
    }
}

extension RunPart.Records {
    fileprivate mutating func add(_ other: RunPart.Records) {
        offered += other.offered
        sent += other.sent
        sampledOut += other.sampledOut
        sampledDown += other.sampledDown
        droppedByRate += other.droppedByRate
        outsideWindow += other.outsideWindow
        droppedUnsafe += other.droppedUnsafe
        quarantined += other.quarantined
        waiting += other.waiting
    }
}

extension RunPart.Policy {
    fileprivate mutating func add(_ other: RunPart.Policy) {
        guard other.topics == topics, other.rules.map(\.place) == rules.map(\.place) else { return }
        for index in rules.indices { rules[index].hits += other.rules[index].hits }
        unlistedPlaces += other.unlistedPlaces
        credentials += other.credentials
        unparseable += other.unparseable
        typeMismatches += other.typeMismatches
        unmatchedPaths += other.unmatchedPaths
    }
}
