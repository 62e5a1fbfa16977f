import CMicrohttpd
import Glibc
import Synchronization

/// What is sent back for a request.
package struct HTTPAnswer: Sendable {
    package let status: Int
    package let contentType: String
    package let body: [UInt8]

    package init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: String) {
        self.status = status
        self.contentType = contentType
        self.body = Array(body.utf8)
    }
}

/// Why there is no server.
package struct HTTPFault: Error, Sendable, CustomStringConvertible {
    package let description: String
}

/// Serves a few pages that are made when somebody asks: one thread, GET and HEAD, everything bounded.
///
/// A handler runs on that thread, so it must not wait: while it works nobody else is answered.
@safe package final class HTTPServer: Sendable {
    package typealias Handlers = [String: @Sendable () -> HTTPAnswer]

    /// What a client can make us hold.
    package struct Limits: Sendable {
        /// Whoever comes beyond them waits until one ends.
        package var connections = 64
        /// Of one address; more are closed at once. A client that dawdles byte by byte keeps its own places only.
        package var connectionsPerClient = 32
        /// A connection on which nothing moves ends after this time.
        package var silenceSeconds = 10
        /// Request line and headers, in memory.
        package var requestBytes = 16 << 10

        package init() {}
    }

    /// The port it listens on, also where a free one was asked for.
    package let port: Int
    private let routes: Routes
    /// `nil` once it has ended.
    private let daemon: Mutex<OpaquePointer?>

    /// - Parameters:
    ///   - port: 0 for any that is free.
    ///   - address: a number, of IP version 4 or 6; `0.0.0.0` and `::` are all of the machine's.
    package init(port: Int, address: String = "127.0.0.1", handlers: Handlers, limits: Limits = Limits())
        throws(HTTPFault)
    {
        let listener = try Listener(port: port, address: address)
        let routes = Routes(handlers)
        let bounds = martlet_http_limits(
            connections: UInt32(limits.connections), connections_per_client: UInt32(limits.connectionsPerClient),
            silence_seconds: UInt32(limits.silenceSeconds), request_bytes: limits.requestBytes)
        let started = unsafe martlet_http_start(
            listener.descriptor, listener.isVersion6 ? 1 : 0, bounds, Routes.answer,
            Unmanaged.passUnretained(routes).toOpaque())
        guard let started = unsafe started else {
            throw HTTPFault(description: "the HTTP server on \(address), port \(port) could not be started")
        }
        self.port = listener.port
        self.routes = routes
        unsafe daemon = Mutex(started)
    }

    deinit { stop() }

    /// Ends every connection and the thread, and frees the port. More than once is fine; not from a handler.
    package func stop() {
        unsafe daemon.withLock { daemon in
            guard let running = unsafe daemon else { return }
            unsafe MHD_stop_daemon(running)
            unsafe daemon = nil
        }
    }
}

/// Who answers what. It outlives the library's thread, which knows it by its address.
private final class Routes: Sendable {
    private let handlers: HTTPServer.Handlers

    init(_ handlers: HTTPServer.Handlers) { self.handlers = handlers }

    func isServed(method: String, path: String) -> Bool {
        handlers[path] != nil && (method == "GET" || method == "HEAD")
    }

    func answer(method: String, path: String) -> (answer: HTTPAnswer, allow: String?) {
        guard let handler = handlers[path] else { return (HTTPAnswer(status: 404, body: "not found\n"), nil) }
        guard isServed(method: method, path: path) else {
            return (HTTPAnswer(status: 405, body: "only GET and HEAD\n"), "GET, HEAD")
        }
        return (handler(), nil)
    }

    /// The library calls once for the headers, then for each part of a body, then at the end. An answer before the end
    /// costs the connection, so only what is refused is answered at once; pages have no use for a body.
    static let answer: MHD_AccessHandlerCallback = { context, connection, url, method, _, _, bodySize, seen in
        guard let context = unsafe context, let url = unsafe url, let method = unsafe method,
            let bodySize = unsafe bodySize, let seen = unsafe seen, unsafe bodySize.pointee == 0
        else { return .NO }
        let routes = unsafe Unmanaged<Routes>.fromOpaque(context).takeUnretainedValue()
        let (path, verb) = unsafe (String(cString: url), String(cString: method))
        if unsafe seen.pointee == nil, routes.isServed(method: verb, path: path) {
            unsafe seen.pointee = context
            return .YES
        }
        let (answer, allow) = routes.answer(method: verb, path: path)
        return unsafe answer.body.withUnsafeBytes { body in
            unsafe martlet_http_answer(
                connection, UInt32(answer.status), body.baseAddress, body.count, answer.contentType, allow)
        }
    }
}
