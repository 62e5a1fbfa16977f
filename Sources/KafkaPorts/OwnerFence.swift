import Engine
import Model
import RdKafka
import Synchronization

/// Ends what transactional ids of others have open: a short-lived producer that initialises the id has it aborted, and
/// shuts its owner out.
package struct OwnerFence: Sendable {
    private let clients: FlowClients
    private let isCancelled: @Sendable () -> Bool

    private static let timeoutMilliseconds: Int64 = 10_000
    /// Two tries of librdkafka's, which lie 500 ms apart: while a dead owner's last request is at work in the
    /// coordinator, the first one aborts nothing.
    private static let tryMilliseconds: Int32 = 1_000

    package init(clients: FlowClients, isCancelled: @escaping @Sendable () -> Bool) {
        self.clients = clients
        self.isCancelled = isCancelled
    }

    /// Fences each id once, all at the same time. Answers whose transactions are ended, or about to be. A fence that
    /// fails is no obstacle by itself: whether the slots are stable is seen when they are read.
    package func end(_ ids: Set<String>) -> Set<String> {
        let pending = Inbox<(id: String, isEnded: Bool)>()
        for id in ids {
            startThread("martlet-fence") { pending.post((id, end(id))) }
        }
        var ended: Set<String> = []
        var left = ids.count
        while left > 0 {
            for answer in pending.take() {
                left -= 1
                if answer.isEnded { ended.insert(answer.id) }
            }
            pause(milliseconds: 2)
        }
        return ended
    }

    /// "Concurrent transactions" means that the open transaction is being aborted: that is all a fence is for. To insist
    /// on the id would fence its owner again every half second, for as long as a process that was started again under
    /// the same name begins new transactions in between.
    private func end(_ id: String) -> Bool {
        guard
            let producer = try? RecordProducer(
                clients.fencingProducer(transactionalID: id), inFlightMax: 1, log: clients.logger("fence"))
        else { return false }
        let deadline = Instant.now.advanced(milliseconds: Self.timeoutMilliseconds)
        while Instant.now < deadline, !isCancelled() {
            do throws(KafkaFault) {
                try producer.initTransactions(timeoutMilliseconds: Self.tryMilliseconds)
                return true
            } catch {
                if error.name == "CONCURRENT_TRANSACTIONS" { return true }
                guard error.isRetriable || error.name == "_TIMED_OUT" else { return false }
            }
        }
        return false
    }
}

/// What the readings of one process know of each other's fences.
package final class FenceMemory: Sendable {
    private let ended = Mutex(EndedClaims())

    package init() {}

    func fencesWanted(_ found: OwnersFound, ownIDs: Set<String>) -> Set<String> {
        ended.withLock { $0.fencesWanted(found, ownIDs: ownIDs) }
    }

    func note(fenced ids: Set<String>, _ found: OwnersFound) {
        ended.withLock { $0.note(fenced: ids, found) }
    }

    func forget(_ slots: [Slot]) {
        ended.withLock { $0.forget(slots) }
    }
}
