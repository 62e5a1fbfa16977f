import Foundation

/// What goes wrong on the way to a broker.
package enum NetworkFault: Sendable, Hashable, CustomStringConvertible {
    case latency(milliseconds: Int)
    case bandwidth(kilobytesPerSecond: Int)
    /// Connections end, and new ones are refused.
    case cut
    /// Connections, new ones too, are reset.
    case reset
    /// Connections stay, new ones are taken, and whatever is sent is lost; they end when the fault does.
    case halfOpen

    package var description: String {
        switch self {
        case .latency(let milliseconds): "latency of \(milliseconds) ms"
        case .bandwidth(let kilobytes): "bandwidth of \(kilobytes) kB/s"
        case .cut: "cut"
        case .reset: "reset"
        case .halfOpen: "half-open"
        }
    }

    /// Toxiproxy's name and attributes; `nil` for a cut, which is a proxy switched off.
    fileprivate var toxic: (type: String, attributes: String)? {
        switch self {
        case .latency(let milliseconds): ("latency", "\"latency\":\(milliseconds)")
        case .bandwidth(let kilobytes): ("bandwidth", "\"rate\":\(kilobytes)")
        case .cut: nil
        case .reset: ("reset_peer", "\"timeout\":0")
        case .halfOpen: ("timeout", "\"timeout\":0")
        }
    }
}

/// A process of toxiproxy with one proxy for each broker of a cluster, controlled over its HTTP interface.
final class FaultProxies: Sendable {
    let process: ChildProcess
    private let port: Int
    private let log: URL
    private static let directions = ["upstream", "downstream"]

    init(for nodes: [BrokerNode], port: Int, folder: URL) throws {
        guard let program = FaultProxyAvailability.program else {
            throw RigFault(FaultProxyAvailability.missing ?? "no toxiproxy-server")
        }
        self.port = port
        log = folder.appending(path: "proxies.log")
        process = try ChildProcess(
            Spawn(
                program: program.path, arguments: ["-host", "127.0.0.1", "-port", "\(port)"], log: log,
                environment: ["LOG_LEVEL": "warn"]))
        do {
            try waitUntilReady()
            for node in nodes {
                guard let detour = node.detour else { continue }
                let ends =
                    "\"listen\":\"127.0.0.1:\(detour.proxyPort)\",\"upstream\":\"127.0.0.1:\(detour.brokerPort)\""
                try call("POST", "/proxies", "{\"name\":\"\(name(node.id))\",\(ends),\"enabled\":true}")
            }
        } catch {
            process.killAndWait()
            throw error
        }
    }

    func apply(_ fault: NetworkFault, broker: Int) throws {
        guard let toxic = fault.toxic else {
            return try call("POST", "/proxies/\(name(broker))", "{\"enabled\":false}")
        }
        for direction in Self.directions {
            try call(
                "POST", "/proxies/\(name(broker))/toxics",
                "{\"name\":\"\(direction)\",\"type\":\"\(toxic.type)\",\"stream\":\"\(direction)\","
                    + "\"attributes\":{\(toxic.attributes)}}")
        }
    }

    /// The way is clear again, whatever was wrong with it.
    func heal(broker: Int) throws {
        for direction in Self.directions {
            try call("DELETE", "/proxies/\(name(broker))/toxics/\(direction)", allowing: 404)
        }
        try call("POST", "/proxies/\(name(broker))", "{\"enabled\":true}")
    }

    private func name(_ broker: Int) -> String { "broker-\(broker)" }

    private func waitUntilReady() throws {
        let deadline = Date.now.addingTimeInterval(30)
        while (try? call("GET", "/version")) == nil {
            guard process.isRunning, Date.now < deadline else {
                throw RigFault("toxiproxy-server is not ready:\n\(log.lastLines())")
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    /// One request; throws unless the answer is a success, or `allowing`.
    private func call(_ method: String, _ path: String, _ body: String = "", allowing: Int? = nil) throws(RigFault) {
        // HTTP 1.0: the other side closes after its answer.
        let request = "\(method) \(path) HTTP/1.0\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let answer = Loopback.ask(port: port, Array(request.utf8), answerBytes: 4_096, limitSeconds: 20) ?? []
        let line = String(decoding: answer, as: UTF8.self).prefix { $0 != "\r\n" }
        let status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        guard (200..<300).contains(status) || status == allowing else {
            throw RigFault("toxiproxy-server refused \(method) \(path): \(line)\n\(log.lastLines())")
        }
    }
}

/// Whether tests with faulty networks can run here.
package enum FaultProxyAvailability {
    /// From the `PATH`, else from beside the checkout.
    static let program: URL? = {
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let folders = path.map { URL(filePath: String($0)) } + [checkout.appending(path: "../shared/bin")]
        return folders.lazy.map { $0.appending(path: "toxiproxy-server").standardizedFileURL }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }()

    private static let checkout = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What is missing and how to get it; `nil` when nothing is.
    package static let missing: String? =
        program == nil ? "no toxiproxy-server: put the one of Shopify's toxiproxy into a folder of the PATH" : nil

    package static let isAvailable = missing == nil
}
