import Dispatch
import Engine
import Model
import RdKafka
import Records
import Synchronization

/// The ledger of a lane that promises at least once, on a thread of its own: the lane moves records on while positions
/// are written, also when a broker that the ledger needs has died. The producer is made, used and ended on that thread.
final class LedgerThread: Sendable {
    private enum State {
        case starting
        case idle
        case wanted(Job)
        case working
        case finished(Result<TransactionOutcome, DestinationFault>)
        case failed(KafkaFault)
        case ending
    }

    private final class Job: Sendable {
        let transaction: LedgerTransaction
        let metadata: GroupMetadata

        init(_ transaction: LedgerTransaction, _ metadata: consuming GroupMetadata) {
            self.transaction = transaction
            self.metadata = metadata
        }
    }

    private let state = Mutex(State.starting)
    /// A transaction is wanted, or the end.
    private let wanted = DispatchSemaphore(value: 0)
    /// The producer stands, or an outcome is there, or the thread has ended.
    private let done = DispatchSemaphore(value: 0)

    /// Comes back when the producer stands.
    static func start(
        _ clients: FlowClients, transactionalID: String, vitals: LaneVitals
    ) throws(KafkaFault) -> LedgerThread {
        let thread = LedgerThread()
        startThread("martlet-ledger") { thread.run(clients, transactionalID: transactionalID, vitals: vitals) }
        thread.done.wait()
        let fault = thread.state.withLock { state -> KafkaFault? in
            if case .failed(let fault) = state { fault } else { nil }
        }
        if let fault { throw fault }
        return thread
    }

    /// Asks for a transaction. None may be under way.
    func begin(_ transaction: LedgerTransaction, metadata: consuming GroupMetadata) {
        let job = Job(transaction, metadata)
        state.withLock { $0 = .wanted(job) }
        wanted.signal()
    }

    /// What became of the transaction that was asked for; `nil` while it is under way, which is waited for on demand.
    func outcome(waits: Bool) throws(DestinationFault) -> TransactionOutcome? {
        guard done.wait(timeout: waits ? .distantFuture : .now()) == .success else { return nil }
        let result = state.withLock { state -> Result<TransactionOutcome, DestinationFault> in
            guard case .finished(let result) = state else { preconditionFailure("no transaction was asked for") }
            state = .idle
            return result
        }
        return try result.get()
    }

    /// Ends thread and producer. No transaction may be under way.
    func end() {
        state.withLock { $0 = .ending }
        wanted.signal()
        done.wait()
    }

    private func run(_ clients: FlowClients, transactionalID: String, vitals: LaneVitals) {
        defer { done.signal() }
        let ledger: LedgerProducer
        do throws(KafkaFault) {
            ledger = try LedgerProducer(clients: clients, transactionalID: transactionalID, vitals: vitals)
        } catch {
            state.withLock { $0 = .failed(error) }
            return
        }
        state.withLock { $0 = .idle }
        done.signal()
        var reports = ReportBatch(capacity: 0)
        while true {
            wanted.wait()
            guard let job = take() else { break }
            let result: Result<TransactionOutcome, DestinationFault>
            do throws(DestinationFault) {
                // The metadata are of when it was asked for: the lane may have put slots down since, and the group given
                // them to others.
                let outcome = try ledger.transact(job.transaction, reports: &reports) {
                    () throws(DestinationFault) in
                    try ledger.sendFence(job.transaction.fenced, job.metadata)
                }
                result = .success(outcome)
            } catch {
                result = .failure(error)
            }
            state.withLock { $0 = .finished(result) }
            done.signal()
        }
        ledger.live.producer.abandon(into: &reports, timeoutMilliseconds: 2_000)
    }

    /// `nil`: the end is wanted.
    private func take() -> Job? {
        state.withLock { state -> Job? in
            guard case .wanted(let job) = state else { return nil }
            state = .working
            return job
        }
    }
}
