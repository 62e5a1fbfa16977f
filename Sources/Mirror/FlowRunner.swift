import KafkaPorts
import Log
import Model
import RdKafka
import Synchronization

/// One flow in this process: the part of it that other threads may touch. The flow itself is a `FlowSession`, born on
/// the thread that calls `run()`.
package final class FlowRunner: Sendable {
    private let flow: FlowDefinition
    private let instance: String
    private let once: Bool
    private let logger: Logger
    private let isStopping = StopFlag()
    private let picture = Mutex(FlowSnapshot())

    /// - Parameter once: copy everything up to the end offsets found at the start, then end.
    package init(flow: FlowDefinition, instance: String, once: Bool, logger: Logger) {
        self.flow = flow
        self.instance = instance
        self.once = once
        self.logger = logger.with([LogField("flow", flow.name)])
    }

    /// Blocks the calling thread until the flow was stopped, is done (`once`), or cannot go on.
    package func run() throws(FlowFault) {
        defer { picture.withLock { $0.state = "stopped" } }
        let clients = FlowClients(flow: flow, instance: instance, logger: logger)
        // Made first: it finds the group's coordinator while the flow is prepared, which saves half a second.
        let member = try Self.member(clients)
        let preparation = FlowPreparation(
            clients: clients, logger: logger, isStopping: isStopping, once: once,
            waiting: { reason in self.picture.withLock { $0.state = "waiting: \(reason)" } })
        guard let prepared = try preparation.prepare() else { return }
        let session = FlowSession(prepared, member: member, clients: clients, once: once, logger: logger)
        try session.run(until: isStopping) { snapshot in self.picture.withLock { $0 = snapshot } }
    }

    private static func member(_ clients: FlowClients) throws(FlowFault) -> GroupMember {
        do throws(KafkaFault) {
            return try GroupMember(
                clients.member(), topic: clients.flow.positionsTopic, log: clients.logger("member"))
        } catch {
            throw FlowFault("no client for the destination: \(error)", remedy: "correct its settings")
        }
    }

    /// Begins the drain; `run()` returns soon after. Any thread.
    package func stop() {
        isStopping.raise()
    }

    package var snapshot: FlowSnapshot { picture.withLock { $0 } }
}
