import Model

@testable import Shaping

/// What happens to a world.
enum WorldEvent: CaseIterable {
    case freeze, longFreeze, kill, join, restart, leave, stewardMoves, stewardMovesTwice, backlogMoves, rate, pause

    static func draw(count: Int, length: Int, from random: inout WorldRandom) -> [(at: Int, event: WorldEvent)] {
        (0..<count)
            .map { _ in (at: 3_000 + random.below(length - 6_000), event: allCases[random.below(allCases.count)]) }
            .sorted { $0.at < $1.at }
    }

    func happen(in world: inout LeaseWorld, at now: Int) {
        let alive = world.processes.indices.filter { world.processes[$0].isRunning(at: now) }
        guard let someone = alive.isEmpty ? nil : alive[world.random.below(alive.count)] else { return }
        let timeout = LeaseWorld.sessionTimeout
        let disturbed = now + timeout + 5_000
        switch self {
        case .freeze, .longFreeze:
            let time = self == .freeze ? 200 + world.random.below(4_000) : timeout + world.random.below(4_000)
            world.processes[someone].frozenUntil = now + time
            world.processes[someone].controlAwakeAt = now + time + world.random.below(60)
            world.ledger.excuse(from: now, to: disturbed + time)
            if time >= timeout { world.handOver(from: someone, in: alive, at: now) }
        case .kill, .restart:
            world.processes[someone].isAlive = false
            world.ledger.excuse(from: now, to: disturbed)
            if self == .restart || alive.count == 1 { world.addProcess() }
            world.handOver(from: someone, in: world.livingButNot(someone), at: now)
        case .join:
            world.addProcess()
            world.ledger.excuse(from: now, to: now + 5_000)
            world.shareRecords(from: someone, to: world.processes.count - 1)
        case .leave:
            let others = world.livingButNot(someone)
            guard !others.isEmpty else { return }
            let last = world.processes[someone].member.leave(at: world.processes[someone].clock(now))
            world.write(.demand(last), by: someone, at: now)
            world.processes[someone].isAlive = false
            world.ledger.excuse(from: now, to: now + 5_000)
            world.handOver(from: someone, in: others, at: now)
        case .stewardMoves, .stewardMovesTwice:
            // In peace: both bounds go on to hold. A claim that is lost, or two at once, may cost a lease.
            for _ in 0..<(self == .stewardMoves ? 1 : 2) {
                world.moveSteward(to: alive[world.random.below(alive.count)])
            }
            if self == .stewardMovesTwice { world.ledger.excuse(from: now, to: disturbed) }
        case .backlogMoves:
            let other = alive[world.random.below(alive.count)]
            world.swapRecords(someone, other)
            world.ledger.excuse(from: now, to: now + 3_000)
        case .rate, .pause:
            let rate = 200 + Double(world.random.below(1_400))
            let id = (world.setting?.id ?? 0) + 1
            let limits = RateLimits(recordsPerSecond: rate)
            world.command(RateSetting(id: id, limits: limits, paused: self == .pause), at: now)
        }
    }
}

extension LeaseWorld {
    func livingButNot(_ index: Int) -> [Int] {
        processes.indices.filter { processes[$0].isAlive && $0 != index }
    }

    /// Slots, and the records that wait in them, go to somebody else. (The session time-out, before which nothing
    /// moves, is left out: it would only make everything easier.)
    mutating func handOver(from index: Int, in others: [Int], at now: Int) {
        guard let heir = others.filter({ $0 != index }).randomElement(from: &random) else { return }
        processes[heir].waiting += processes[index].waiting
        processes[heir].arrivals += processes[index].arrivals
        processes[index].arrivals = 0
        // A frozen owner does not know that slot 0 is lost, and still believes in the records that it holds.
        if processes[index].ownsSlotZero { moveSteward(to: heir) }
    }

    mutating func moveSteward(to heir: Int) {
        for index in processes.indices where processes[index].ownsSlotZero {
            processes[index].ownsSlotZero = false
        }
        processes[heir].ownsSlotZero = true
    }

    mutating func shareRecords(from index: Int, to other: Int) {
        processes[other].arrivals = processes[index].arrivals / 2
        processes[index].arrivals /= 2
        processes[other].waiting = processes[index].waiting / 2
        processes[index].waiting /= 2
    }

    mutating func swapRecords(_ index: Int, _ other: Int) {
        let (waiting, arrivals) = (processes[index].waiting, processes[index].arrivals)
        processes[index].waiting = processes[other].waiting
        processes[index].arrivals = processes[other].arrivals
        processes[other].waiting = waiting
        processes[other].arrivals = arrivals
    }
}

extension [Int] {
    func randomElement(from random: inout WorldRandom) -> Int? { isEmpty ? nil : self[random.below(count)] }
}
