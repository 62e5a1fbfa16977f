import Dispatch
import Foundation
import Glibc
import Synchronization

/// Ways to the brokers of a cluster that can be made faulty: one port for each broker, one thread for all.
package final class FaultProxies: Sendable {
    /// The way to one broker.
    package struct Way: Sendable {
        let broker: Int
        let port: Int
        let target: Int

        /// - Parameters:
        ///   - port: where clients come in; 0 for a free one.
        ///   - target: the broker's own port.
        package init(broker: Int, port: Int, target: Int) {
            (self.broker, self.port, self.target) = (broker, port, target)
        }
    }

    private let mail: Mail
    private let ended: DispatchSemaphore
    private let ports: [Int: Int]

    convenience init(for nodes: [BrokerNode]) throws {
        try self.init(
            nodes.compactMap { node in
                node.detour.map { Way(broker: node.id, port: $0.proxyPort, target: $0.brokerPort) }
            })
    }

    /// - Parameter seed: of the moments of stalls.
    package init(_ ways: [Way], seed: UInt64 = .random(in: 0...UInt64.max)) throws {
        var open: [(broker: Int, target: Int, listener: Int32)] = []
        do {
            for way in ways {
                open.append((way.broker, way.target, try ProxySocket.bound(to: way.port)))
                try ProxySocket.takeConnections(open[open.count - 1].listener)
            }
            mail = try Mail()
        } catch {
            open.forEach { close($0.listener) }
            throw error
        }
        ports = Dictionary(uniqueKeysWithValues: open.map { ($0.broker, ProxySocket.port(of: $0.listener)) })
        let ended = DispatchSemaphore(value: 0)
        self.ended = ended
        let (mail, listeners) = (mail, open)
        // Not `self`: the last reference to it ends the thread.
        let thread = Thread {
            var proxy = FaultProxy(listeners, seed: seed)
            while mail.obey(&proxy) { proxy.turn(wakeUp: mail.wakeUp) }
            proxy.end()
            ended.signal()
        }
        thread.stackSize = 256 << 10
        thread.start()
        // Only a thread that runs takes a name to the kernel.
        thread.name = "faults-\(ports.values.min() ?? 0)"
    }

    deinit {
        shutdown()
        mail.close()
    }

    /// Where the way to a broker begins.
    package func port(broker: Int) -> Int? { ports[broker] }

    /// Makes the way to a broker faulty, in place of what was wrong with it before. Done when this returns.
    package func apply(_ fault: NetworkFault, broker: Int) throws { try mail.send(fault, broker: broker) }

    /// The way is clear again, whatever was wrong with it.
    package func heal(broker: Int) throws { try mail.send(nil, broker: broker) }

    /// Ends every connection and frees the ports. More than once is fine.
    package func shutdown() {
        mail.end()
        ended.wait()
        ended.signal()
    }
}

/// What the proxy's thread is told to do.
private final class Mail: Sendable {
    /// One change, and whether it could be made.
    private final class Order: Sendable {
        let fault: NetworkFault?
        let broker: Int
        let refusal = Mutex<RigFault?>(nil)
        let done = DispatchSemaphore(value: 0)

        init(fault: NetworkFault?, broker: Int) { (self.fault, self.broker) = (fault, broker) }
    }

    private struct State {
        var orders: [Order] = []
        var isEnding = false
    }

    private let state = Mutex(State())
    /// Readable when there is something to obey.
    let wakeUp: Int32
    private let bell: Int32

    init() throws(RigFault) {
        var ends: [Int32] = [-1, -1]
        let kind =
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw RigFault("no socket for a fault proxy") }
        (wakeUp, bell) = (ends[0], ends[1])
    }

    func send(_ fault: NetworkFault?, broker: Int) throws(RigFault) {
        let order = Order(fault: fault, broker: broker)
        let isTaken = state.withLock { state in
            if !state.isEnding { state.orders.append(order) }
            return !state.isEnding
        }
        guard isTaken else { throw RigFault("the fault proxies have been shut down") }
        ring()
        order.done.wait()
        if let refusal = order.refusal.withLock({ $0 }) { throw refusal }
    }

    func end() {
        state.withLock { $0.isEnding = true }
        ring()
    }

    /// Carries out what there is; `false` when it was told to end.
    func obey(_ proxy: inout FaultProxy) -> Bool {
        var bells = [UInt8](repeating: 0, count: 64)
        _ = ProxySocket.read(wakeUp, into: &bells)
        let (orders, isEnding) = state.withLock { state in
            defer { state.orders = [] }
            return (state.orders, state.isEnding)
        }
        for order in orders {
            do throws(RigFault) { try proxy.apply(order.fault, broker: order.broker) } catch {
                order.refusal.withLock { $0 = error }
            }
            order.done.signal()
        }
        return !isEnding
    }

    /// Only when nobody uses them any more.
    func close() {
        Glibc.close(wakeUp)
        Glibc.close(bell)
    }

    private func ring() { _ = unsafe [1 as UInt8].withUnsafeBytes { unsafe ProxySocket.write(bell, $0) } }
}
