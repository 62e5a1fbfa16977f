import Model
import RdKafka
import Records
import Shaping

/// Where reads wait until the plan has them due, each partition's in their order.
///
/// While there is no plan everything waits. A partition that is far ahead of its time is read no further, so the room is
/// bounded, and one partition cannot take it from the others (`HoldRoom`).
final class ReplayRoom: WaitingRoom {
    private struct Held {
        let read: Read
        let timestamp: Int64
    }

    private struct Partition {
        var isAtEnd = false
        var late: LateArrival
        /// When its last record was to go. One with an earlier time behind it is no later than that.
        var lastPlanned = Instant(nanoseconds: .min)
    }

    private let lane: Int
    private let board: ShapeBoard
    private let replay: ReplayBoard
    private let bytesMax: Int
    private var hold: HoldRoom<Held>
    private var schedule: ReplaySchedule?
    private var version = 0
    private var catchUp: CatchUp
    private var partitions: [Int32: Partition] = [:]
    private var lastGone: Int64?
    private var lateness = LatenessHistogram()
    private var toldAt = Instant(nanoseconds: 0)

    private static let pollMax = 1_024
    private static let recordsMax = 500_000
    private static let tellMilliseconds: Int64 = 100
    private static let planlessMilliseconds: Int32 = 20

    init(_ replay: ReplayBoard, lane: Int, board: ShapeBoard, bytesMax: Int) {
        self.replay = replay
        self.lane = lane
        self.board = board
        self.bytesMax = bytesMax
        hold = HoldRoom(countMax: Self.recordsMax, bytesMax: bytesMax)
        catchUp = CatchUp(replay.definition.catchUp)
    }

    deinit { _ = close(Array(partitions.keys)) }

    /// Partitions are told to pause long before twice the bytes are there.
    var room: Int { hold.bytes < 2 * bytesMax ? Self.pollMax : 0 }

    func open(_ index: Int32, _ partition: TopicPartition) {
        partitions[index] = Partition(late: LateArrival(replay.definition.catchUp))
        hold.open(Int(index))
    }

    func close(_ indexes: [Int32]) -> Int {
        let before = hold.count
        for index in indexes {
            hold.release(index) { $0.read }
            partitions[index] = nil
        }
        return before - hold.count
    }

    func noteEnd(of index: Int32) { partitions[index]?.isAtEnd = true }

    func nextChange() -> (index: Int32, isPaused: Bool)? {
        hold.nextChange().map { (Int32($0.partition), $0.isPaused) }
    }

    // MARK: Reads

    func append(_ read: Read, timestamp: Int64, at now: Instant) {
        let index = read.partition
        partitions[index]?.isAtEnd = false
        let due = schedule.map { self.due(of: timestamp, $0, index, at: now) } ?? Instant(nanoseconds: .max)
        hold.append(Held(read: read, timestamp: timestamp), to: Int(index), due: due, bytes: Int(read.bytes))
    }

    private func due(of timestamp: Int64, _ schedule: ReplaySchedule, _ index: Int32, at now: Instant) -> Instant {
        let planned = schedule.due(of: timestamp)
        guard replay.definition.catchUp != .shift else { return planned }
        return partitions[index]?.late.due(planned: planned, at: now) ?? planned
    }

    func next(at now: Instant) -> WaitingAnswer {
        followPlan(at: now)
        if now.milliseconds(since: toldAt) >= Self.tellMilliseconds { tell(at: now) }
        guard let schedule, !board.isPaused else { return .nothing }
        let horizon = min(catchUp.horizon(at: now, earliestDue: hold.earliestDue), schedule.bound(at: now))
        guard let (_, held, _) = hold.popFirst(dueBy: horizon) else { return .nothing }
        if held.timestamp >= 0 { noteGone(held, schedule, at: now) }
        return .goesOn(held.read)
    }

    private func noteGone(_ held: Held, _ schedule: ReplaySchedule, at now: Instant) {
        let index = held.read.partition
        let planned = max(schedule.due(of: held.timestamp), partitions[index]?.lastPlanned ?? now)
        partitions[index]?.lastPlanned = planned
        lateness.add(nanoseconds: now.nanoseconds - planned.nanoseconds)
        lastGone = max(lastGone ?? 0, held.timestamp)
    }

    func waitMilliseconds(at now: Instant) -> Int32 {
        guard let earliest = hold.earliestDue else { return .max }
        guard schedule != nil, !board.isPaused else { return Self.planlessMilliseconds }
        let (wait, overflow) = earliest.nanoseconds.subtractingReportingOverflow(now.nanoseconds)
        return overflow ? 1 : Int32(clamping: max(1, (wait + 999_999) / 1_000_000))
    }

    // MARK: The plan

    private func followPlan(at now: Instant) {
        let newest = replay.scheduleVersion
        guard newest != version else { return }
        version = newest
        schedule = replay.schedule
        guard let schedule else { return }
        for index in partitions.keys {
            partitions[index]!.late.reset()
            partitions[index]!.lastPlanned = Instant(nanoseconds: .min)
        }
        catchUp.planChanged()
        hold.reschedule { partition, held in due(of: held.timestamp, schedule, Int32(partition), at: now) }
    }

    private func tell(at now: Instant) {
        toldAt = now
        var front = ReplayFront(instance: "")
        front.epoch = schedule?.plan.epoch ?? -1
        front.partitions = partitions.count
        front.isReady = partitions.allSatisfy { $1.isAtEnd || hold.count(of: Int($0)) > 0 }
        front.isDone = hold.count == 0 && partitions.values.allSatisfy(\.isAtEnd)
        front.last = lastGone
        hold.forEachFirst { held in
            if held.timestamp >= 0 { front.next = min(front.next ?? .max, held.timestamp) }
        }
        front.behindMilliseconds = catchUp.behindNanoseconds(at: now) / 1_000_000
        replay.tell(front, ofLane: lane, &lateness)
    }
}
