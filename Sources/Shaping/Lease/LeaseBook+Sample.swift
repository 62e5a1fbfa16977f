import Model

/// `excess: sample_down`: one share of the ids for all processes, which the steward's leases tell.
extension LeaseBook {
    /// Decides on the share anew; answers whether it has changed.
    mutating func adjustSample(at now: Instant) -> Bool {
        guard ladder != nil, let step = ladder?.step else { return false }
        let demands = accounts.filter { $0.isPresent(at: now, timing: timing) }.compactMap(\.demand)
        let offered = part(demands.map(\.load.offeredRecords), demands.map(\.load.offeredBytes))
        let used = part(demands.map(\.load.usedRecords), demands.map(\.load.usedBytes))
        return ladder?.note(
            offered: offered, used: used, isBehind: demands.contains { $0.behindAtStep == step }, at: now) ?? false
    }

    /// Of the rate; of records or of bytes, whichever is more.
    private func part(_ records: [Double], _ bytes: [Double]) -> Double {
        let parts = [(records, limits.recordsPerSecond), (bytes, limits.bytesPerSecond)].compactMap { amounts, rate in
            rate.map { amounts.reduce(0, +) / $0 }
        }
        return parts.max() ?? 0
    }
}
