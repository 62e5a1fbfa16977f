/// Sequences as disjoint half-open ranges in rising order: memory follows the holes, not the members.
package struct IntervalSet: Sendable, Equatable {
    /// No two touch or overlap.
    package private(set) var ranges: [Range<Int64>] = []

    package init() {}

    package init(_ range: Range<Int64>) {
        if !range.isEmpty { ranges = [range] }
    }

    package var isEmpty: Bool { ranges.isEmpty }
    package var count: Int64 { ranges.reduce(0) { $0 + Int64($1.count) } }
    package var last: Int64? { ranges.last.map { $0.upperBound - 1 } }

    package func contains(_ member: Int64) -> Bool {
        let index = firstIndex(endingAfter: member)
        return index < ranges.count && ranges[index].lowerBound <= member
    }

    /// Adds one member; `false` when it was there already. The usual case, one past the last, is immediate.
    @discardableResult
    package mutating func insert(_ member: Int64) -> Bool {
        if let last = ranges.last, last.upperBound == member {
            ranges[ranges.count - 1] = last.lowerBound..<member + 1
            return true
        }
        let index = firstIndex(endingAfter: member)
        if index < ranges.count, ranges[index].lowerBound <= member { return false }
        let joinsPrevious = index > 0 && ranges[index - 1].upperBound == member
        let joinsNext = index < ranges.count && ranges[index].lowerBound == member + 1
        switch (joinsPrevious, joinsNext) {
        case (true, true):
            ranges[index - 1] = ranges[index - 1].lowerBound..<ranges[index].upperBound
            ranges.remove(at: index)
        case (true, false): ranges[index - 1] = ranges[index - 1].lowerBound..<member + 1
        case (false, true): ranges[index] = member..<ranges[index].upperBound
        case (false, false): ranges.insert(member..<member + 1, at: index)
        }
        return true
    }

    /// Adds every member of another set.
    package mutating func formUnion(_ other: IntervalSet) {
        for range in other.ranges {
            if let last = ranges.last, last.upperBound >= range.lowerBound { return merge(other) }
            ranges.append(range)
        }
    }

    private mutating func merge(_ other: IntervalSet) {
        var merged: [Range<Int64>] = []
        for range in (ranges + other.ranges).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, last.upperBound >= range.lowerBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        ranges = merged
    }

    package func intersection(_ other: IntervalSet) -> IntervalSet { subtracting(subtracting(other)) }

    /// The members that are not in `other`. One walk over both.
    package func subtracting(_ other: IntervalSet) -> IntervalSet {
        var result = IntervalSet()
        var index = 0
        for range in ranges {
            var start = range.lowerBound
            while index < other.ranges.count, other.ranges[index].upperBound <= start { index += 1 }
            var hole = index
            while hole < other.ranges.count, other.ranges[hole].lowerBound < range.upperBound {
                if start < other.ranges[hole].lowerBound {
                    result.ranges.append(start..<other.ranges[hole].lowerBound)
                }
                start = other.ranges[hole].upperBound
                hole += 1
            }
            if start < range.upperBound { result.ranges.append(start..<range.upperBound) }
        }
        return result
    }

    /// The first range whose end lies beyond `member`; `ranges.count` when there is none.
    private func firstIndex(endingAfter member: Int64) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound > member { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// As a row of numbers, bounds in turn, the upper ones exclusive: `[0, 100, 104, 200]`.
extension IntervalSet: Codable {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        for range in ranges {
            try container.encode(range.lowerBound)
            try container.encode(range.upperBound)
        }
    }

    package init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        var least: Int64 = 0
        while !container.isAtEnd {
            let lower = try container.decode(Int64.self)
            let upper = try container.decode(Int64.self)
            guard lower >= least, upper > lower else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "\(lower) to \(upper) is no range behind \(least)")
            }
            if let last = ranges.last, last.upperBound == lower {
                ranges[ranges.count - 1] = last.lowerBound..<upper
            } else {
                ranges.append(lower..<upper)
            }
            least = upper
        }
    }
}
