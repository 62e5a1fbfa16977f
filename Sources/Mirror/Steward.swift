import Engine
import Foundation
import KafkaPorts
import Log
import Model
import Positions
import RdKafka
import Topics

/// What the owner of slot 0 does beside mirroring: finds topics and partitions, makes room for them in the destination,
/// and registers them. On a thread of its own, since all of it waits for brokers.
struct Steward: Sendable {
    let flow: FlowDefinition
    let selection: TopicSelection
    let policies: PolicyBook
    let source: AdminClient
    let sourceClusterID: String
    let slots: Int
    /// Asks read uncommitted: a topic with nothing but an open transaction is not empty.
    let destination: AdminClient
    /// What the control reader has taken in, and up to which offset.
    let catalogue: @Sendable () -> (catalogue: Catalogue, position: Int64)
    /// Has records written by slot 0's lane under the fence; `false` when they were not committed.
    let register: @Sendable ([LedgerRecord]) -> Bool
    /// Topics that are not mirrored, and why; replaced each round.
    let report: @Sendable ([String: String]) -> Void
    let logger: Logger

    private static let intervalMilliseconds = 2_000
    private static let timeoutMilliseconds: Int32 = 10_000

    /// Rounds until the flag is raised. A new steward first reads the control topic to its true end: what its
    /// predecessor wrote last counts.
    func run(until isOver: StopFlag) {
        logger.info("steward of the flow")
        var lostBefore: Set<String> = []
        while !isOver.isRaised {
            do throws(KafkaFault) {
                let end = try destination.watermarks(
                    of: TopicPartition(flow.controlTopic, 0), timeoutMilliseconds: Self.timeoutMilliseconds
                ).high
                try awaitControl(end, isOver)
                try round(&lostBefore, isOver)
            } catch {
                let why = AccessAdvice.atDestination(of: flow).explained(error.description)
                logger.warning("the steward's round failed; it is tried again", [LogField("reason", why)])
            }
            pause(milliseconds: Self.intervalMilliseconds, orUntil: isOver)
        }
    }

    private func awaitControl(_ end: Int64, _ isOver: StopFlag) throws(KafkaFault) {
        while catalogue().position < end, !isOver.isRaised { pause(milliseconds: 5) }
    }

    /// One round: what is wanted minus what is registered; create and grow first, then register.
    private func round(_ lostBefore: inout Set<String>, _ isOver: StopFlag) throws(KafkaFault) {
        let known = catalogue().catalogue
        var refused: [String: String] = [:]
        let wanted = try selectedTopics(known, &refused)
        var present: [String: Int32] = [:]
        for topic in try destination.topics(timeoutMilliseconds: Self.timeoutMilliseconds) {
            present[topic.name] = Int32(topic.partitions.count)
        }
        var plan = TopicPlan(
            source: wanted, destination: present, registered: known.topics.mapValues { Int32($0.starts.count) })
        restore(&plan, lostBefore, &refused)
        lostBefore = Set(plan.lost.map(\.topic))
        let room = try DestinationRoom(destination).make(plan)
        for topic in room.made { logger.info("destination topic made or grown", [LogField("topic", topic)]) }
        refused.merge(room.refused) { first, _ in first }
        present.merge(room.found) { $1 }
        var ready: [TopicPlan.Span] = []
        for span in plan.register where refused[span.topic] == nil {
            if flow.start == nil, let held = present[span.topic], let reason = try occupied(span, below: held) {
                refused[span.topic] = reason
            } else {
                ready.append(span)
            }
        }
        let silent = try DestinationRoom(destination).awaitAnswers(of: ready)
        for topic in silent {
            refused[topic] =
                "not every partition of it has a leader at the destination yet that answers; it is tried again"
        }
        try registerReady(ready.filter { !silent.contains($0.topic) }, known: known, &refused)
        report(refused)
    }

    /// Partition counts of the selected topics of the source. Of a registered one that is not there any more the lanes
    /// tell: it may be gone for good.
    private func selectedTopics(
        _ known: Catalogue, _ refused: inout [String: String]
    ) throws(KafkaFault) -> [String: Int32] {
        var wanted: [String: Int32] = [:]
        for topic in try source.topics(timeoutMilliseconds: Self.timeoutMilliseconds)
        where selection.selects(topic.name) {
            if let word = flow.shape.guards.productionWord(in: topic.name) {
                refused[topic.name] =
                    "its name looks like production: it holds \"\(word)\" (shape.guard.looks-like-production)"
            } else if topic.code == 0 {
                wanted[topic.name] = Int32(topic.partitions.count)
            } else {
                refused[topic.name] = "the source does not describe it: \(KafkaFault.name(ofCode: topic.code))"
            }
        }
        for case .literal(let name) in flow.topics
        where wanted[name] == nil && refused[name] == nil && known.topics[name] == nil {
            refused[name] = "the source has no such topic yet, or does not show it (DESCRIBE)"
        }
        return wanted
    }

    /// What is mirrored and gone from the destination, as two rounds in a row have seen it (a topic that was just made is
    /// not known to every broker yet), is made again or told, as the policy says.
    private func restore(_ plan: inout TopicPlan, _ lostBefore: Set<String>, _ refused: inout [String: String]) {
        for span in plan.lost where lostBefore.contains(span.topic) {
            switch policies.policies(of: span.topic).onDestinationLoss {
            case .stop:
                refused[span.topic] =
                    "it was deleted at the destination, or made anew with \(span.first) partitions: set "
                    + "`on-destination-loss: recreate` to make it again and go on, without what was in it"
            case .recreate where span.first == 0: plan.create.append(span)
            case .recreate: plan.grow.append(span)
            }
        }
    }

    /// Why partitions of the span must not be copied into without a word about the start; `nil` when all are empty.
    ///
    /// - Parameter held: the partitions from this one on were made just now.
    private func occupied(_ span: TopicPlan.Span, below held: Int32) throws(KafkaFault) -> String? {
        let ends = try destination.offsets(
            of: partitions(of: span).filter { $0.partition < held }, at: .latest,
            timeoutMilliseconds: Self.timeoutMilliseconds)
        return Occupancy.objection(ends)
    }

    /// One transaction for all: how the flow began (once), the topics' entries, and each partition's first position.
    private func registerReady(
        _ spans: [TopicPlan.Span], known: Catalogue, _ refused: inout [String: String]
    ) throws(KafkaFault) {
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        var registration = Registration(
            known: known, slots: slots, cluster: sourceClusterID, configuration: flow.configurationRecord, now: now)
        for span in spans {
            let starts = try source.offsets(
                of: partitions(of: span), at: startQuery(span, known), timeoutMilliseconds: Self.timeoutMilliseconds)
            var offsets: [Int64] = []
            for partition in partitions(of: span) {
                if let window = flow.shape.pace?.replay?.offsets(of: partition), !window.isEmpty {
                    offsets.append(window.lowerBound)
                    continue
                }
                guard case .success(let offset) = starts[partition] else { break }
                offsets.append(offset)
            }
            guard offsets.count == Int(span.end - span.first) else {
                refused[span.topic] = "the source does not say yet where its partitions begin"
                continue
            }
            registration.add(span, starts: offsets)
        }
        guard !registration.records.isEmpty else { return }
        guard register(registration.records) else {
            logger.warning("topics were not registered; the next round tries again")
            return
        }
        for span in spans where refused[span.topic] == nil {
            logger.info(
                "topic registered",
                [
                    LogField("topic", span.topic), LogField("partitions", Int(span.end)),
                    LogField("from", Int(span.first)),
                ])
        }
    }

    /// `start` holds for what exists when the flow begins. What appears later is mirrored from its first record.
    private func startQuery(_ span: TopicPlan.Span, _ known: Catalogue) -> OffsetQuery {
        guard span.first == 0 else { return .earliest }
        switch flow.start {
        case nil, .earliest: return .earliest
        case .latest: return known.flow == nil ? .latest : .earliest
        case .timestamp(let milliseconds): return .timestamp(milliseconds: milliseconds)
        }
    }

    private func partitions(of span: TopicPlan.Span) -> [TopicPartition] {
        (span.first..<span.end).map { TopicPartition(span.topic, $0) }
    }
}
