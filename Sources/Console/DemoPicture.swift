/// What the demonstration shows at one moment.
package struct DemoPicture: Sendable {
    /// One lane of one mirror process.
    package struct Lane: Sendable {
        package let member: String
        package let number: Int
        package let partitions: [Int32]

        package init(member: String, number: Int, partitions: [Int32]) {
            self.member = member
            self.number = number
            self.partitions = partitions
        }
    }

    package var elapsedSeconds = 0
    package var total: Int64
    /// Acknowledged at the source, and seen by the judge at the destination.
    package var sent: Int64 = 0
    package var received: Int64 = 0
    package var sentPerSecond: Double = 0
    package var receivedPerSecond: Double = 0
    /// From the moment a record was due to be sent until the judge had it; `nil` while nothing is known.
    package var latencyMilliseconds: (median: Double, ninetyNinth: Double)?
    /// Members in the order they joined, with what they say of themselves; lanes in order.
    package var members: [(name: String, state: String)] = []
    package var lanes: [Lane] = []

    package init(total: Int64) {
        self.total = total
    }

    private var lag: Int64 { max(0, sent - received) }

    private var latency: String {
        guard let latencyMilliseconds else { return "end to end -" }
        let (median, ninetyNinth) = latencyMilliseconds
        return "end to end p50 \(Int(median.rounded())) ms, p99 \(Int(ninetyNinth.rounded())) ms"
    }

    private var rates: String {
        "in \(Quantity.count(Int64(sentPerSecond)))/s, out \(Quantity.count(Int64(receivedPerSecond)))/s"
    }

    /// For a terminal that draws it again and again.
    package var lines: [String] {
        let share = Quantity.percentage(received, of: total)
        let bar = String(repeating: "#", count: share * 40 / 100)
        var lines = [
            "martlet demo: topic orders, from cluster east to cluster west, \(Quantity.duration(seconds: Int64(elapsedSeconds)))",
            "",
            "  [\(bar.padded(to: 40))] \(Quantity.count(received)) of \(Quantity.count(total)) records",
            "  \(rates), lag \(Quantity.count(lag)) records, \(latency)",
            "",
        ]
        for member in members {
            lines.append("  \(member.name.padded(to: 8)) \(member.state)")
            for lane in lanes where lane.member == member.name {
                let partitions = lane.partitions.isEmpty ? "-" : "orders " + Quantity.ranges(lane.partitions)
                lines.append("           lane \(lane.number): \(partitions)")
            }
        }
        return lines
    }

    /// For a file or a pipe: one line a second.
    package var plainLine: String {
        let owners = members.map { member in
            let partitions = lanes.filter { $0.member == member.name }.flatMap(\.partitions)
            return "\(member.name) \(partitions.isEmpty ? "-" : Quantity.ranges(partitions))"
        }
        return "\(elapsedSeconds) s: \(Quantity.count(received)) of \(Quantity.count(total)) records, \(rates), "
            + "lag \(Quantity.count(lag)), \(latency); partitions: \(owners.joined(separator: ", "))"
    }
}

extension String {
    /// With blanks up to a width; a longer text stays as it is.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
