import Glibc

/// One client's connection to a broker: two sockets, and what is under way between them. Belongs to the proxy's thread.
final class ProxyConnection {
    private enum Side { case client, broker }

    /// One direction: what came in at one socket and goes out at the other.
    private struct Stream {
        var line = DelayLine()
        var pace = Pace()
        /// The sender may have more.
        var isOpen = true
        /// The receiver has been told that there is no more.
        var isFinished = false
    }

    /// -1 when it is closed.
    private var client: Int32
    private var broker: Int32
    private var isMade = false
    private var toBroker = Stream()
    private var toClient = Stream()
    private var stalls: StallSchedule
    private let seed: UInt64

    /// - Parameter broker: a connection that may still be in the making; -1 for none.
    init(client: Int32, broker: Int32, seed: UInt64, at now: Nanoseconds) {
        self.client = client
        self.broker = broker
        self.seed = seed
        stalls = StallSchedule(seed: seed, from: now)
    }

    var isEnded: Bool { client < 0 && broker < 0 }
    /// Bytes of memory.
    var size: Int { toBroker.line.size + toClient.line.size }

    /// The way has other conditions now: nothing that was due under the old ones waits for them.
    func conditionsChanged(at now: Nanoseconds) {
        toBroker.pace.clear()
        toClient.pace.clear()
        stalls = StallSchedule(seed: seed &+ UInt64(now), from: now)
    }

    func end(reset: Bool) {
        for descriptor in [client, broker] where descriptor >= 0 { ProxySocket.end(descriptor, reset: reset) }
        (client, broker) = (-1, -1)
    }

    /// What to wait for. A descriptor without events must not be polled at all: it would report its end again and again
    /// while what came before it is still under way.
    struct Wishes {
        var client: Int16 = 0
        var broker: Int16 = 0
        /// When to move even if nothing happens.
        var wakeAt = Nanoseconds.max
    }

    var descriptors: (client: Int32, broker: Int32) { (client, broker) }

    func wishes(under conditions: WayConditions, sharedBytes: Int, at now: Nanoseconds) -> Wishes {
        var wishes = Wishes()
        if conditions.isSwallowing {
            wishes.client = Int16(POLLIN)
            wishes.broker = Int16(POLLIN)
            return wishes
        }
        let room = conditions.room(sharedBytes: sharedBytes)
        if toBroker.isOpen, toBroker.line.size < room { wishes.client |= Int16(POLLIN) }
        if isMade {
            if toClient.isOpen, toClient.line.size < room { wishes.broker |= Int16(POLLIN) }
            wait(for: toBroker, under: conditions, at: now, events: &wishes.broker, wakeAt: &wishes.wakeAt)
        } else {
            wishes.broker |= Int16(POLLOUT)
        }
        wait(for: toClient, under: conditions, at: now, events: &wishes.client, wakeAt: &wishes.wakeAt)
        return wishes
    }

    private func wait(
        for stream: Stream, under conditions: WayConditions, at now: Nanoseconds, events: inout Int16,
        wakeAt: inout Nanoseconds
    ) {
        guard let due = due(stream, under: conditions, at: now) else { return }
        if due <= now { events |= Int16(POLLOUT) } else { wakeAt = min(wakeAt, due) }
    }

    /// When the first of what is under way may go out.
    private func due(_ stream: Stream, under conditions: WayConditions, at now: Nanoseconds) -> Nanoseconds? {
        guard let arrived = stream.line.arrived else { return nil }
        var due = arrived + conditions.latency
        if conditions.bytesPerSecond != nil { due = max(due, stream.pace.freeAt) }
        if conditions.hasStalls, let end = stalls.stallEnd(at: now) { due = max(due, end) }
        return due
    }

    /// Reads and writes what can be read and written now.
    func move(
        _ client: Int16, _ broker: Int16, under conditions: WayConditions, at now: Nanoseconds, scratch: inout [UInt8]
    ) {
        if conditions.isSwallowing { return swallow(client, broker, scratch: &scratch) }
        if !isMade, broker != 0 {
            guard ProxySocket.isMade(self.broker) else { return end(reset: true) }
            isMade = true
        }
        if client & ~Int16(POLLOUT) != 0 { pull(from: .client, under: conditions, at: now, scratch: &scratch) }
        if broker & ~Int16(POLLOUT) != 0 { pull(from: .broker, under: conditions, at: now, scratch: &scratch) }
        if isMade { push(&toBroker, into: self.broker, under: conditions, at: now) }
        push(&toClient, into: self.client, under: conditions, at: now)
        if toBroker.isFinished, toClient.isFinished { end(reset: false) }
    }

    private func pull(from side: Side, under conditions: WayConditions, at now: Nanoseconds, scratch: inout [UInt8]) {
        switch side {
        case .client:
            guard toBroker.isOpen, client >= 0 else { return }
            pull(client, into: &toBroker, goingTo: isMade ? broker : -1, under: conditions, at: now, scratch: &scratch)
        case .broker:
            guard toClient.isOpen, broker >= 0 else { return }
            pull(broker, into: &toClient, goingTo: client, under: conditions, at: now, scratch: &scratch)
        }
    }

    private func pull(
        _ descriptor: Int32, into stream: inout Stream, goingTo receiver: Int32, under conditions: WayConditions,
        at now: Nanoseconds, scratch: inout [UInt8]
    ) {
        switch ProxySocket.read(descriptor, into: &scratch) {
        case .moved(let count):
            var rest = 0..<count
            // Where nothing is in the way nothing is copied.
            if conditions.isClear, stream.line.isEmpty, receiver >= 0 {
                switch unsafe scratch.withUnsafeBytes({ unsafe ProxySocket.write(receiver, .init(rebasing: $0[rest])) })
                {
                case .moved(let sent): rest = sent..<count
                case .blocked: break
                case .ended, .broken: return end(reset: true)
                }
            }
            stream.line.append(Array(scratch[rest]), at: now)
        case .blocked: break
        case .ended:
            stream.isOpen = false
            stream.line.end(at: now)
        case .broken: end(reset: true)
        }
    }

    private func push(
        _ stream: inout Stream, into descriptor: Int32, under conditions: WayConditions, at now: Nanoseconds
    ) {
        while descriptor >= 0, let due = due(stream, under: conditions, at: now), due <= now {
            if stream.line.isAtEnd {
                stream.line.dropFirst()
                stream.isFinished = true
                return ProxySocket.endWriting(descriptor)
            }
            let limit = conditions.bytesPerSecond.map(Pace.sliceBytes) ?? Int.max / 2
            switch unsafe stream.line.send(atMost: limit, { unsafe ProxySocket.write(descriptor, $0) }) {
            case .moved(let count):
                guard let rate = conditions.bytesPerSecond else { continue }
                stream.pace.note(count, at: now, bytesPerSecond: rate)
            case .blocked: return
            case .ended, .broken: return end(reset: true)
            }
        }
    }

    /// Whatever was sent is lost. Who hangs up is gone, and nobody tells the other side.
    private func swallow(_ clientEvents: Int16, _ brokerEvents: Int16, scratch: inout [UInt8]) {
        if clientEvents != 0 { swallow(&client, scratch: &scratch) }
        if brokerEvents != 0 { swallow(&broker, scratch: &scratch) }
    }

    private func swallow(_ descriptor: inout Int32, scratch: inout [UInt8]) {
        guard descriptor >= 0 else { return }
        switch ProxySocket.read(descriptor, into: &scratch) {
        case .moved, .blocked: break
        case .ended, .broken:
            ProxySocket.end(descriptor, reset: false)
            descriptor = -1
        }
    }
}
