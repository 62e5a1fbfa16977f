import Glibc

/// Plain connections on the loopback interface.
enum Loopback {
    /// Sends `request` and returns what came back: `answerBytes` of it, fewer when the other side closed before that,
    /// `nil` when nobody answered in time.
    static func ask(port: Int, _ request: [UInt8], answerBytes: Int, limitSeconds: Int) -> [UInt8]? {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard connection >= 0 else { return nil }
        defer { close(connection) }
        var limit = timeval(tv_sec: limitSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(connection, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard unsafe withAddress(port, { unsafe connect(connection, $0, $1) }) == 0 else { return nil }
        let sent = unsafe request.withUnsafeBytes {
            unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard sent == request.count else { return nil }
        var bytes = [UInt8](repeating: 0, count: answerBytes)
        let got = unsafe bytes.withUnsafeMutableBytes {
            unsafe recv(connection, $0.baseAddress, answerBytes, Int32(MSG_WAITALL))
        }
        return got > 0 ? Array(bytes.prefix(got)) : nil
    }

    /// Whether this port of the loopback interface can be listened on now.
    static func isFree(port: Int) -> Bool {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { return false }
        defer { close(listener) }
        return unsafe withAddress(port) { unsafe bind(listener, $0, $1) } == 0
    }

    static func withAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
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
