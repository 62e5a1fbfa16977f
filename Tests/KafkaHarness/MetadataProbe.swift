import Glibc

/// Asks one broker, over a plain connection, how many brokers it knows: our own few bytes of Kafka's protocol, so that
/// the harness does not depend on the client it is there to test.
enum MetadataProbe {
    /// The number of live brokers in the answer, or `nil` when there is none within two seconds.
    static func liveBrokers(port: Int) -> Int? {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard connection >= 0 else { return nil }
        defer { close(connection) }
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(connection, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard unsafe withLoopback(port, { unsafe connect(connection, $0, $1) }) == 0 else { return nil }
        let sent = unsafe request.withUnsafeBytes {
            unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        // Size, correlation id, length of the broker array.
        guard sent == request.count, let answer = receive(12, from: connection) else { return nil }
        let brokers = answer[8...].reduce(0) { $0 << 8 | Int($1) }
        return brokers < 1_000 ? brokers : nil
    }

    /// Whether this port of the loopback interface can be listened on now.
    static func isFree(port: Int) -> Bool {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { return false }
        defer { close(listener) }
        return unsafe withLoopback(port) { unsafe bind(listener, $0, $1) } == 0
    }

    /// Metadata version 1 for no topic: size, key 3, version 1, correlation id 1, client id "probe", an empty array.
    private static let request: [UInt8] =
        [0, 0, 0, 19, 0, 3, 0, 1, 0, 0, 0, 1, 0, 5] + Array("probe".utf8) + [0, 0, 0, 0]

    private static func receive(_ count: Int, from connection: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = unsafe bytes.withUnsafeMutableBytes {
            unsafe recv(connection, $0.baseAddress, count, Int32(MSG_WAITALL))
        }
        return got == count ? bytes : nil
    }

    private static func withLoopback(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
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
}
