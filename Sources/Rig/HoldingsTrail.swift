/// What one process held over a long run: flat, or growing.
package struct HoldingsTrail: Sendable {
    private var samples: [ProcessHoldings] = []
    /// Fewer say nothing.
    private static let samplesMin = 40

    package init() {}

    package mutating func note(_ holdings: ProcessHoldings) { samples.append(holdings) }

    package var isLongEnough: Bool { samples.count >= Self.samplesMin }

    /// What the last quarter of the run held beyond the second one, by the medians; the first quarter warms up.
    package var growth: [Holding: Int] {
        var growth: [Holding: Int] = [:]
        for holding in Holding.allCases {
            growth[holding] = median(of: holding, inQuarter: 3) - median(of: holding, inQuarter: 1)
        }
        return growth
    }

    /// What has grown by more than the unrest of faults explains.
    package var grown: [Holding] {
        growth.filter { $0.value > allowed($0.key) }.keys.sorted { $0.rawValue < $1.rawValue }
    }

    /// A tenth, and what a client or two more or less at the moment hold.
    private func allowed(_ holding: Holding) -> Int {
        median(of: holding, inQuarter: 1) / 10 + (holding == .mebibytes ? 8 : 12)
    }

    package var summary: String {
        Holding.allCases.map { holding in
            let medians = (0..<4).map { "\(median(of: holding, inQuarter: $0))" }.joined(separator: ", ")
            return "\(holding.rawValue) \(medians)"
        }.joined(separator: "; ")
    }

    private func median(of holding: Holding, inQuarter quarter: Int) -> Int {
        let part = samples[samples.count * quarter / 4..<samples.count * (quarter + 1) / 4]
        let values = part.map { $0[holding] }.sorted()
        return values.isEmpty ? 0 : values[values.count / 2]
    }
}

package enum Holding: String, Sendable, CaseIterable {
    case mebibytes, descriptors, threads
}

extension ProcessHoldings {
    fileprivate subscript(holding: Holding) -> Int {
        switch holding {
        case .mebibytes: residentMebibytes
        case .descriptors: descriptors
        case .threads: threads
        }
    }
}
