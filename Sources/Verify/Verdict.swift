import Foundation

/// What a mirror may claim.
package enum Claim: String, Sendable, Codable, CaseIterable {
    case exactlyOnce = "exactly-once"
    case atLeastOnce = "at-least-once"
}

package enum RecordField: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
    case key, value, headers, timestamp
}

/// One fault of the mirror, and where it is. Never holds a record's bytes.
package struct Finding: Sendable, Codable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case missing, duplicated, reordered, altered, misplaced, unexpected
        /// Of a transaction that was aborted at the source.
        case aborted
    }

    package var kind: Kind
    /// What was altered.
    package var field: RecordField?
    /// The destination's.
    package var topic: String
    package var partition: Int32
    /// The destination's; `nil` for a record that is not there.
    package var offset: Int64?
    /// `nil` when the record is none of the load's.
    package var sequence: Int64?
    /// The end of a run of missing records.
    package var lastSequence: Int64?
    /// Where sequences count for each key: which one.
    package var key: Int32?
    /// Where several loads go to the topic: the one whose sequence it is.
    package var load: String?
    /// Where a misplaced record belongs.
    package var homePartition: Int32?

    package var description: String {
        var text = "\(kind.rawValue) \(topic)[\(partition)]"
        if let offset { text += "@\(offset)" }
        if let load { text += " of \(load)" }
        if let key { text += " key \(key)" }
        if let sequence { text += " sequence \(sequence)" }
        if let lastSequence, lastSequence != sequence { text += " to \(lastSequence)" }
        if let field { text += ": \(field.rawValue)" }
        if let homePartition { text += ": belongs in partition \(homePartition)" }
        return text
    }
}

extension Finding {
    /// A run of sequences; where they are unexpected, or seen although aborted, their offsets are not known any more.
    init(_ kind: Kind, _ range: Range<Int64>, topic: String, partition: Int32) {
        self.init(
            kind: kind, topic: topic, partition: partition, sequence: range.lowerBound,
            lastSequence: range.upperBound - 1)
    }
}

/// The judge's answer.
package struct Verdict: Sendable, Codable {
    /// How often each thing was found.
    package struct Counts: Sendable, Codable, Equatable {
        /// Records that the source acknowledged.
        package var expected: Int64 = 0
        /// Records read in the destination, whatever they were.
        package var received: Int64 = 0
        package var missing: Int64 = 0
        /// Appearances beyond the first.
        package var duplicated: Int64 = 0
        /// First appearances after a later sequence of their partition.
        package var reordered: Int64 = 0
        /// By field: a record with two altered fields counts in both.
        package var altered: [RecordField: Int64] = [:]
        /// In another partition than in the source.
        package var misplaced: Int64 = 0
        /// None of the load's records, or one that it never sent.
        package var unexpected: Int64 = 0
        /// Sent in a transaction that was aborted, and there all the same.
        package var aborted: Int64 = 0
        /// Sent, never acknowledged, and there all the same: allowed.
        package var unacknowledged: Int64 = 0

        package var alteredTotal: Int64 { altered.values.reduce(0, +) }
    }

    /// Times from the *intended* sending to the reading, in microseconds.
    package struct Latency: Sendable, Codable {
        package var p50: Int64
        package var p99: Int64
        package var p9999: Int64
        package var max: Int64

        init(_ histogram: Histogram) {
            p50 = histogram.quantile(0.5)
            p99 = histogram.quantile(0.99)
            p9999 = histogram.quantile(0.9999)
            max = histogram.max
        }
    }

    package var counts: Counts
    /// The first of each kind.
    package var findings: [Finding]
    /// `nil` for a load that went as fast as it could.
    package var latencyMicroseconds: Latency?
    /// Longest time without a record, per partition, between its first and its last one.
    package var longestStallMilliseconds: [Int64] = []
    /// Whether the destination was read to its end. If not, nothing is proved.
    package var isComplete = true
    /// What the reading itself met, such as a partition that could not be read.
    package var readFaults: [String] = []

    init(counts: Counts, findings: [Finding]) {
        self.counts = counts
        self.findings = findings
    }

    /// Whether the mirror did what it claims. Exactly once also counts duplicates; nothing excuses the rest.
    package func isClean(_ claim: Claim) -> Bool {
        let intact =
            counts.missing == 0 && counts.reordered == 0 && counts.alteredTotal == 0 && counts.misplaced == 0
            && counts.unexpected == 0 && counts.aborted == 0 && isComplete
        return intact && (claim == .atLeastOnce || counts.duplicated == 0)
    }

    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a verdict is plain data") }
        return String(decoding: data, as: UTF8.self)
    }

    /// For a terminal: counts, times, and where the first faults are.
    package var summary: String {
        var lines = [
            "expected \(counts.expected)  received \(counts.received)",
            "missing \(counts.missing)  duplicated \(counts.duplicated)  reordered \(counts.reordered)  "
                + "altered \(counts.alteredTotal)  misplaced \(counts.misplaced)  unexpected \(counts.unexpected)  "
                + "aborted \(counts.aborted)",
        ]
        for field in RecordField.allCases {
            if let number = counts.altered[field] { lines.append("altered \(field.rawValue): \(number)") }
        }
        if counts.unacknowledged > 0 {
            lines.append("present though never acknowledged (allowed): \(counts.unacknowledged)")
        }
        if let latency = latencyMicroseconds {
            func text(_ microseconds: Int64) -> String { "\((microseconds + 500) / 1_000) ms" }
            lines.append("latency p50 \(text(latency.p50))  p99 \(text(latency.p99))  max \(text(latency.max))")
        }
        if let stall = longestStallMilliseconds.max() { lines.append("longest stall \(stall) ms") }
        if !isComplete { lines.append("the destination was not read to its end in time: nothing is proved") }
        lines += readFaults.map { "while reading: \($0)" }
        lines += findings.map { "  \($0)" }
        return lines.joined(separator: "\n")
    }
}
