import Foundation
import Verify

/// Partitions over time: what came when, where nothing came, what is missing and what came twice.
///
/// Each partition has a row while there is room. Beyond that those with the most faults, the longest stalls and the most
/// records keep rows of their own, and the others share rows.
struct LossMap: Sendable {
    struct Span: Sendable, Equatable {
        let from: Double
        let to: Double
        let count: Int64
        /// Of the row's partitions.
        let share: Double
    }

    struct Row: Sendable {
        let label: String
        let partitions: Int
        let received: Int64
        /// How full each column is: 0 nothing, `usualLevel` as most of them are, `levels` much more.
        let levels: [UInt8]
        let stalls: [Span]
        let missing: [Span]
        let duplicated: [Span]

        var missingCount: Int64 { missing.reduce(0) { $0 + $1.count } }
        var duplicatedCount: Int64 { duplicated.reduce(0) { $0 + $1.count } }
        var longestStall: Double { stalls.map { $0.to - $0.from }.max() ?? 0 }
    }

    static let levels = 6
    /// The usual rate lies in the middle of its level, so that it does not flicker; each level is three times the one
    /// below: a catch-up must not wash out the usual rate, and an idle partition must not look dead.
    static let usualLevel = 4
    static let levelFactor = 3.0
    static let rowsMax = 64
    private static let ownRowsMax = 24

    let rows: [Row]
    let columns: Int
    /// Whole ones: a column that got no second would look like a stall.
    let secondsPerColumn: Int
    let seconds: Double
    /// Records a second of one partition in the middle one of all cells that hold something.
    let usual: Double
    /// How many of the first rows are single partitions picked out of more.
    let picked: Int

    init(_ topics: [TopicResult], seconds: Double, columnsMax: Int) {
        self.seconds = seconds
        let whole = max(1, Int(seconds.rounded(.up)))
        let step = (whole + columnsMax - 1) / columnsMax
        secondsPerColumn = step
        columns = (whole + step - 1) / step
        let all = topics.flatMap { topic in
            topic.partitions.indices.map { Member(topic: topic.topic, partition: $0, trail: topic.partitions[$0]) }
        }
        let (groups, picked) = Self.groups(all)
        self.picked = picked
        let rates = groups.map { Self.rates($0, seconds: whole, step: step) }
        let full = rates.joined().filter { $0 > 0 }.sorted()
        let usual = full.isEmpty ? 0 : full[full.count / 2]
        self.usual = usual
        rows = zip(groups, rates).map { group, rates in
            Row(
                label: Self.label(group), partitions: group.count, received: group.reduce(0) { $0 + $1.received },
                levels: rates.map { Self.level($0, usual: usual) },
                stalls: Self.spans(group, \.stalls, seconds: seconds, apart: Double(step) / 2),
                missing: Self.spans(group, \.missing, seconds: seconds, apart: Double(step) / 2),
                duplicated: Self.spans(group, \.duplicated, seconds: seconds, apart: Double(step) / 2))
        }
    }

    // MARK: - Rows

    private struct Member {
        let topic: String
        let partition: Int
        let trail: PartitionTrail
        let received: Int64
        let faults: Int64
        let stall: Double

        init(topic: String, partition: Int, trail: PartitionTrail) {
            self.topic = topic
            self.partition = partition
            self.trail = trail
            received = trail.receivedBySecond.reduce(0) { $0 + Int64($1) }
            faults = (trail.missing + trail.duplicated).reduce(0) { $0 + max(1, $1.count) }
            stall = trail.stalls.map { $0.to - $0.from }.max() ?? 0
        }
    }

    private static func groups(_ all: [Member]) -> (groups: [[Member]], picked: Int) {
        if all.count <= rowsMax { return (all.map { [$0] }, 0) }
        var own: Set<Int> = []
        func pick(_ most: Int, by value: (Member) -> Double) {
            let order = all.indices.filter { value(all[$0]) > 0 && !own.contains($0) }
                .sorted { (value(all[$0]), $1) > (value(all[$1]), $0) }
            own.formUnion(order.prefix(most))
        }
        pick(ownRowsMax / 2) { Double($0.faults) }
        pick(ownRowsMax / 4) { $0.stall }
        pick(ownRowsMax / 4) { Double($0.received) }
        let others = all.indices.filter { !own.contains($0) }
        // Groups of one size, none across two topics unless there are more topics than rows.
        let room = rowsMax - own.count
        var size = max(1, (others.count + room - 1) / room)
        var shared = split(others.map { all[$0] }, size: size, byTopic: true)
        while shared.count > room, size < others.count {
            size += max(1, size / 4)
            shared = split(others.map { all[$0] }, size: size, byTopic: true)
        }
        if shared.count > room { shared = split(others.map { all[$0] }, size: size / room + 1, byTopic: false) }
        return (own.sorted().map { [all[$0]] } + shared, own.count)
    }

    private static func split(_ members: [Member], size: Int, byTopic: Bool) -> [[Member]] {
        var groups: [[Member]] = []
        for member in members {
            if let last = groups.last, last.count < size, !byTopic || last[0].topic == member.topic {
                groups[groups.count - 1].append(member)
            } else {
                groups.append([member])
            }
        }
        return groups
    }

    private static func label(_ group: [Member]) -> String {
        guard let first = group.first, let last = group.last else { return "" }
        if group.count == 1 { return "\(first.topic)[\(first.partition)]" }
        let isOne = first.topic == last.topic
        let range = isOne ? "[\(first.partition)–\(last.partition)]" : "[\(first.partition)] – \(last.topic)"
        return "\(first.topic)\(range), \(group.count) partitions"
    }

    // MARK: - Cells

    /// Records a second of one partition, so that a row of many can be compared with a row of one.
    private static func rates(_ group: [Member], seconds: Int, step: Int) -> [Double] {
        var sums = [Int64](repeating: 0, count: (seconds + step - 1) / step)
        for member in group {
            for (second, number) in member.trail.receivedBySecond.enumerated() where number > 0 {
                sums[min(sums.count - 1, second / step)] += Int64(number)
            }
        }
        return sums.enumerated().map { column, sum in
            Double(sum) / Double(min(step, seconds - column * step)) / Double(group.count)
        }
    }

    static func level(_ rate: Double, usual: Double) -> UInt8 {
        guard rate > 0, usual > 0 else { return 0 }
        let above = (log(rate / usual) / log(levelFactor)).rounded()
        return UInt8(min(max(1, Double(usualLevel) + above), Double(levels)))
    }

    /// The stretches of a row, those that cannot be told apart made one.
    private static func spans(
        _ group: [Member], _ stretches: (PartitionTrail) -> [PartitionTrail.Stretch], seconds: Double, apart: Double
    ) -> [Span] {
        let all = group.flatMap { stretches($0.trail) }
            .filter { $0.from.isFinite && $0.to.isFinite }
            .map { (from: min(max($0.from, 0), seconds), to: min(max($0.to, $0.from, 0), seconds), count: $0.count) }
            .sorted { ($0.from, $0.to) < ($1.from, $1.to) }
        var spans: [(from: Double, to: Double, count: Int64, covered: Double)] = []
        for one in all {
            if let last = spans.last, one.from <= last.to + apart {
                spans[spans.count - 1] = (
                    last.from, max(last.to, one.to), last.count + one.count, last.covered + one.to - one.from
                )
            } else {
                spans.append((one.from, one.to, one.count, one.to - one.from))
            }
        }
        return spans.map { span in
            let length = span.to - span.from
            let share = length > 0 ? span.covered / length / Double(group.count) : 1 / Double(group.count)
            return Span(from: span.from, to: span.to, count: span.count, share: min(1, share))
        }
    }
}
