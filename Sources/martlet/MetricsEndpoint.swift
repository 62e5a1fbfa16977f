import Console
import HTTP
import MetricsText

/// Where Prometheus finds a command's figures.
struct MetricsEndpoint {
    private let address: String
    private let port: Int

    /// `nil` where none was asked for.
    init?(_ invocation: Invocation) throws(UsageFault) {
        guard let text = invocation.text(.metrics) else { return nil }
        let cut = text.lastIndex(of: ":")
        let (host, digits) = cut.map { (text[..<$0], text[text.index(after: $0)...]) } ?? ("127.0.0.1", text[...])
        guard let port = Int(digits), (0...65_535).contains(port), !host.isEmpty else {
            throw VerifySettings.fault(
                .metrics, "is \"\(text)\"; expected a port, or an address and a port such as 0.0.0.0:8001", invocation)
        }
        address = String(host).replacing("[", with: "").replacing("]", with: "")
        self.port = port
    }

    /// Serves for as long as the answer lives. Says where.
    func serve(_ page: @escaping @Sendable () -> String) throws(HTTPFault) -> HTTPServer {
        let server = try HTTPServer(
            port: port, address: address,
            handlers: ["/metrics": { HTTPAnswer(contentType: MetricsPage.contentType, body: page()) }])
        Output.error("metrics: http://\(address.contains(":") ? "[\(address)]" : address):\(server.port)/metrics")
        return server
    }
}
