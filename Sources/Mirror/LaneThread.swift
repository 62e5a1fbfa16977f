import Engine
import KafkaPorts
import Model
import RdKafka
import Records
import Synchronization
import Topics

/// One lane on a thread of its own: born, turned and buried there. Others reach it by its mailbox, and see its board.
final class LaneThread: Sendable {
    let number: Int
    let mailbox: LaneMailbox
    let board = LaneBoard()
    let vitals = LaneVitals()
    private let waker = Waker()

    init(number: Int) {
        self.number = number
        mailbox = LaneMailbox(wake: { [waker] in waker.wake() })
    }

    /// Starts the thread. With `shape` records are shaped on their way, as the flow says. `admin` is asked about the
    /// source. `post` is called on the thread; `ended` at its end, with the reason when it could not begin.
    func start(
        _ clients: FlowClients, admin: AdminClient, fence: Fence, lanes: Int, policies: PolicyBook, shape: ShapeBoard?,
        post: @escaping @Sendable (LaneNews) -> Void, ended: @escaping @Sendable (String?) -> Void
    ) {
        startThread("martlet-lane-\(number)") { [self] in
            do throws(KafkaFault) {
                try turn(clients, admin, fence: fence, lanes: lanes, policies: policies, shape: shape, post: post)
                ended(nil)
            } catch {
                ended(error.description)
            }
        }
    }

    private func turn(
        _ clients: FlowClients, _ admin: AdminClient, fence: Fence, lanes: Int, policies: PolicyBook,
        shape: ShapeBoard?,
        post: @escaping (LaneNews) -> Void
    ) throws(KafkaFault) {
        let flow = clients.flow
        let bytesMax = max(4 << 20, flow.memoryBudgetBytes / lanes)
        let settings = LaneSettings(
            number: number, delivery: flow.delivery,
            transactionalID: flow.transactionalID(instance: clients.instance, lane: number),
            commitIntervalMilliseconds: flow.commitIntervalMilliseconds,
            budget: Budget(
                recordsMax: FlowClients.recordsInFlightMax, bytesMax: bytesMax / 16, transactionBytesMax: 256 << 20),
            policies: policies.policies, quarantineKeepsBytes: flow.quarantineKeepsBytes,
            replaysAgain: flow.shape.pace?.replay.map { $0.loops > 1 } ?? false)
        let examiner = SourceExaminer(clients: clients) { [mailbox] answers in
            _ = mailbox.post(.examined(answers))
        }
        let consumers = try PairedConsumers(sourceClients(clients, admin, bytesMax: bytesMax / 4))
        let source = RecordSource(consumers, examiner: examiner)
        let destination = RecordDestination(clients: clients, lane: number, fence: fence, vitals: vitals)
        if let shape {
            let shaped = ShapedSource(
                source, flow: flow, lane: number, board: shape, bytesMax: bytesMax / 4)
            turn(settings, shaped, destination, post)
        } else {
            turn(settings, source, destination, post)
        }
    }

    private func sourceClients(
        _ clients: FlowClients, _ admin: AdminClient, bytesMax: Int
    ) -> PairedConsumers.Clients {
        PairedConsumers.Clients(
            makeLively: { [waker] () throws(KafkaFault) in
                let consumer = try SourceConsumer(
                    clients.sourceConsumer(bytesMax: bytesMax), log: clients.logger("source"))
                waker.set(consumer.makeWaker())
                return consumer
            },
            makeQuiet: { () throws(KafkaFault) in
                try SourceConsumer(
                    clients.quietConsumer(), stopsAtFirstRecord: true, log: clients.logger("quiet source"))
            },
            askForEnds: { admin.knownEnds(of: $0, timeoutMilliseconds: Self.endsMilliseconds) })
    }

    /// For these the lane stands still at most.
    private static let endsMilliseconds: Int32 = 2_000

    private func turn(
        _ settings: LaneSettings, _ source: consuming some SourcePort & ~Copyable,
        _ destination: consuming RecordDestination, _ post: @escaping (LaneNews) -> Void
    ) {
        var lane = Lane(
            settings, source: source, destination: destination, hand: SourceConsumer.makeBatch(capacity: 2_048),
            mailbox: mailbox, board: board, post: post)
        while lane.turn(at: .now) {}
    }
}

/// The lane's wake-up call, which exists only once its consumer does.
private final class Waker: Sendable {
    private let call = Mutex<(@Sendable () -> Void)?>(nil)

    func set(_ call: @escaping @Sendable () -> Void) {
        self.call.withLock { $0 = call }
    }

    func wake() {
        let call = call.withLock { $0 }
        call?()
    }
}
