import Model
import Shaping

/// Lanes that replay partitions by one plan, in simulated time: they wake up every millisecond, each a little off.
struct ReplaySimulation {
    struct Held {
        var timestamp: Int64
        var planned: Instant
    }

    struct Departure {
        var partition: Int
        var timestamp: Int64
        var nanoseconds: Int64
        /// Behind the plan.
        var lateness: Int64
    }

    static let wall0: Int64 = 1_800_000_000_000

    var schedule: ReplaySchedule
    var policy: ReplayDefinition.CatchUp
    /// Source times of each partition, in the order of its offsets.
    var partitions: [[Int64]]
    /// Partition p is the lane's with the number p modulo this.
    var lanes = 1
    /// Nothing of a lane moves within this time.
    var stall: (lane: Int, from: Int64, to: Int64)?
    /// A partition is not read before this instant.
    var arrivals: [Int: Int64] = [:]
    /// The lane wakes up, but its destination takes nothing.
    var isBackPressure = false
    var random = SampleRandom(seed: 1)

    init(_ plan: ReplayPlan, policy: ReplayDefinition.CatchUp = .burst, partitions: [[Int64]]) {
        self.policy = policy
        self.partitions = partitions
        schedule = ReplaySchedule(
            plan, wallNanoseconds: Self.wall0 * 1_000_000, at: Instant(nanoseconds: 0))
    }

    /// What left by then, in the order in which it left each lane.
    mutating func run(milliseconds: Int64) -> [Departure] {
        var departures: [Departure] = []
        for lane in 0..<lanes { run(lane, milliseconds, &departures) }
        return departures
    }

    private mutating func run(_ lane: Int, _ milliseconds: Int64, _ departures: inout [Departure]) {
        var room = HoldRoom<Held>(countMax: 10_000, bytesMax: .max)
        var catchUp = CatchUp(policy)
        let own = partitions.indices.filter { $0 % lanes == lane }
        var read = [Int](repeating: 0, count: partitions.count)
        var isPaused = [Bool](repeating: false, count: partitions.count)
        var late = [LateArrival](repeating: LateArrival(policy), count: partitions.count)
        for partition in own { room.open(partition) }
        for tick in 0..<milliseconds {
            let now = Instant(nanoseconds: tick * 1_000_000 + Int64.random(in: 0..<200_000, using: &random))
            let isStalled = stall.map { $0.lane == lane && tick >= $0.from && tick < $0.to } ?? false
            if isStalled, !isBackPressure { continue }
            for partition in own where !isPaused[partition] && tick >= arrivals[partition] ?? 0 {
                let end = min(read[partition] + 500, partitions[partition].count)
                for timestamp in partitions[partition][read[partition]..<end] {
                    let planned = schedule.due(of: timestamp)
                    let due = late[partition].due(planned: planned, at: now)
                    room.append(Held(timestamp: timestamp, planned: planned), to: partition, due: due, bytes: 1)
                }
                read[partition] = end
            }
            let horizon = min(catchUp.horizon(at: now, earliestDue: room.earliestDue), schedule.bound(at: now))
            while !isStalled, let (partition, held, _) = room.popFirst(dueBy: horizon) {
                departures.append(
                    Departure(
                        partition: partition, timestamp: held.timestamp, nanoseconds: now.nanoseconds,
                        lateness: now.nanoseconds - held.planned.nanoseconds))
            }
            while let change = room.nextChange() { isPaused[change.partition] = change.isPaused }
        }
    }
}
