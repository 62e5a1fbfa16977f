import Dispatch
import Synchronization

/// When each record of a paced load was meant to be sent: latency counts from there, so that a stalled sender does not
/// flatter the mirror.
package final class LoadClock: Sendable {
    /// Records a second over all partitions; 0 = as fast as it goes, and then nothing is *meant*.
    package let ratePerSecond: Int
    package let partitions: Int
    /// 0 until the load has begun.
    private let startNanoseconds = Atomic<Int64>(0)

    init(ratePerSecond: Int, partitions: Int) {
        self.ratePerSecond = ratePerSecond
        self.partitions = partitions
    }

    func begin(atNanoseconds now: Int64) {
        startNanoseconds.store(now, ordering: .releasing)
    }

    /// How many records should have been sent by `now`.
    func dueCount(atNanoseconds now: Int64) -> Int64 {
        guard ratePerSecond > 0 else { return .max }
        let elapsed = now - startNanoseconds.load(ordering: .acquiring)
        // In seconds and rest: the plain product overflows after a few hours.
        let (seconds, rest) = elapsed.quotientAndRemainder(dividingBy: 1_000_000_000)
        return seconds * Int64(ratePerSecond) + rest * Int64(ratePerSecond) / 1_000_000_000
    }

    /// Records go round the partitions in turn, so partition and sequence give the place in the load.
    func intendedNanoseconds(partition: Int32, sequence: Int64) -> Int64? {
        let start = startNanoseconds.load(ordering: .acquiring)
        guard ratePerSecond > 0, start > 0 else { return nil }
        let (seconds, rest) = (sequence * Int64(partitions) + Int64(partition))
            .quotientAndRemainder(dividingBy: Int64(ratePerSecond))
        return start + seconds * 1_000_000_000 + rest * 1_000_000_000 / Int64(ratePerSecond)
    }

    /// A clock that never jumps, of this machine.
    package static var nowNanoseconds: Int64 { Int64(DispatchTime.now().uptimeNanoseconds) }
}
