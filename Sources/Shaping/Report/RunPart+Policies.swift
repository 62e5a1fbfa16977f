import Model

extension RunPart.Policy {
    /// - Parameter counts: of its rules, where any record came.
    package init(number: Int, _ policy: SanitizePolicy, _ counts: SanitizeCounts?) {
        self.policy = number + 1
        topics = policy.topics.map(\.text)
        unlisted = policy.unlisted.rawValue
        rules = policy.rules.enumerated().map { index, rule in
            RunPart.Rule(place: rule.place.described, action: rule.action.verb, hits: counts?.hits[index] ?? 0)
        }
        guard let counts else { return }
        unlistedPlaces = counts.unlisted
        credentials = counts.credentials
        unparseable = counts.unparseable
        typeMismatches = counts.typeMismatches
        unmatchedPaths = counts.unmatchedPaths
    }
}
