/// What a sanitizer has done so far.
package struct SanitizeCounts: Hashable, Sendable {
    /// For each rule of the policy, how often its place occurred.
    package var hits: [Int]
    /// Places, keys and headers that nobody listed, and that were masked or dropped.
    package var unlisted = 0
    /// Headers with credentials that were taken away without a rule.
    package var credentials = 0
    package var unparseable = 0
    package var typeMismatches = 0
    package var unmatchedPaths = 0

    package init(rules: Int) {
        hits = [Int](repeating: 0, count: rules)
    }

    mutating func add(_ failure: SanitizeFailure.Kind) {
        switch failure {
        case .unparseable: unparseable &+= 1
        case .typeMismatch: typeMismatches &+= 1
        case .unmatchedPath: unmatchedPaths &+= 1
        }
    }
}

extension SanitizeCounts {
    package func since(_ before: SanitizeCounts) -> SanitizeCounts { combined(with: before, by: &-) }

    package func adding(_ other: SanitizeCounts) -> SanitizeCounts { combined(with: other, by: &+) }

    /// - Parameter other: of the same policy.
    private func combined(with other: SanitizeCounts, by combine: (Int, Int) -> Int) -> SanitizeCounts {
        var counts = self
        for index in counts.hits.indices { counts.hits[index] = combine(hits[index], other.hits[index]) }
        counts.unlisted = combine(unlisted, other.unlisted)
        counts.credentials = combine(credentials, other.credentials)
        counts.unparseable = combine(unparseable, other.unparseable)
        counts.typeMismatches = combine(typeMismatches, other.typeMismatches)
        counts.unmatchedPaths = combine(unmatchedPaths, other.unmatchedPaths)
        return counts
    }
}
