/// A page of metrics in Prometheus' text exposition format, version 0.0.4: family after family, each once and whole.
package struct MetricsPage: Sendable {
    /// For the HTTP header `Content-Type`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package typealias Labels = KeyValuePairs<String, String>

    private enum Kind: String { case counter, gauge, histogram }

    private var names: Set<String> = []
    package private(set) var text = ""

    package init() {}

    /// What only grows while the process lives.
    package mutating func counter(_ name: String, _ help: String, _ value: Double) {
        counter(name, help, [(labels: [:] as Labels, value: value)])
    }

    package mutating func counter(_ name: String, _ help: String, _ samples: [(labels: Labels, value: Double)]) {
        family(name, help, .counter, samples)
    }

    package mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        gauge(name, help, [(labels: [:] as Labels, value: value)])
    }

    package mutating func gauge(_ name: String, _ help: String, _ samples: [(labels: Labels, value: Double)]) {
        family(name, help, .gauge, samples)
    }

    /// - Parameter buckets: upper bounds in rising order, each with the number of readings up to it; the one for all
    ///   readings is added.
    package mutating func histogram(
        _ name: String, _ help: String, buckets: [(bound: Double, count: Int64)], sum: Double, count: Int64
    ) {
        precondition(zip(buckets, buckets.dropFirst()).allSatisfy { $0.bound < $1.bound && $0.count <= $1.count })
        open(name, help, .histogram)
        for bucket in buckets where bucket.bound.isFinite {
            line(name + "_bucket", [("le", Self.number(bucket.bound))], Double(bucket.count))
        }
        line(name + "_bucket", [("le", "+Inf")], Double(count))
        line(name + "_sum", [], sum)
        line(name + "_count", [], Double(count))
    }

    private mutating func family(
        _ name: String, _ help: String, _ kind: Kind, _ samples: [(labels: Labels, value: Double)]
    ) {
        open(name, help, kind)
        for sample in samples { line(name, sample.labels.map { ($0.key, $0.value) }, sample.value) }
    }

    private mutating func open(_ name: String, _ help: String, _ kind: Kind) {
        precondition(Self.isName(name, colons: true), "a metric's name: \(name)")
        precondition(names.insert(name).inserted, "a family stands once on a page: \(name)")
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { label, value in
                precondition(Self.isName(label, colons: false) && !label.hasPrefix("__"), "a label's name: \(label)")
                return "\(label)=\"\(Self.escaped(value, quotes: true))\""
            }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(Self.number(value))\n"
    }

    private static func isName(_ name: String, colons: Bool) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { byte in
            isDigit(byte) || byte == UInt8(ascii: "_") || (colons && byte == UInt8(ascii: ":"))
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        let text = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return quotes ? text.replacing("\"", with: "\\\"") : text
    }

    /// As Go reads a float. Whole numbers stay whole.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
        return "\(value)"
    }
}
