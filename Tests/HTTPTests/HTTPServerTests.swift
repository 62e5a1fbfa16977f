import HTTP
import Synchronization
import Testing

/// What is asked is answered, and no client can stop the others.
@Suite(.serialized) struct HTTPServerTests {
    private static let handlers: HTTPServer.Handlers = [
        "/metrics": { HTTPAnswer(contentType: "text/plain; version=0.0.4", body: "up 1\n") },
        "/sick": { HTTPAnswer(status: 503, body: "no broker\n") },
        "/long": { HTTPAnswer(body: String(repeating: "x", count: 8 << 20)) },
    ]

    private func server(_ limits: HTTPServer.Limits = HTTPServer.Limits()) throws -> HTTPServer {
        try HTTPServer(port: 0, handlers: Self.handlers, limits: limits)
    }

    @Test func `a page is made anew for everybody who asks`() throws {
        let count = Mutex(0)
        let server = try HTTPServer(
            port: 0,
            handlers: [
                "/": {
                    HTTPAnswer(
                        body: count.withLock {
                            $0 += 1
                            return "\($0)"
                        })
                }
            ])
        #expect(ask(server.port, "/")?.hasSuffix("\r\n\r\n1") == true)
        #expect(ask(server.port, "/?a=b")?.hasSuffix("\r\n\r\n2") == true)
    }

    @Test func `status, type and body are the handler's`() throws {
        let server = try server()
        let metrics = try #require(ask(server.port, "/metrics"))
        #expect(metrics.hasPrefix("HTTP/1.1 200 "))
        #expect(metrics.contains("Content-Type: text/plain; version=0.0.4\r\n"))
        #expect(metrics.hasSuffix("\r\n\r\nup 1\n"))
        #expect(status(ask(server.port, "/sick")) == 503)
        #expect(ask(server.port, "/long").map(\.utf8.count) ?? 0 > 8 << 20)
    }

    @Test func `a head is an answer without its body`() throws {
        let server = try server()
        let answer = try #require(ask(server.port, "/metrics", method: "HEAD"))
        #expect(status(answer) == 200)
        #expect(answer.contains("Content-Length: 5\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
    }

    @Test func `what is not there is 404, and what may not be done is 405`() throws {
        let server = try server()
        #expect(status(ask(server.port, "/nothing")) == 404)
        #expect(status(ask(server.port, "/metrics/../sick")) == 404)
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "RUBBISH"] {
            let answer = ask(server.port, "/metrics", method: method)
            #expect(status(answer) == 405, "\(method)")
            #expect(answer?.contains("Allow: GET, HEAD\r\n") == true, "\(method)")
        }
    }

    @Test func `two requests on one connection are two answers`() throws {
        let server = try server()
        let client = try #require(RawClient(port: server.port))
        client.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        client.send("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(client.receive()?.components("up 1\n") == 2)
    }

    @Test func `a port that is taken is an error that says so, and is free again when the server has ended`() throws {
        let server = try server()
        let fault = #expect(throws: HTTPFault.self) { try HTTPServer(port: server.port, handlers: [:]) }
        #expect(fault?.description.contains("port \(server.port)") == true)
        server.stop()
        server.stop()
        #expect(RawClient(port: server.port) == nil)
        let next = try HTTPServer(port: server.port, handlers: Self.handlers)
        #expect(status(ask(next.port, "/metrics")) == 200)
    }

    @Test(arguments: ["nowhere", "", "1.2.3", "300.0.0.1"])
    func `what is no address is an error`(address: String) {
        #expect(throws: HTTPFault.self) { try HTTPServer(port: 0, address: address, handlers: [:]) }
    }

    @Test func `a server ends while clients are connected and silent`() throws {
        let server = try server()
        let client = try #require(RawClient(port: server.port))
        client.send("GET /me")
        server.stop()
        #expect(client.receive() == "")
    }
}

/// Clients that mean harm, or do it.
@Suite(.serialized) struct HostileClientTests {
    private func server(_ limits: HTTPServer.Limits = HTTPServer.Limits()) throws -> HTTPServer {
        try HTTPServer(
            port: 0,
            handlers: [
                "/": { HTTPAnswer(body: "well\n") },
                "/long": { HTTPAnswer(body: String(repeating: "x", count: 8 << 20)) },
            ],
            limits: limits)
    }

    @Test func `headers and paths beyond the bound are refused`() throws {
        let server = try server()
        for request in [
            "GET / HTTP/1.1\r\nHost: a\r\nBig: \(String(repeating: "a", count: 1 << 20))\r\n\r\n",
            "GET /\(String(repeating: "a", count: 1 << 20)) HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 100_000) + "\r\n",
        ] {
            let client = try #require(RawClient(port: server.port))
            client.send(request)
            let answer = try #require(client.receive(), "the connection stays")
            #expect(answer.isEmpty || (400..<500).contains(status(answer) ?? 0))
        }
        #expect(status(ask(server.port, "/")) == 200)
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `garbage ends its own connection only`(seed: UInt64) throws {
        var state = seed
        func next() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        var bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde".utf8)
        if seed % 2 == 0 { bytes = (0..<300).map { _ in next() } }
        for _ in 0..<8 { bytes[Int(next()) % bytes.count] = next() }
        let server = try server()
        do {
            let client = try #require(RawClient(port: server.port))
            client.send(bytes)
        }
        #expect(status(ask(server.port, "/")) == 200, "seed \(seed)")
    }

    @Test func `a body that nobody wants, however long it is said to be, changes nothing`() throws {
        let server = try server()
        for length in ["5", "99999999999999999999999", "-1", "1048576"] {
            let client = try #require(RawClient(port: server.port))
            client.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(length)\r\n\r\nabcde")
            #expect(status(client.receive()) ?? 400 >= 400)
        }
        #expect(status(ask(server.port, "/")) == 200)
    }

    @Test func `slow clients hold up nobody, and are ended`() throws {
        var limits = HTTPServer.Limits()
        limits.silenceSeconds = 1
        let server = try server(limits)
        let slow = try #require(RawClient(port: server.port))
        slow.send("GET / HT")
        #expect(status(ask(server.port, "/")) == 200)
        #expect(slow.receive() != nil)
    }

    @Test func `a client with more connections than it may have is turned away, until it gives some back`() throws {
        var limits = HTTPServer.Limits()
        limits.connectionsPerClient = 8
        let server = try server(limits)
        var crowd: [RawClient] = []
        for _ in 0..<40 {
            let client = try #require(RawClient(port: server.port))
            client.send("GET / HTTP/1.1\r\n")
            crowd.append(client)
        }
        // The last of them has no place.
        #expect(crowd.last?.receive() == "")
        crowd = []
        var answer: Int?
        for _ in 0..<1_000 where answer != 200 { answer = status(ask(server.port, "/")) }
        #expect(answer == 200)
    }

    @Test func `who hangs up in the middle of an answer raises no signal`() throws {
        let server = try server()
        for _ in 0..<50 {
            let client = try #require(RawClient(port: server.port))
            client.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
            client.breakAtTheEnd()
        }
        #expect(status(ask(server.port, "/")) == 200)
    }
}

extension String {
    fileprivate func components(_ part: String) -> Int {
        var (count, rest) = (0, self[...])
        while let range = rest.firstRange(of: part) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
