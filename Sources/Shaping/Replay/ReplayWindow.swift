import Model

/// Which records are replayed. Of each partition: from the first one that is not before `from`, up to the first one that is
/// not before `to`, whatever times lie between the two. That is where `ListOffsets` finds both times, too.
package struct ReplayWindow: Sendable {
    package enum Place: Hashable, Sendable {
        case before
        case inside
        case after
    }

    private let from: Int64?
    private let to: Int64?

    package init(_ definition: ReplayDefinition) {
        from = definition.from
        to = definition.to
    }

    /// - Parameter timestamp: milliseconds since 1970; -1: the record has none, and is inside.
    package func place(of timestamp: Int64) -> Place {
        guard timestamp >= 0 else { return .inside }
        if let from, timestamp < from { return .before }
        if let to, timestamp >= to { return .after }
        return .inside
    }
}
