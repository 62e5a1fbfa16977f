import Glibc

/// A socket that listens. Ours, not the library's: that one does not say why it could not.
struct Listener {
    let descriptor: Int32
    let port: Int
    let isVersion6: Bool

    init(port: Int, address: String) throws(HTTPFault) {
        guard (0...65_535).contains(port) else { throw HTTPFault(description: "\(port) is not a port") }
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(address, "\(port)", &hints, &found) == 0, let info = unsafe found else {
            throw HTTPFault(description: "\(address) is not an IP address to serve HTTP on")
        }
        defer { unsafe freeaddrinfo(info) }
        isVersion6 = unsafe info.pointee.ai_family == AF_INET6
        descriptor = unsafe socket(
            info.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        // What the server before us left behind does not keep the port; a server that lives does.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard descriptor >= 0, unsafe bind(descriptor, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0,
            listen(descriptor, 64) == 0
        else {
            let why = unsafe String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw HTTPFault(description: "HTTP cannot be served on \(address), port \(port): \(why)")
        }
        self.port = Self.port(of: descriptor)
    }

    private static func port(of descriptor: Int32) -> Int {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe _ = getsockname(descriptor, $0, &size)
            }
            // Both versions have the port at the same place.
            return unsafe pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                unsafe Int(UInt16(bigEndian: $0.pointee.sin_port))
            }
        }
    }
}
