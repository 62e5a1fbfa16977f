import KafkaPorts
import Log
import Model
import RdKafka
import Synchronization

/// One flow in this process: the part of it that other threads may touch. The flow itself is a `FlowSession`, born on
/// the thread that calls `run()`; there are several of them, one after the other, when its clusters' settings are
/// renewed.
package final class FlowRunner: Sendable {
    private let instance: String
    private let once: Bool
    private let logger: Logger
    private let round: Mutex<Round>
    private let picture = Mutex(FlowSnapshot())

    /// From one beginning of the flow to its drain.
    private struct Round {
        var flow: FlowDefinition
        var isOver = StopFlag()
        /// The flow begins again after this round.
        var isRenewed = false
        var isStopped = false
    }

    /// - Parameter once: copy everything up to the end offsets found at the start, then end.
    package init(flow: FlowDefinition, instance: String, once: Bool, logger: Logger) {
        self.instance = instance
        self.once = once
        self.logger = logger.with([LogField("flow", flow.name)])
        round = Mutex(Round(flow: flow))
    }

    /// Blocks the calling thread until the flow was stopped, is done (`once`), or cannot go on.
    package func run() throws(FlowFault) {
        defer { picture.withLock { $0.state = "stopped" } }
        while true {
            let (flow, isOver) = round.withLock { ($0.flow, $0.isOver) }
            do throws(FlowFault) {
                try run(flow, until: isOver)
                guard nextRound() else { return }
            } catch {
                guard nextRound() else { throw error }
                logger.warning("the flow could not be drained in good order", [LogField("reason", error.description)])
            }
            logger.info("the flow begins again with its clusters' new settings")
        }
    }

    /// Whether there is one.
    private func nextRound() -> Bool {
        round.withLock { round in
            guard round.isRenewed, !round.isStopped else { return false }
            round.isRenewed = false
            round.isOver = StopFlag()
            return true
        }
    }

    private func run(_ flow: FlowDefinition, until isOver: StopFlag) throws(FlowFault) {
        let clients = FlowClients(flow: flow, instance: instance, logger: logger)
        // Made first: it finds the group's coordinator while the flow is prepared, which saves half a second.
        let member = try Self.member(clients)
        let preparation = FlowPreparation(
            clients: clients, logger: logger, isStopping: isOver, once: once,
            waiting: { reason in self.picture.withLock { $0.state = "waiting: \(reason)" } })
        guard let prepared = try preparation.prepare() else { return }
        let session = FlowSession(prepared, member: member, clients: clients, once: once, logger: logger)
        let before = snapshot
        try session.run(until: isOver) { snapshot in
            self.picture.withLock { $0 = snapshot.counting(from: before) }
        }
    }

    private static func member(_ clients: FlowClients) throws(FlowFault) -> GroupMember {
        do throws(KafkaFault) {
            return try GroupMember(
                clients.member(), topic: clients.flow.positionsTopic,
                restNudgeMilliseconds: clients.flow.heartbeatIntervalMilliseconds, log: clients.logger("member"))
        } catch {
            throw FlowFault("no client for the destination: \(error)", remedy: "correct its settings")
        }
    }

    /// Begins the drain; `run()` returns soon after. Any thread.
    package func stop() {
        round.withLock { round in
            round.isStopped = true
            round.isOver.raise()
        }
    }

    /// Drains the flow and begins it again with the clusters' new settings: passwords and certificates are read by
    /// librdkafka only when a client is made. Any thread.
    package func renew(source: ClusterDefinition, destination: ClusterDefinition) {
        round.withLock { round in
            round.flow.source = source
            round.flow.destination = destination
            round.isRenewed = true
            round.isOver.raise()
        }
    }

    package var snapshot: FlowSnapshot { picture.withLock { $0 } }
}
