import KafkaPorts
import Model
import Positions
import RdKafka

/// Whether a flow that begins in this process has lost one of its topics: each of the two tells of the other.
///
/// Nothing may be made anew before this is known: a new control topic would have the steward register every topic from
/// its start, a new positions topic hide that the old one is gone.
struct LedgerCheck {
    let clients: FlowClients
    let destination: AdminClient

    private static let timeoutMilliseconds: Int32 = 5_000
    /// Another process may be making the topics, and not every broker may know them yet.
    private static let patienceMilliseconds: Int64 = 5_000

    /// The destination did not say.
    struct Unanswered: Error {
        let reason: String
        let topic: String
    }

    private var flow: FlowDefinition { clients.flow }

    /// No control topic, though slots hold positions.
    func lossBeforeControl() throws(Unanswered) -> FlowFault? {
        let deadline = Instant.now.advanced(milliseconds: Self.patienceMilliseconds)
        while true {
            if try topic(flow.controlTopic) != nil { return nil }
            guard try holdsPositions() else { return nil }
            guard Instant.now < deadline else {
                return .lostLedger(
                    "the topic \(flow.controlTopic) was deleted, and \(flow.positionsTopic) holds positions", of: flow)
            }
            pause(milliseconds: 200)
        }
    }

    /// A control topic that knows of no beginning, though slots hold positions; or of one, and its slots are not there.
    func loss(_ control: inout ControlReader) throws(Unanswered) -> FlowFault? {
        let deadline = Instant.now.advanced(milliseconds: Self.patienceMilliseconds)
        while true {
            var reason: String?
            if let begun = control.catalogue.flow {
                let count = try topic(flow.positionsTopic)?.partitions.count
                if count ?? 0 < begun.slots { reason = positionsLoss(count, begun.slots) }
            } else if try holdsPositions() {
                reason =
                    "the topic \(flow.controlTopic) does not say how the flow began, and \(flow.positionsTopic) holds "
                    + "positions: it was emptied, or deleted and made anew"
            }
            guard let reason else { return nil }
            guard Instant.now < deadline else { return .lostLedger(reason, of: flow) }
            _ = control.poll(waitMilliseconds: 200)
        }
    }

    private func positionsLoss(_ count: Int?, _ slots: Int) -> String {
        guard let count else { return "the topic \(flow.positionsTopic) was deleted" }
        return "the topic \(flow.positionsTopic) has \(count) partitions, and had \(slots) when the flow began: it was "
            + "deleted and made anew"
    }

    private func topic(_ name: String) throws(Unanswered) -> TopicMetadata? {
        do throws(KafkaFault) {
            return try destination.topic(name, timeoutMilliseconds: Self.timeoutMilliseconds)
        } catch {
            throw Unanswered(reason: error.description, topic: name)
        }
    }

    private func holdsPositions() throws(Unanswered) -> Bool {
        guard let positions = try topic(flow.positionsTopic), !positions.partitions.isEmpty else { return false }
        let reading = SlotReading(clients: clients, trueEnds: destination, ownIDs: [], isCancelled: { false })
        do throws(SlotReadingFault) {
            return try reading.holdsPositions(positions.partitions.map { Slot($0.number) })
        } catch {
            throw Unanswered(reason: error.reason, topic: flow.positionsTopic)
        }
    }
}
