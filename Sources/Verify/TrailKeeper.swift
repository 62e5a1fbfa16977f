/// Writes down, while the judge reads, when each partition got its records.
struct TrailKeeper: Sendable {
    private static let nanosecondsASecond: Int64 = 1_000_000_000
    /// Located stretches of each kind and partition; what comes after is in the counts.
    private static let stretchesMax = 200

    /// Index: the destination partition.
    private(set) var trails: [PartitionTrail] = []
    /// Between two records of a partition.
    private(set) var longestGapNanoseconds: [Int64] = []
    private var lastArrivals: [Int64?] = []
    private let origin: Int64

    /// - Parameter originNanoseconds: second 0 of the trial, by ``LoadClock/nowNanoseconds``.
    init(originNanoseconds: Int64) {
        origin = originNanoseconds
    }

    mutating func grow(to partitions: Int) {
        while trails.count < partitions {
            trails.append(PartitionTrail())
            longestGapNanoseconds.append(0)
            lastArrivals.append(nil)
        }
    }

    var partitionsReached: Int { lastArrivals.count { $0 != nil } }

    mutating func noteArrival(in partition: Int, at now: Int64) {
        let second = max(0, Int((now - origin) / Self.nanosecondsASecond))
        let missing = second + 1 - trails[partition].receivedBySecond.count
        if missing > 0 { trails[partition].receivedBySecond.append(contentsOf: repeatElement(0, count: missing)) }
        trails[partition].receivedBySecond[second] += 1
        if let last = lastArrivals[partition] {
            longestGapNanoseconds[partition] = max(longestGapNanoseconds[partition], now - last)
            if now - last > Self.nanosecondsASecond {
                append(PartitionTrail.Stretch(from: seconds(last), to: seconds(now)), to: \.stalls, of: partition)
            }
        }
        lastArrivals[partition] = now
    }

    mutating func noteDuplicate(in partition: Int, at now: Int64) {
        let second = seconds(now)
        if let last = trails[partition].duplicated.last, second - last.to < 1 {
            trails[partition].duplicated[trails[partition].duplicated.count - 1] = PartitionTrail.Stretch(
                from: last.from, to: second, count: last.count + 1)
        } else {
            append(PartitionTrail.Stretch(from: second, to: second, count: 1), to: \.duplicated, of: partition)
        }
    }

    /// - Parameter intended: when a sequence of the partition was to be sent; `nil` for a load without a rate.
    mutating func noteMissing(_ missing: IntervalSet, in partition: Int, intended: (Int64) -> Int64?) {
        grow(to: partition + 1)
        for range in missing.ranges.prefix(Self.stretchesMax) {
            guard let first = intended(range.lowerBound), let last = intended(range.upperBound - 1) else { return }
            append(
                PartitionTrail.Stretch(from: seconds(first), to: seconds(last), count: Int64(range.count)),
                to: \.missing, of: partition)
        }
    }

    private mutating func append(
        _ stretch: PartitionTrail.Stretch, to list: WritableKeyPath<PartitionTrail, [PartitionTrail.Stretch]>,
        of partition: Int
    ) {
        if trails[partition][keyPath: list].count < Self.stretchesMax {
            trails[partition][keyPath: list].append(stretch)
        }
    }

    private func seconds(_ nanoseconds: Int64) -> Double {
        Double(nanoseconds - origin) / Double(Self.nanosecondsASecond)
    }
}
