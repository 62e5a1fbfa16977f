import Model

@testable import Shaping

/// Processes, one log that all read in the same order, and what goes wrong, all from one seed. Time in true
/// milliseconds.
struct LeaseWorld {
    static let step = 20
    static let sessionTimeout = 6_000
    let seed: UInt64
    let length: Int
    var random: WorldRandom
    var processes: [LeaseProcess] = []
    var ledger: WorldLedger
    /// A slow, lossy, repeating log, in some worlds.
    private let delayMax: Int
    private let loss: Double
    private let repeats: Double
    private let isRecoded: Bool
    private var log: [(appendedAt: Int, record: LogRecord)] = []
    private var underWay: [(appendAt: Int, record: LogRecord)] = []
    private var events: [(at: Int, event: WorldEvent)] = []
    private(set) var setting: RateSetting?
    private var run: Int64 = 0

    init(seed: UInt64, length: Int = 30_000) {
        self.seed = seed
        self.length = length
        random = WorldRandom(seed: seed)
        delayMax = [20, 100, 500][random.below(3)]
        loss = random.chance(0.4) ? 0.01 : 0
        repeats = random.chance(0.3) ? 0.05 : 0
        isRecoded = seed % 20 == 0
        // What is taken from one process another has three messages later.
        let moveSeconds = delayMax > 100 ? Double(3 * delayMax + 300) / 1_000 : 0
        ledger = WorldLedger(rate: 800, steps: length / Self.step, moveSeconds: moveSeconds)
        let count = 1 + random.below(4)
        let factor = [0.5, 0.9, 1.2, 2, 10, 100][random.below(6)]
        for _ in 0..<count { addProcess() }
        let parts = (0..<count).map { _ in random.chance(0.3) ? 0.02 : 0.2 + random.unit() }
        for index in 0..<count {
            processes[index].arrivals = 800 * factor * parts[index] / parts.reduce(0, +)
            // What one has to catch up with at the beginning, and no more, comes to an end while others go on.
            if random.chance(0.3) { processes[index].waiting = Double(random.below(6_000)) }
        }
        processes[0].ownsSlotZero = true
        events = WorldEvent.draw(count: random.below(3), length: length, from: &random)
        ledger.excuse(from: 0, to: 8_000)
    }

    mutating func addProcess() {
        run += 1
        // A name comes back now and then.
        let name = "p\(processes.count % 5)"
        let limits = RateLimits(recordsPerSecond: 800)
        var process = LeaseProcess(
            name: name, member: LeaseMember(instance: name, run: run, limits: limits),
            book: LeaseBook(steward: "\(name)/\(run)", limits: limits),
            offset: Int64(random.below(1_000_000_000)) * 1_000_000, drift: (random.unit() - 0.5) * 2e-4)
        // It reads the log from its beginning.
        process.nextReadAt = nil
        processes.append(process)
    }

    /// What went wrong, if anything did.
    mutating func play() -> String? {
        for now in stride(from: 0, to: length, by: Self.step) {
            while let next = events.first, next.at <= now {
                events.removeFirst()
                next.event.happen(in: &self, at: now)
            }
            append(at: now)
            for index in processes.indices where processes[index].isRunning(at: now) {
                if now >= processes[index].controlAwakeAt { control(index, at: now) }
            }
            move(at: now)
            check(at: now)
            if let fault = ledger.fault { return "\(fault) at \(now) ms" }
        }
        return ledger.judge()
    }

    // MARK: The log

    private mutating func append(at now: Int) {
        guard !underWay.isEmpty else { return }
        for write in underWay where write.appendAt <= now {
            log.append((now, write.record))
        }
        underWay.removeAll { $0.appendAt <= now }
    }

    mutating func write(_ record: LogRecord, by index: Int, at now: Int) {
        if random.chance(loss) {
            processes[index].lossesInARow += 1
            if processes[index].lossesInARow > 1 { ledger.excuse(from: now - 500, to: now + 4_000) }
            return
        }
        processes[index].lossesInARow = 0
        let appendAt = max(processes[index].lastAppendAt, now + 5 + random.below(delayMax - 5))
        processes[index].lastAppendAt = appendAt
        let kept = isRecoded ? recoded(record) : record
        underWay.append((appendAt, kept))
        if random.chance(repeats) { underWay.append((appendAt + random.below(3_000), kept)) }
    }

    private mutating func recoded(_ record: LogRecord) -> LogRecord {
        do { return try record.recoded() } catch {
            ledger.fault = "a message is not understood: \(error)"
            return record
        }
    }

    mutating func command(_ change: RateSetting, at now: Int) {
        setting = change
        underWay.append((now + 5 + random.below(delayMax - 5), .setting(change)))
        ledger.change(rate: change.paused ? 0 : change.recordsPerSecond ?? 0, at: now)
    }

    // MARK: One process

    private mutating func control(_ index: Int, at now: Int) {
        let clock = processes[index].clock(now)
        read(index, at: now, clock: clock)
        if processes[index].ownsSlotZero { processes[index].book.becomeSteward() }
        if let lease = processes[index].book.nextLease(at: clock) { write(.lease(lease), by: index, at: now) }
        processes[index].meter.note(processes[index].came, at: clock)
        processes[index].came = 0
        processes[index].member.load = RateLoad(
            waitingRecords: processes[index].waiting, offeredRecords: processes[index].meter.perSecond)
        if let demand = processes[index].member.nextDemand(at: clock) { write(.demand(demand), by: index, at: now) }
    }

    private mutating func read(_ index: Int, at now: Int, clock: Instant) {
        while processes[index].cursor < log.count {
            let (appendedAt, record) = log[processes[index].cursor]
            let readAt =
                processes[index].nextReadAt
                ?? max(processes[index].lastReadAt, appendedAt + 5 + random.below(delayMax - 5))
            processes[index].nextReadAt = readAt
            guard readAt <= now else { return }
            processes[index].cursor += 1
            processes[index].nextReadAt = nil
            processes[index].lastReadAt = readAt
            switch record {
            case .demand(let demand): processes[index].book.noteDemand(demand, at: clock)
            case .lease(let lease):
                processes[index].book.noteLease(lease, at: clock)
                processes[index].member.noteLease(lease, at: clock)
            case .setting(let setting):
                processes[index].book.noteSetting(setting)
                processes[index].member.noteSetting(setting)
            }
        }
    }

    private mutating func move(at now: Int) {
        let seconds = Double(Self.step) / 1_000
        var sent = 0.0
        var waiting = 0.0
        for index in processes.indices where processes[index].isAlive {
            let came = processes[index].arrivals * seconds * 2 * random.unit()
            processes[index].waiting += came
            waiting += processes[index].waiting
            guard processes[index].isRunning(at: now) else { continue }
            processes[index].came += came
            let clock = processes[index].clock(now)
            let rate =
                processes[index].member.shareNow(at: clock) * (processes[index].member.limits.recordsPerSecond ?? 0)
            let taken = processes[index].limiter.take(
                upTo: processes[index].waiting, ratePerSecond: rate, seconds: seconds)
            processes[index].waiting -= taken
            sent += taken
        }
        ledger.note(sent: sent, waiting: waiting, at: now)
    }

    private mutating func check(at now: Int) {
        var sum = 0
        var moved = 0
        for index in processes.indices where processes[index].isAlive {
            let clock = processes[index].clock(now)
            let share = processes[index].member.leased(at: clock)
            sum += share
            moved += max(0, processes[index].lastShare - share)
            processes[index].lastShare = share
            guard let setting, processes[index].isRunning(at: now), ledger.isSettled(at: now) else { continue }
            let obeyed = processes[index].member.setting
            if processes[index].member.shareNow(at: clock) > 0, obeyed != setting || setting.paused {
                ledger.fault = "\(processes[index].name) does not obey the rate that was set"
            }
        }
        ledger.note(moved: Double(moved) / Double(Lease.whole))
        if sum > Lease.whole { ledger.fault = "\(sum) millionths of the rate are in use" }
    }
}
