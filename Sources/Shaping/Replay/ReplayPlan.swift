import Foundation
import Model

/// When records of which time are due: one line from source time to wall-clock time. Every process that has the same plan
/// computes the same instants, so partitions and topics stay together without a word more between processes.
///
/// A plan is never changed but followed by another one with a higher epoch: pause, resume, another speed, a cut gap, a
/// shift. Each begins where the one before stood, to the nanosecond. It is one record of the control topic, `rate/plan`.
package struct ReplayPlan: Hashable, Sendable {
    package static let key: [UInt8] = Array("rate/plan".utf8)

    /// The highest one counts.
    package let epoch: Int64
    /// A source time, in milliseconds since 1970.
    package let sourceMilliseconds: Int64
    /// When that source time is due, in nanoseconds since 1970. Not in milliseconds: a plan that follows another one
    /// begins between two of them.
    package let wallNanoseconds: Int64
    /// 2,000,000: twice as fast. A whole number, so that every process divides alike.
    package let speedMillionths: Int64
    /// Which round of the window this is; the first is 0.
    package let loop: Int64
    /// The epoch of the plan with which this round began: no two rounds have the same.
    package let roundEpoch: Int64
    /// Nothing is due from this wall-clock time on; `nil`: the plan runs.
    package let pausedNanoseconds: Int64?

    /// Of speeds: 0.001 to 1,000.
    package static let speedsMillionths = Int64(1_000)...1_000_000_000

    /// `nil` when the numbers are no plan. Times lie between 1970 and the year 2262, which is what 64 bits hold.
    package init?(
        epoch: Int64, sourceMilliseconds: Int64, wallNanoseconds: Int64, speedMillionths: Int64, loop: Int64 = 0,
        roundEpoch: Int64 = 0, pausedNanoseconds: Int64? = nil
    ) {
        guard epoch >= 0, loop >= 0, (0...epoch).contains(roundEpoch),
            (0...Self.millisecondsMax).contains(sourceMilliseconds),
            wallNanoseconds >= 0, (pausedNanoseconds ?? 0) >= 0, Self.speedsMillionths.contains(speedMillionths)
        else { return nil }
        self.epoch = epoch
        self.sourceMilliseconds = sourceMilliseconds
        self.wallNanoseconds = wallNanoseconds
        self.speedMillionths = speedMillionths
        self.loop = loop
        self.roundEpoch = roundEpoch
        self.pausedNanoseconds = pausedNanoseconds
    }

    private static let millisecondsMax = Int64.max / 1_000_000

    /// The first plan of a replay: source time `source` is due at `wall`. Its epoch is `wall`: no two replays of a flow have
    /// epochs, or rounds, in common.
    package static func beginning(source: Int64, wallMilliseconds wall: Int64, speed: Double) -> ReplayPlan? {
        guard let millionths = millionths(of: speed), wall >= 0, wall <= millisecondsMax else { return nil }
        return ReplayPlan(
            epoch: wall, sourceMilliseconds: source, wallNanoseconds: wall * 1_000_000, speedMillionths: millionths,
            roundEpoch: wall)
    }

    package static func millionths(of speed: Double) -> Int64? {
        guard speed >= 0.001, speed <= 1_000 else { return nil }
        return Int64((speed * 1e6).rounded())
    }

    /// When a record of this source time is due, in nanoseconds since 1970, as if the plan ran: `wall0 + (ts - ts0) / speed`,
    /// to the nanosecond, whatever was due before. Where 64 bits end the answer stays at their end.
    package func dueNanoseconds(of sourceTime: Int64) -> Int64 {
        let (distance, overflow) = sourceTime.subtractingReportingOverflow(sourceMilliseconds)
        guard !overflow, distance.magnitude <= UInt64(Self.millisecondsMax) else {
            return sourceTime < sourceMilliseconds ? .min : .max
        }
        // In two steps, because a million times the nanoseconds do not fit 64 bits. Both round towards zero.
        let nanoseconds = distance &* 1_000_000
        let whole = (nanoseconds / speedMillionths).multipliedReportingOverflow(by: 1_000_000)
        let rest = (nanoseconds % speedMillionths) &* 1_000_000 / speedMillionths
        guard !whole.overflow else { return distance < 0 ? .min : .max }
        let length = whole.partialValue.addingReportingOverflow(rest)
        let due = wallNanoseconds.addingReportingOverflow(length.partialValue)
        guard !length.overflow, !due.overflow else { return distance < 0 ? .min : .max }
        return due.partialValue
    }

    /// The last whole millisecond of source time that is due at a wall-clock time, and how many nanoseconds ago it was.
    private func position(at wall: Int64) -> (source: Int64, since: Int64) {
        // Below the largest number, which is what `dueNanoseconds` says where 64 bits end.
        let now = min(max(wall, 0), pausedNanoseconds ?? .max, .max - 1)
        // A guess that is at most a few milliseconds off, then put right.
        let guess = Double(now &- wallNanoseconds) * Double(speedMillionths) / 1e12
        let bound = Double(Self.millisecondsMax)
        var source = min(max(sourceMilliseconds + Int64(min(max(guess, -bound), bound)), 0), Self.millisecondsMax)
        while source < Self.millisecondsMax, dueNanoseconds(of: source + 1) <= now { source += 1 }
        while source > 0, dueNanoseconds(of: source) > now { source -= 1 }
        return (source, now.subtractingReportingOverflow(dueNanoseconds(of: source)).partialValue)
    }

    /// Where the plan is at a wall-clock time: the last source millisecond that is due.
    package func sourceMilliseconds(atWall nanoseconds: Int64) -> Int64 { position(at: nanoseconds).source }
}

extension ReplayPlan {
    private func next(
        source: Int64, wall: Int64, speed: Int64? = nil, paused: Int64? = nil, round: (loop: Int64, epoch: Int64)? = nil
    ) -> ReplayPlan? {
        ReplayPlan(
            epoch: epoch + 1, sourceMilliseconds: source, wallNanoseconds: wall,
            speedMillionths: speed ?? speedMillionths, loop: round?.loop ?? loop,
            roundEpoch: round?.epoch ?? roundEpoch, pausedNanoseconds: paused)
    }

    /// Another speed from a wall-clock time on; a plan that is paused stays so.
    package func changing(speedMillionths speed: Int64, atWall now: Int64) -> ReplayPlan? {
        guard Self.speedsMillionths.contains(speed) else { return nil }
        let (source, since) = position(at: now)
        // What was on its way to the next millisecond has as much of it behind it at the new speed.
        let behind = since.multipliedReportingOverflow(by: speedMillionths)
        guard since >= 0, !behind.overflow else { return nil }
        let rescaled = behind.partialValue / speed
        let from = min(max(now, 0), pausedNanoseconds ?? .max)
        return next(source: source, wall: from - rescaled, speed: speed, paused: pausedNanoseconds)
    }

    package func pausing(atWall now: Int64) -> ReplayPlan? {
        pausedNanoseconds == nil
            ? next(source: sourceMilliseconds, wall: wallNanoseconds, paused: max(now, 0)) : nil
    }

    /// Goes on where it was paused.
    package func resuming(atWall now: Int64) -> ReplayPlan? {
        guard let pausedNanoseconds else { return nil }
        return moved(by: max(now - pausedNanoseconds, 0))
    }

    /// Everything is due so much later: what could not be sent in time is not made up for.
    package func shifted(byNanoseconds length: Int64) -> ReplayPlan? {
        length > 0 && pausedNanoseconds == nil ? moved(by: length) : nil
    }

    /// A source time is due at `wall`, whatever was due before.
    package func beginningAgain(source: Int64, wall: Int64) -> ReplayPlan? { next(source: source, wall: wall) }

    /// The window once more, from its beginning on.
    package func nextRound(source: Int64, wall: Int64) -> ReplayPlan? {
        next(source: source, wall: wall, round: (loop + 1, epoch + 1))
    }

    private func moved(by length: Int64) -> ReplayPlan? {
        let (wall, overflow) = wallNanoseconds.addingReportingOverflow(length)
        return overflow ? nil : next(source: sourceMilliseconds, wall: wall)
    }

    /// Cuts a gap to `gapMax` milliseconds of source time. `last` is the latest time of a record before it and `next` the
    /// earliest one behind it, each *over all partitions and topics of the flow*; `nil` when there is nothing to cut.
    ///
    /// A process that cut the gaps of its own partitions would move them against all others: a gap of one partition is
    /// full of the records of another. So a cut is a new plan for all, made by one who knows the next record of each
    /// partition, and `earliest` leaves time for the plan to reach everyone.
    package func cutting(
        from last: Int64, to next: Int64, gapMax: Int64, earliestWall earliest: Int64
    ) -> ReplayPlan? {
        let (gap, overflow) = next.subtractingReportingOverflow(last)
        guard pausedNanoseconds == nil, !overflow, gapMax >= 0, gap > gapMax else { return nil }
        let due = max(dueNanoseconds(of: last + gapMax), earliest)
        guard due < dueNanoseconds(of: next) else { return nil }
        return self.next(source: next, wall: due)
    }
}

extension ReplayPlan {
    private struct Wire: Codable {
        var v = 1
        var epoch: Int64
        var source: Int64
        var wall: Int64
        var speed: Int64
        var loop: Int64
        var round: Int64
        var paused: Int64?
    }

    package var encoded: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let wire = Wire(
            epoch: epoch, source: sourceMilliseconds, wall: wallNanoseconds, speed: speedMillionths, loop: loop,
            round: roundEpoch, paused: pausedNanoseconds)
        guard let data = try? encoder.encode(wire) else { preconditionFailure("numbers always encode") }
        return Array(data)
    }

    /// `nil` for whatever is no plan.
    package init?(decoding value: [UInt8]) {
        guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(value)), wire.v == 1 else { return nil }
        self.init(
            epoch: wire.epoch, sourceMilliseconds: wire.source, wallNanoseconds: wire.wall, speedMillionths: wire.speed,
            loop: wire.loop, roundEpoch: wire.round, pausedNanoseconds: wire.paused)
    }
}
