import Foundation
import KafkaPorts
import Log
import Model
import RdKafka

/// Looks every few seconds whether the flow's own topics are still there and still hold what they held. Where they are
/// lost the flow ends: nobody keeps the positions of what it would move, and what it has in memory is no proof of what
/// others have moved. Now and then it also looks for settings that may lose them. On a thread of its own in every
/// process of the flow.
struct LedgerWatch: Sendable {
    let flow: FlowDefinition
    let slots: Int
    /// Asks read uncommitted: an open transaction does not hide the end of a log.
    let destination: AdminClient
    let lost: @Sendable (FlowFault) -> Void
    let logger: Logger

    private static let intervalMilliseconds = 2_000
    /// Ten minutes.
    private static let looksBetweenSettings = 300
    private static let timeoutMilliseconds: Int32 = 10_000

    func run(until isOver: StopFlag) {
        var proof = LedgerProof(expected: [flow.controlTopic: 1, flow.positionsTopic: slots])
        var anchor: Int64?
        var told: Set<LedgerWeakness> = []
        var looks = 0
        while !isOver.isRaised {
            if looks.isMultiple(of: Self.looksBetweenSettings) { tellWeaknesses(&told) }
            looks += 1
            do throws(KafkaFault) {
                let now = Int64(Date.now.timeIntervalSince1970 * 1_000)
                let look = try look(anchor: anchor, now: now)
                if let reason = proof.note(look) {
                    if !isOver.isRaised { lost(.lostLedger(reason, of: flow)) }
                    return
                }
                if !proof.keepsAnchor { anchor = now }
            } catch {
                // A destination that does not answer has lost nothing yet.
                logger.debug("the flow's own topics could not be looked at", [LogField("reason", error.description)])
            }
            pause(milliseconds: Self.intervalMilliseconds, orUntil: isOver)
        }
    }

    /// Each once, and again when it has come back.
    private func tellWeaknesses(_ told: inout Set<LedgerWeakness>) {
        do throws(KafkaFault) {
            let found = try LedgerTopics(flow: flow, admin: destination).weaknesses()
            for weakness in found where !told.contains(weakness) {
                logger.warning(
                    "the flow's memory is in danger",
                    [
                        LogField("topic", weakness.topic), LogField("reason", weakness.what),
                        LogField("remedy", weakness.remedy),
                    ])
            }
            told = Set(found)
        } catch {
            // A right that no flow needs, or a cluster that cannot tell.
            logger.debug("the settings of the flow's own topics are unknown", [LogField("reason", error.description)])
        }
    }

    private func look(anchor: Int64?, now: Int64) throws(KafkaFault) -> LedgerLook {
        var look = LedgerLook()
        look.partitions = try partitions()
        guard isWhole(look) else { return look }
        var questions: [(answer: WritableKeyPath<LedgerLook, [TopicPartition: Int64]>, OffsetQuery)] = [
            (\.starts, .earliest), (\.ends, .latest),
        ]
        if let anchor { questions.append((\.sinceAnchor, .timestamp(milliseconds: anchor))) }
        questions.append((\.sinceNow, .timestamp(milliseconds: now)))
        for (answer, query) in questions {
            look[keyPath: answer] = try offsets(at: query)
            guard look[keyPath: answer].count <= slots else { continue }
            // Perhaps a topic went between two questions: then each of the others would wait out its time.
            look.partitions = try partitions()
            guard isWhole(look) else { return look }
        }
        return look
    }

    private func partitions() throws(KafkaFault) -> [String: Int] {
        var partitions: [String: Int] = [:]
        for name in [flow.controlTopic, flow.positionsTopic] {
            let topic = try destination.topic(name, timeoutMilliseconds: Self.timeoutMilliseconds)
            partitions[name] = topic?.partitions.count
        }
        return partitions
    }

    private func isWhole(_ look: LedgerLook) -> Bool {
        look.partitions[flow.controlTopic] ?? 0 >= 1 && look.partitions[flow.positionsTopic] ?? 0 >= slots
    }

    /// Of the partitions that have an answer.
    private func offsets(at query: OffsetQuery) throws(KafkaFault) -> [TopicPartition: Int64] {
        let partitions =
            [TopicPartition(flow.controlTopic, 0)]
            + (0..<Int32(slots)).map { TopicPartition(flow.positionsTopic, $0) }
        return try destination.offsets(of: partitions, at: query, timeoutMilliseconds: Self.timeoutMilliseconds)
            .compactMapValues { try? $0.get() }
    }
}

extension FlowFault {
    static func lostLedger(_ reason: String, of flow: FlowDefinition) -> FlowFault {
        FlowFault(
            "\(reason): the positions of \(flow.name) are lost, at least in part, and nothing is mirrored on a guess",
            remedy: "stop all processes of the flow and restore the positions with `martlet positions import`")
    }
}
