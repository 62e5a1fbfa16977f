import KafkaPorts
import Model
import RdKafka
import Topics

/// Makes the topics and partitions that a plan lacks at the destination.
package struct DestinationRoom {
    /// What became of a plan.
    package struct Outcome {
        /// Topics that were made or grown here: what was added to them is empty.
        package var made: [String] = []
        /// Topics that somebody else has made or grown since the plan was drawn up, and how many partitions they have:
        /// they may hold data.
        package var found: [String: Int32] = [:]
        /// Topics without room, and why.
        package var refused: [String: String] = [:]
    }

    private let admin: AdminClient

    private static let timeoutMilliseconds: Int32 = 10_000
    private static let looks = 50
    private static let pauseMilliseconds = 100

    package init(_ admin: AdminClient) {
        self.admin = admin
    }

    package func make(_ plan: TopicPlan) throws(KafkaFault) -> Outcome {
        var outcome = Outcome()
        let growth = plan.grow + (try create(plan.create, &outcome))
        try grow(growth, &outcome)
        return outcome
    }

    /// Answers what is still to be grown: another flow, or a person, may have made a topic with fewer partitions.
    private func create(
        _ spans: [TopicPlan.Span], _ outcome: inout Outcome
    ) throws(KafkaFault) -> [TopicPlan.Span] {
        var small: [TopicPlan.Span] = []
        let answers = try admin.create(
            spans.map { NewTopic(name: $0.topic, partitions: $0.end, replicationFactor: -1) },
            timeoutMilliseconds: Self.timeoutMilliseconds)
        for answer in answers {
            guard answer.fault?.name == "TOPIC_ALREADY_EXISTS",
                let span = spans.first(where: { $0.topic == answer.name })
            else {
                note(answer, &outcome)
                continue
            }
            if let count = try partitions(of: span.topic, atLeast: 1) {
                outcome.found[span.topic] = count
                if count < span.end { small.append(TopicPlan.Span(topic: span.topic, first: count, end: span.end)) }
            } else {
                outcome.refused[span.topic] =
                    "the destination says that its topic exists, and does not show it with leaders: see whether all "
                    + "its partitions have one, or allow DESCRIBE on it there"
            }
        }
        return small
    }

    private func grow(_ spans: [TopicPlan.Span], _ outcome: inout Outcome) throws(KafkaFault) {
        let answers = try admin.grow(
            spans.map { TopicGrowth(name: $0.topic, partitions: $0.end) },
            timeoutMilliseconds: Self.timeoutMilliseconds)
        for answer in answers {
            // The name that brokers give to "it has as many already", and to some other things.
            if answer.fault?.name == "INVALID_PARTITIONS",
                let span = spans.first(where: { $0.topic == answer.name }),
                let count = try partitions(of: span.topic, atLeast: span.end)
            {
                outcome.found[span.topic] = count
            } else {
                note(answer, &outcome)
            }
        }
    }

    private func note(_ answer: TopicOutcome, _ outcome: inout Outcome) {
        if let fault = answer.fault {
            outcome.refused[answer.name] =
                "the destination topic could not be made or grown: \(fault.name): \(fault.reason)"
        } else {
            outcome.made.append(answer.name)
        }
    }

    /// Waits, some seconds at most, until the leaders of these partitions answer for them, and answers those topics of
    /// which one does not. Before that an idempotent producer may lose what it sends first: a request is refused, the next
    /// one is taken, and librdkafka reports the records of both as delivered.
    package func awaitAnswers(of spans: [TopicPlan.Span]) throws(KafkaFault) -> Set<String> {
        var silent = Set(spans.map(\.topic))
        for look in 0..<Self.looks where !silent.isEmpty {
            if look > 0 { pause(milliseconds: Self.pauseMilliseconds) }
            let asked = spans.filter { silent.contains($0.topic) }.flatMap { span in
                (span.first..<span.end).map { TopicPartition(span.topic, $0) }
            }
            let answers = try admin.offsets(of: asked, at: .latest, timeoutMilliseconds: Self.timeoutMilliseconds)
            silent = []
            for partition in asked {
                guard case .success = answers[partition] else {
                    silent.insert(partition.topic)
                    continue
                }
            }
        }
        return silent
    }

    /// How many partitions a topic has once it is known with that many, and with a leader for each. What somebody made
    /// a moment ago is not known to every broker yet. `nil`: not within a few seconds.
    private func partitions(of topic: String, atLeast wanted: Int32) throws(KafkaFault) -> Int32? {
        for _ in 0..<Self.looks {
            let known = try admin.topic(topic, timeoutMilliseconds: Self.timeoutMilliseconds)?.partitions ?? []
            if known.count >= Int(wanted), known.allSatisfy({ $0.leader >= 0 }) { return Int32(known.count) }
            pause(milliseconds: Self.pauseMilliseconds)
        }
        return nil
    }
}
