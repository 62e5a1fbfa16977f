import Model

/// Which records are replayed. Of each partition: from the first one that is not before `from`, up to the first one that is
/// not before `to`, whatever times lie between the two. That is where `ListOffsets` finds both times, too. Or what lies
/// between two offsets.
package struct ReplayWindow: Sendable {
    package enum Place: Hashable, Sendable {
        case before
        case inside
        case after
    }

    private let definition: ReplayDefinition

    package init(_ definition: ReplayDefinition) {
        self.definition = definition
    }

    /// Of one partition; `nil`: times decide.
    package func offsets(of partition: TopicPartition) -> Range<Int64>? { definition.offsets(of: partition) }

    /// - Parameters:
    ///   - timestamp: milliseconds since 1970; -1: the record has none, and is inside.
    ///   - offsets: those of its partition.
    package func place(of timestamp: Int64, at offset: Int64, in offsets: Range<Int64>?) -> Place {
        if let offsets {
            return offset < offsets.lowerBound ? .before : offset < offsets.upperBound ? .inside : .after
        }
        guard timestamp >= 0 else { return .inside }
        if let from = definition.from, timestamp < from { return .before }
        if let to = definition.to, timestamp >= to { return .after }
        return .inside
    }
}
