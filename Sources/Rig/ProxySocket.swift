import Glibc

/// What became of a read or a write that does not wait.
enum SocketOutcome: Equatable {
    case moved(Int)
    /// Nothing now; later perhaps.
    case blocked
    /// The other side has no more to say.
    case ended
    /// The connection is no more.
    case broken
}

/// Sockets of the fault proxy. None of these calls waits, and none raises SIGPIPE.
enum ProxySocket {
    private static let kind =
        Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    private static let backlog: Int32 = 512

    /// A socket that owns `port`, or a free one for 0, and takes no connections yet: who knocks is refused, and nobody
    /// else can take the port meanwhile.
    static func bound(to port: Int) throws(RigFault) -> Int32 {
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw RigFault("no socket for a fault proxy: \(reason())") }
        var yes: Int32 = 1
        // Connections that ended a moment ago do not keep the port.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard unsafe Loopback.withAddress(port, { unsafe bind(descriptor, $0, $1) }) == 0 else {
            let why = reason()
            close(descriptor)
            throw RigFault("a fault proxy cannot have port \(port): \(why)")
        }
        return descriptor
    }

    static func takeConnections(_ descriptor: Int32) throws(RigFault) {
        guard listen(descriptor, backlog) == 0 else { throw RigFault("a fault proxy cannot listen: \(reason())") }
    }

    static func port(of descriptor: Int32) -> Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &size)
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    enum Accepted {
        case connection(Int32)
        case none
        /// No descriptor or no memory; the next try may do.
        case exhausted
    }

    static func accept(_ listener: Int32) -> Accepted {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor >= 0 {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                sendAtOnce(descriptor)
                return .connection(descriptor)
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EAGAIN: return .none
            default: return .exhausted
            }
        }
    }

    /// A connection to `port` that may still be in the making: it can be written to when it is made. -1 when there is
    /// nobody.
    static func connect(port: Int) -> Int32 {
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { return -1 }
        sendAtOnce(descriptor)
        let status = unsafe Loopback.withAddress(port) { unsafe Glibc.connect(descriptor, $0, $1) }
        if status == 0 || errno == EINPROGRESS || errno == EINTR { return descriptor }
        close(descriptor)
        return -1
    }

    /// Whether the connection that was in the making has been made.
    static func isMade(_ descriptor: Int32) -> Bool {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 && code == 0
    }

    static func read(_ descriptor: Int32, into buffer: inout [UInt8]) -> SocketOutcome {
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
        return count == 0 ? .ended : outcome(count)
    }

    static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> SocketOutcome {
        unsafe outcome(
            send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)))
    }

    private static func outcome(_ count: Int) -> SocketOutcome {
        if count >= 0 { return .moved(count) }
        return errno == EAGAIN || errno == EINTR ? .blocked : .broken
    }

    /// Tells the other side that no more comes.
    static func endWriting(_ descriptor: Int32) { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends a connection; with `reset` the other side is told that it broke.
    static func end(_ descriptor: Int32, reset: Bool) {
        if reset {
            var none = linger(l_onoff: 1, l_linger: 0)
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &none, socklen_t(MemoryLayout<linger>.size))
        }
        close(descriptor)
    }

    private static func sendAtOnce(_ descriptor: Int32) {
        var yes: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func reason() -> String { unsafe String(cString: strerror(errno)) }
}
