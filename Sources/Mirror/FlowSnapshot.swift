import Model

/// What a flow does in this process, at one moment: for views and for people, never for decisions.
package struct FlowSnapshot: Sendable {
    /// `starting`, `running`, `waiting: <reason>`, `draining` or `stopped`.
    package var state = "starting"
    /// Since the process started.
    package var recordsRead: Int64 = 0
    package var recordsDelivered: Int64 = 0
    package var bytesDelivered: Int64 = 0
    /// How often the source no longer held what came next, and how many offsets were missing.
    package var losses = 0
    /// How often the destination no longer held what was mirrored.
    package var destinationLosses = 0
    package var offsetsMissing: Int64 = 0
    /// Records that the destination refused, and that lie in the flow's quarantine topic.
    package var recordsQuarantined: Int64 = 0
    /// With `once`: offsets to copy, and how many of them are copied; `nil` until the end offsets are known.
    package var onceTotal: Int64?
    package var onceDone: Int64?
    package var slotsHeld = 0
    package var lanes: [LaneSnapshot] = []
    /// Topics that are not mirrored, and why.
    package var topicsStopped: [String: String] = [:]

    package init() {}

    /// Tells a flow with nothing to do from one that does nothing.
    package var health: FlowHealth {
        let partitions = lanes.flatMap(\.partitions)
        if partitions.contains(where: { $0.isFree && $0.behind > 0 }) { return .working }
        return topicsStopped.isEmpty && partitions.allSatisfy(\.isFree) ? .idle : .stuck
    }

    /// The same, with what earlier rounds of the flow in this process have counted.
    func counting(from earlier: FlowSnapshot) -> FlowSnapshot {
        var sum = self
        sum.recordsRead += earlier.recordsRead
        sum.recordsDelivered += earlier.recordsDelivered
        sum.bytesDelivered += earlier.bytesDelivered
        sum.losses += earlier.losses
        sum.destinationLosses += earlier.destinationLosses
        sum.offsetsMissing += earlier.offsetsMissing
        sum.recordsQuarantined += earlier.recordsQuarantined
        return sum
    }
}

/// Whether a flow does in this process what it has to do.
package enum FlowHealth: String, Sendable {
    /// All that there is has arrived. What the source has deleted is no more.
    case idle
    /// Something is behind and moves; something else may wait or be stopped, as the partitions say.
    case working
    /// Nothing moves, and something waits or is stopped.
    case stuck
}

/// One lane of this process.
package struct LaneSnapshot: Sendable {
    package var number: Int
    package var partitions: [PartitionSnapshot]

    package init(number: Int, partitions: [PartitionSnapshot]) {
        self.number = number
        self.partitions = partitions
    }
}

/// One source partition in the hands of a lane.
package struct PartitionSnapshot: Sendable {
    package var partition: TopicPartition
    /// The next source offset that would be read after a crash.
    package var position: Int64
    /// The source's high watermark, as last seen.
    package var end: Int64?
    /// `starting`, `running`, `catching up`, `waiting: <reason>`, `stopped: <reason>`, or `gone: <reason>`: the source
    /// has deleted it.
    package var state: String

    /// How many offsets the source is known to hold beyond the position.
    package var behind: Int64 { max(0, (end ?? position) - position) }

    /// Nothing is in its way, or there is nothing of it to be done any more.
    package var isFree: Bool { !state.hasPrefix("waiting") && !state.hasPrefix("stopped") }

    package init(partition: TopicPartition, position: Int64, end: Int64?, state: String) {
        self.partition = partition
        self.position = position
        self.end = end
        self.state = state
    }
}
