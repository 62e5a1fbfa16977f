import Glibc

/// The ways to a cluster's brokers, each from a port of its own, and what is wrong with them. Belongs to one thread,
/// which polls all sockets; silent connections cost it nothing.
struct FaultProxy {
    /// The way to one broker.
    private struct Way {
        let broker: Int
        let target: Int
        /// Keeps the port even while nobody may come in.
        var listener: Int32
        var fault: NetworkFault?
        var conditions = WayConditions(nil)
        var connections: [ProxyConnection] = []
        /// No descriptor was left for who knocks: they wait until then.
        var acceptsAgainAt: Nanoseconds = 0

        var isListening: Bool { fault != .cut }
    }

    private var ways: [Way]
    private var random: SplitMix
    private var scratch = [UInt8](repeating: 0, count: 256 << 10)
    private var polled: [pollfd] = []

    /// - Parameter listeners: bound sockets, which are the proxy's from now on; they listen already.
    init(_ listeners: [(broker: Int, target: Int, listener: Int32)], seed: UInt64) {
        ways = listeners.map { Way(broker: $0.broker, target: $0.target, listener: $0.listener) }
        random = SplitMix(state: seed)
    }

    /// Waits until something happens on any way, or `wakeUp` can be read, and moves what can be moved.
    mutating func turn(wakeUp: Int32) {
        let wakeAt = prepare(wakeUp: wakeUp, at: .now)
        let rest = wakeAt == .max ? -1 : Int32(clamping: (wakeAt - .now + .millisecond - 1) / .millisecond)
        let count = unsafe polled.withUnsafeMutableBufferPointer {
            unsafe poll($0.baseAddress, nfds_t($0.count), wakeAt == .max ? -1 : max(0, rest))
        }
        if count < 0 { polled.indices.forEach { polled[$0].revents = 0 } }
        work(at: .now)
    }

    /// Notes what to wait for, in the order in which ``work(at:)`` reads it; answers when to wake up at the latest.
    private mutating func prepare(wakeUp: Int32, at now: Nanoseconds) -> Nanoseconds {
        let sharedBytes = ways.reduce(0) { $1.connections.reduce($0) { $0 + $1.size } }
        var wakeAt = Nanoseconds.max
        polled.removeAll(keepingCapacity: true)
        polled.append(pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0))
        for way in ways {
            let accepts = way.isListening && way.acceptsAgainAt <= now
            if way.isListening, !accepts { wakeAt = min(wakeAt, way.acceptsAgainAt) }
            polled.append(pollfd(fd: accepts ? way.listener : -1, events: Int16(POLLIN), revents: 0))
            for connection in way.connections {
                let wishes = connection.wishes(under: way.conditions, sharedBytes: sharedBytes, at: now)
                let descriptors = connection.descriptors
                wakeAt = min(wakeAt, wishes.wakeAt)
                polled.append(
                    pollfd(fd: wishes.client == 0 ? -1 : descriptors.client, events: wishes.client, revents: 0))
                polled.append(
                    pollfd(fd: wishes.broker == 0 ? -1 : descriptors.broker, events: wishes.broker, revents: 0))
            }
        }
        return wakeAt
    }

    private mutating func work(at now: Nanoseconds) {
        var place = 1
        for index in ways.indices {
            let isKnocking = polled[place].revents != 0
            place += 1
            for connection in ways[index].connections {
                // Even without an event: what was held up may be due now.
                connection.move(
                    polled[place].revents, polled[place + 1].revents, under: ways[index].conditions, at: now,
                    scratch: &scratch)
                place += 2
            }
            ways[index].connections.removeAll(where: \.isEnded)
            if isKnocking { accept(index, at: now) }
        }
    }

    private mutating func accept(_ index: Int, at now: Nanoseconds) {
        // Not without end: those who are connected get their turn.
        for _ in 0..<64 {
            switch ProxySocket.accept(ways[index].listener) {
            case .connection(let client): take(client, index, at: now)
            case .none: return
            case .exhausted:
                ways[index].acceptsAgainAt = now + 100 * .millisecond
                return
            }
        }
    }

    private mutating func take(_ client: Int32, _ index: Int, at now: Nanoseconds) {
        let way = ways[index]
        var broker: Int32 = -1
        if !way.conditions.isSwallowing {
            if way.fault != .reset { broker = ProxySocket.connect(port: way.target) }
            guard broker >= 0 else { return ProxySocket.end(client, reset: true) }
        }
        ways[index].connections.append(
            ProxyConnection(client: client, broker: broker, seed: random.next(), at: now))
    }

    /// Makes one way faulty; clear with `nil`. A fault takes the place of the one before.
    mutating func apply(_ fault: NetworkFault?, broker: Int) throws(RigFault) {
        guard let index = ways.firstIndex(where: { $0.broker == broker }) else {
            throw RigFault("there is no way to a broker \(broker)")
        }
        let before = ways[index].fault
        if fault == .cut || fault == .reset || before == .halfOpen, fault != before {
            ways[index].connections.forEach { $0.end(reset: fault == .reset) }
            ways[index].connections = []
        }
        if fault == .cut, before != .cut { try close(index) }
        if before == .cut, fault != .cut { try ProxySocket.takeConnections(ways[index].listener) }
        ways[index].fault = fault
        ways[index].conditions = WayConditions(fault)
        let now = Nanoseconds.now
        ways[index].connections.forEach { $0.conditionsChanged(at: now) }
    }

    /// Nobody comes in any more; the port stays ours.
    private mutating func close(_ index: Int) throws(RigFault) {
        let port = ProxySocket.port(of: ways[index].listener)
        Glibc.close(ways[index].listener)
        ways[index].listener = -1
        ways[index].listener = try ProxySocket.bound(to: port)
    }

    mutating func end() {
        for way in ways {
            way.connections.forEach { $0.end(reset: false) }
            if way.listener >= 0 { Glibc.close(way.listener) }
        }
        ways = []
    }
}
