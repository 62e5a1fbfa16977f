import Console
import Verify

/// The judge's answer in the words of the demonstration. Its JSON form is part of the interface.
struct DemoVerdict: Encodable {
    struct Latency: Encodable {
        let p50: Double
        let p99: Double
        let max: Double
    }

    /// Every count of faults is 0, and everything was read.
    let isClean: Bool
    /// Acknowledged at the source, and read at the destination.
    let sent: Int64
    let received: Int64
    let missing: Int64
    let duplicated: Int64
    let reordered: Int64
    let altered: Int64
    let misplaced: Int64
    let unexpected: Int64
    let latencyMilliseconds: Latency?
    let longestStallMilliseconds: Int64
    /// The first faults, located.
    let findings: [String]

    private enum CodingKeys: String, CodingKey {
        case isClean = "clean"
        case sent, received, missing, duplicated, reordered, altered, misplaced, unexpected, latencyMilliseconds
        case longestStallMilliseconds, findings
    }

    init(_ verdict: Verdict) {
        let counts = verdict.counts
        isClean = verdict.isClean(.exactlyOnce)
        sent = counts.expected
        received = counts.received
        missing = counts.missing
        duplicated = counts.duplicated
        reordered = counts.reordered
        altered = counts.alteredTotal
        misplaced = counts.misplaced
        unexpected = counts.unexpected
        latencyMilliseconds = verdict.latencyMicroseconds.map { latency in
            Latency(
                p50: Double(latency.p50) / 1_000, p99: Double(latency.p99) / 1_000, max: Double(latency.max) / 1_000)
        }
        longestStallMilliseconds = verdict.longestStallMilliseconds.max() ?? 0
        findings =
            (verdict.isComplete ? [] : ["the destination was not read to its end in time"]) + verdict.readFaults
            + verdict.findings.map(\.description)
    }

    var text: String {
        var lines = ["verdict: \(Quantity.count(sent)) records sent, \(Quantity.count(received)) arrived"]
        for (name, count) in [
            ("missing", missing), ("duplicated", duplicated), ("reordered", reordered), ("altered", altered),
            ("misplaced", misplaced), ("unexpected", unexpected),
        ] {
            lines.append("  \(name): \(Quantity.count(count))")
        }
        if let latency = latencyMilliseconds {
            lines.append(
                "  end to end: p50 \(Int(latency.p50.rounded())) ms, p99 \(Int(latency.p99.rounded())) ms, "
                    + "longest \(Int(latency.max.rounded())) ms")
        }
        lines += findings.map { "  " + $0 }
        lines.append(isClean ? "every record once, in order, unchanged" : "NOT as promised")
        return lines.joined(separator: "\n") + "\n"
    }
}
