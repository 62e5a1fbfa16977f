import Model

/// The share of a rate that is a process's own without any message.
package enum ScopeShare {
    /// `nil`: the share must be leased (`LeaseMember`).
    ///
    /// A partition has one owner, so its rate is local. A topic's rate goes by partitions: each brings its part of the
    /// rate to whoever owns it. Ownership is exclusive, so the parts never add up to more than the whole.
    package static func share(scope: RateDefinition.Scope, ownedPartitions: Int, ofPartitions all: Int) -> Double? {
        switch scope {
        case .global: nil
        case .topic: all > 0 ? Double(min(max(ownedPartitions, 0), all)) / Double(all) : 0
        case .partition: ownedPartitions > 0 ? 1 : 0
        }
    }
}
