import Foundation
import Glibc
import Rig
import Synchronization

/// A plain connection of the test's own, which waits. Shares no code with the proxy.
final class Client: Sendable {
    enum Answer: Equatable {
        case bytes([UInt8])
        case end
        case silence
        case fault(Int32)
    }

    private let descriptor: Int32
    private let isClosed = Mutex(false)

    /// What becomes of who comes now.
    static func fate(port: Int) -> Answer {
        do { return try Client(port: port).receive() } catch { return .fault((error as? Refusal)?.code ?? -1) }
    }

    init(taken descriptor: Int32) { self.descriptor = descriptor }

    /// - Throws: `Refusal` with the system's number.
    init(port: Int) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        let status = unsafe withLoopback(port) { unsafe connect(descriptor, $0, $1) }
        if status != 0 { throw Refusal(code: errno) }
    }

    struct Refusal: Error, Equatable { let code: Int32 }

    deinit { close() }

    func close() {
        isClosed.withLock { isClosed in
            if !isClosed { Glibc.close(descriptor) }
            isClosed = true
        }
    }

    func endWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Whether all of it was taken.
    @discardableResult func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    func receive(atMost count: Int = 65_536, limitMilliseconds: Int = 60_000) -> Answer {
        var limit = timeval(tv_sec: limitMilliseconds / 1_000, tv_usec: limitMilliseconds % 1_000 * 1_000)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var buffer = [UInt8](repeating: 0, count: count)
        let got = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        if got > 0 { return .bytes(Array(buffer.prefix(got))) }
        if got == 0 { return .end }
        return errno == EAGAIN ? .silence : .fault(errno)
    }

    /// Everything until the other side has no more, or `count` bytes of it.
    func receiveAll(_ count: Int = .max) -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count, case .bytes(let bytes) = receive() { all += bytes }
        return all
    }

    /// Sends and waits for as much; `nil` when it does not come back whole.
    func echo(_ bytes: [UInt8]) -> [UInt8]? {
        guard send(bytes) else { return nil }
        let back = receiveAll(bytes.count)
        return back.count == bytes.count ? back : nil
    }
}

/// Sends back what it gets, to everybody, and says of each connection when it has ended.
final class EchoServer: Sendable {
    let port: Int
    private let listener: Int32
    private let open = Mutex(0)
    private let isStopped = Mutex(false)

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        guard unsafe withLoopback(0, { unsafe bind(listener, $0, $1) }) == 0, listen(listener, 512) == 0 else {
            throw RigFault("no echo server")
        }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(listener, $0, &size)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                open.withLock { $0 += 1 }
                Thread.detachNewThread { [self] in
                    let client = Client(taken: descriptor)
                    while case .bytes(let bytes) = client.receive(), client.send(bytes) {}
                    client.close()
                    open.withLock { $0 -= 1 }
                }
            }
        }
    }

    /// Connections it has now.
    var connections: Int { open.withLock { $0 } }

    /// Takes nobody any more; who is connected stays.
    func stop() {
        isStopped.withLock { isStopped in
            guard !isStopped else { return }
            shutdown(listener, Int32(SHUT_RDWR))
            close(listener)
            isStopped = true
        }
    }
}

/// Waits until it is so; `false` when it has not come about within a minute.
func eventually(_ condition: () -> Bool) -> Bool {
    let deadline = Date.now.addingTimeInterval(60)
    while !condition() {
        guard Date.now < deadline else { return false }
        Thread.sleep(forTimeInterval: 0.01)
    }
    return true
}

var openDescriptors: Int { ProcessHoldings(of: getpid())?.descriptors ?? 0 }

private func withLoopback(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
