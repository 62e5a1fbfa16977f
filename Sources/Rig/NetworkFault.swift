/// What goes wrong on the way to a broker.
package enum NetworkFault: Sendable, Hashable, CustomStringConvertible {
    /// Each way; what is under way meanwhile is as much as without it.
    case latency(milliseconds: Int)
    /// Of each connection, each way.
    case bandwidth(kilobytesPerSecond: Int)
    /// Each connection stands still at moments of its own: what lost packets do to TCP, without a kernel that loses any.
    case stalls
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
        case .stalls: "stalls"
        case .cut: "cut"
        case .reset: "reset"
        case .halfOpen: "half-open"
        }
    }
}
