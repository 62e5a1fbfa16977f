/// What a flow does with one topic when something happens that it cannot put right by itself.
package struct Policies: Hashable, Sendable {
    package var onLoss = LossPolicy.stop
    package var onDestinationLoss = DestinationLossPolicy.stop
    package var onPoison = PoisonPolicy.stop

    package init() {}
}

/// Other policies for some topics. What it does not name stays as the flow has it.
package struct PolicyOverride: Hashable, Sendable {
    package var topics: [TopicEntry]
    package var onLoss: LossPolicy?
    package var onDestinationLoss: DestinationLossPolicy?
    package var onPoison: PoisonPolicy?

    package init(topics: [TopicEntry]) {
        self.topics = topics
    }
}

/// The source no longer holds what comes next: it lies before the log's start or beyond its end, or the log is another.
package enum LossPolicy: String, Sendable, CaseIterable {
    case stop
    /// Go on at the log's start; in a log that is shorter, or another, at its end.
    case skip
    /// Go on at the log's start: a recreated topic is mirrored from its first record.
    case restart
}

/// The destination no longer holds what was mirrored: its topic is gone, or is another.
package enum DestinationLossPolicy: String, Sendable, CaseIterable {
    case stop
    /// Make the topic again where it is missing, and go on where the position is.
    case recreate
}

/// What becomes of a record that the destination refuses for good: too large, a timestamp out of bounds, a policy.
package enum PoisonPolicy: String, Sendable, CaseIterable {
    /// Its partition stops in front of it, and goes on with it once the destination takes it.
    case stop
    /// It goes to the flow's quarantine topic, and its partition goes on behind it.
    case quarantine
}
