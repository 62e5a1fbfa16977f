/// How fast records go on.
package enum PaceDefinition: Hashable, Sendable {
    /// At a rate.
    case rate(RateDefinition)
    /// In the rhythm in which they were written, faster or slower.
    case original(ReplayDefinition)

    package var rate: RateDefinition? { if case .rate(let rate) = self { rate } else { nil } }
    package var replay: ReplayDefinition? { if case .original(let replay) = self { replay } else { nil } }
}

package struct RateDefinition: Hashable, Sendable {
    /// At least one of the two is there. Keys, values and headers count as bytes.
    package var recordsPerSecond: Double?
    package var bytesPerSecond: Double?
    package var scope = Scope.global
    /// As much as this time's share may leave at once.
    package var burstMilliseconds: Int64 = 50
    package var excess = Excess.delay

    package enum Scope: String, Sendable, CaseIterable {
        /// Over all processes and topics of the flow.
        case global
        case topic
        case partition
    }

    package enum Excess: String, Sendable, CaseIterable {
        /// Wait; nothing is lost as long as the source holds it.
        case delay
        case drop
        /// Take a smaller share of the ids: whole stories are left out, not single records.
        case sampleDown = "sample_down"
    }

    package init() {}
}

package struct ReplayDefinition: Hashable, Sendable {
    /// 2: twice as fast.
    package var speed: Double = 1
    package static let speeds = 0.1...20.0
    /// Milliseconds since 1970. Of each partition is replayed what lies between its first record that is not before `from`
    /// and its first one that is not before `to`; `nil`: without bound.
    package var from: Int64?
    package var to: Int64?
    /// In the place of times: of each partition of a topic, by its number, the offsets that are replayed.
    package var offsets: [String: [Range<Int64>]] = [:]
    /// How often the window is replayed.
    package var loops = 1
    package var catchUp = CatchUp.burst
    /// A longer pause between timestamps is cut to this; `nil`: none is.
    package var gapMaxMilliseconds: Int64?

    /// `nil`: the window is one of times, or there is none.
    package func offsets(of partition: TopicPartition) -> Range<Int64>? {
        guard !offsets.isEmpty else { return nil }
        let ranges = offsets[partition.topic] ?? []
        let number = Int(partition.partition)
        // What nobody names is not replayed.
        return ranges.indices.contains(number) ? ranges[number] : 0..<0
    }

    /// The window has an end.
    package var isBounded: Bool { to != nil || !offsets.isEmpty }

    /// What happens when records could not leave when they were due.
    package enum CatchUp: Hashable, Sendable {
        /// At once.
        case burst
        /// At this multiple of the speed until the plan is met again, above 1.
        case capped(Double)
        /// Never: the plan moves.
        case shift
    }

    package init() {}
}
