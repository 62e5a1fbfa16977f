import Glibc
import Synchronization
import Testing

@testable import Rig

@Suite(.enabled(if: LossyNetwork.missing == nil, "this machine has no network that loses packets"))
struct LossyNetworkTests {
    private static let sent = 2_000

    @Test func `one packet in ten of the port is lost, none of another, and none once it is healed`() throws {
        let counts = Mutex<[Int]>([])
        let fault = Mutex<(any Error)?>(nil)
        LossyNetwork.inOne { network in
            do {
                let network = try network.get()
                let (lossy, clean) = (try Datagrams(), try Datagrams())
                try network.lose(oneIn: 10, ports: [Int(lossy.port)])
                let first = [lossy.arrived(of: Self.sent), clean.arrived(of: Self.sent)]
                try network.heal()
                counts.withLock { $0 = first + [lossy.arrived(of: Self.sent)] }
            } catch {
                fault.withLock { $0 = error }
            }
        }
        #expect(fault.withLock { $0 } == nil)
        let arrived = counts.withLock { $0 }
        try #require(arrived.count == 3)
        // Both ends are the port, so lots are drawn twice. Six standard deviations.
        #expect(abs(arrived[0] - Self.sent * 81 / 100) < 106)
        #expect(arrived[1] == Self.sent && arrived[2] == Self.sent)
    }

    @Test func `whoever is not in it keeps its network`() throws {
        let outside = try Datagrams()
        LossyNetwork.inOne { _ in }
        #expect(outside.arrived(of: 10) == 10)
    }
}

/// A socket that sends to itself over the loopback.
private final class Datagrams {
    let port: UInt16
    private let socket: Int32

    init() throws(RigFault) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(socket, pointer, length) == 0 && getsockname(socket, pointer, &length) == 0
                    && connect(socket, pointer, length) == 0
            }
        }
        guard bound else { throw RigFault("no socket: error \(errno)") }
        self.socket = socket
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(socket) }

    /// Sends so many, each once the one before has arrived or is lost: a datagram on the loopback is there when it was sent.
    func arrived(of count: Int) -> Int {
        var arrived = 0
        var byte: UInt8 = 7
        for _ in 0..<count {
            unsafe send(socket, &byte, 1, 0)
            if unsafe recv(socket, &byte, 1, Int32(MSG_DONTWAIT)) == 1 { arrived += 1 }
        }
        return arrived
    }
}
