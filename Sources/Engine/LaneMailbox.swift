import Synchronization

/// The one way into a lane: bounded, and it ends the lane's waiting poll.
package final class LaneMailbox: Sendable {
    /// Orders that may wait. The coordinator has one rebalance under way at a time, so a lane that reaches this stands still.
    package static let capacity = 4096
    private let waiting = Mutex<[LaneOrder]>([])
    private let wake: @Sendable () -> Void

    package init(wake: @escaping @Sendable () -> Void) {
        self.wake = wake
    }

    /// `false` when the lane has stopped reading its mail.
    package func post(_ order: LaneOrder) -> Bool {
        let fits = waiting.withLock { orders in
            guard orders.count < Self.capacity else { return false }
            orders.append(order)
            return true
        }
        wake()
        return fits
    }

    /// Once a turn, on the lane's thread.
    func take() -> [LaneOrder] {
        waiting.withLock { orders in
            guard !orders.isEmpty else { return [] }
            return exchange(&orders, with: [])
        }
    }
}

private func exchange<Value>(_ place: inout Value, with new: consuming Value) -> Value {
    let old = place
    place = new
    return old
}
