import Dispatch
import Foundation
import Synchronization

/// When each record of a paced load was meant to be sent: latency counts from there, so that a stalled sender does not
/// flatter the mirror.
///
/// Records go round the streams in turn, so stream and sequence give a record's number in the load.
package final class LoadClock: Sendable {
    package let pace: Pace
    package let streams: Int
    /// 0 until the load has begun. Of this machine's steady clock, and of the calendar's.
    private let startNanoseconds = Atomic<Int64>(0)
    private let startWallNanoseconds = Atomic<Int64>(0)

    package init(pace: Pace, streams: Int) {
        self.pace = pace
        self.streams = streams
    }

    /// The clock of a load that began then, perhaps on another machine: as good as the two calendars agree.
    package convenience init(pace: Pace, streams: Int, startedAtWallNanoseconds wall: Int64) {
        self.init(pace: pace, streams: streams)
        begin(atNanoseconds: Self.nowNanoseconds - (Self.nowWallNanoseconds - wall), wallNanoseconds: wall)
    }

    /// Since 1970; 0 until the load has begun.
    package var startedAtWallNanoseconds: Int64 { startWallNanoseconds.load(ordering: .acquiring) }

    func begin(atNanoseconds now: Int64, wallNanoseconds wall: Int64) {
        startWallNanoseconds.store(wall, ordering: .releasing)
        startNanoseconds.store(now, ordering: .releasing)
    }

    /// How many records should have been sent by `now`.
    func dueCount(atNanoseconds now: Int64) -> Int64 {
        pace.dueCount(afterNanoseconds: now - startNanoseconds.load(ordering: .acquiring))
    }

    func number(stream: Int32, sequence: Int64) -> Int64 { sequence * Int64(streams) + Int64(stream) }

    /// On this machine's steady clock; `nil` for a load without a pace, and before it begins.
    func intendedNanoseconds(stream: Int32, sequence: Int64) -> Int64? {
        let start = startNanoseconds.load(ordering: .acquiring)
        guard start != 0 else { return nil }
        return pace.intendedNanoseconds(of: number(stream: stream, sequence: sequence)).map { start + $0 }
    }

    /// Since 1970.
    func intendedWallNanoseconds(number: Int64) -> Int64? {
        pace.intendedNanoseconds(of: number).map { startedAtWallNanoseconds + $0 }
    }

    /// A clock that never jumps, of this machine.
    package static var nowNanoseconds: Int64 { Int64(DispatchTime.now().uptimeNanoseconds) }

    /// The calendar's, since 1970.
    package static var nowWallNanoseconds: Int64 { Int64(Date.now.timeIntervalSince1970 * 1_000_000) * 1_000 }
}
