import Engine
import Model

/// What a seed makes of a world: its size, its settings, and what goes wrong in it.
struct SimPlan {
    let delivery: Delivery
    let memberCount: Int
    let laneCount: Int
    let slotCount: Int
    /// Topics at the beginning: their numbers of partitions.
    let topics: [Int]
    let recordsPerPartition: Int
    let commitIntervalMilliseconds: Int64
    let budget: Budget
    /// Microseconds. Long in most worlds: only fencing ends a dead transaction in time.
    let transactionTimeout: Int64
    let faults: SimFaults
    let onPoison: PoisonPolicy
    /// Whether source topics may be deleted.
    let mayDelete: Bool
    /// Partitions stop, and somebody sets them.
    var hasOperator: Bool { onPoison == .stop && faults.refusedRecord > 0 }

    static let sessionTimeoutMilliseconds: Int64 = 2_000
    /// When everything that goes wrong has gone wrong.
    static let faultsEnd: Int64 = 7_000_000
    /// How long the world may take from there until everything is mirrored.
    static let recoveryTime: Int64 = 25_000_000

    /// - Parameter kind: what such worlds are made for.
    init(_ random: inout SimRandom, _ kind: SimWorld.Kind) {
        mayDelete = kind == .everything
        delivery = random.chance(0.5) ? .exactlyOnce : .atLeastOnce
        memberCount = kind == .everything ? random.pick(1...4) : random.pick(2...3)
        laneCount = kind == .everything ? random.pick(1...3) : 1
        slotCount = kind == .everything ? random.pick(2...5) : random.pick(4...6)
        topics = (0..<random.pick(1...2)).map { _ in random.pick(1...3) }
        recordsPerPartition = random.pick(10...50)
        commitIntervalMilliseconds = Int64(random.pick(20...300))
        faults = kind == .everything ? SimFaults(&random, delivery) : SimFaults(groupOutages: 3)
        // A sick partition holds its reads for good, so there they must not be all that the lane may hold.
        let recordsMax = faults.hasSickPartition ? 600 : random.pick(4...32)
        budget = Budget(
            recordsMax: recordsMax, bytesMax: faults.hasSickPartition ? 1 << 20 : random.pick(200...2_000),
            transactionBytesMax: random.pick(100...2_000))
        onPoison = random.chance(0.7) ? .quarantine : .stop
        transactionTimeout = random.chance(0.2) ? 3_000_000 : 90_000_000
    }
}

/// What goes wrong, as probabilities for each occasion or as numbers of times.
struct SimFaults {
    var refuseSend = 0.0
    var failReport = 0.0
    var slowReport = 0.0
    var failTransaction = 0.0
    var killProducer = 0.0
    var hideOutcome = 0.0
    var failAbort = 0.0
    var failSetUp = 0.0
    /// Somebody whose fence passes writes to a slot between its reading and its claim.
    var trespass = 0.0
    var sourceFault = 0.0
    /// A log seems to be another than before, and is not.
    var doubt = 0.0
    var refusedRecord = 0.0
    var failReading = 0.0
    var kills = 0
    var freezes = 0
    /// A member whose heartbeats do not arrive, and which goes on with everything else.
    var silences = 0
    /// All members are silent at once, lose their slots, and may get each other's.
    var groupOutages = 0
    var outages = 0
    var joins = 0
    var leaves = 0
    /// One destination partition is never available again (at least once).
    var hasSickPartition = false

    /// Members come and go in good order and no producer dies: no record may arrive twice, whatever the promise.
    var isCalm: Bool {
        kills + freezes + silences + groupOutages + outages == 0 && !hasSickPartition
            && failReport + killProducer + hideOutcome + trespass + refusedRecord == 0
    }

    init(groupOutages: Int) {
        self.groupOutages = groupOutages
    }

    init(_ random: inout SimRandom, _ delivery: Delivery) {
        joins = random.pick(0...2)
        leaves = random.pick(0...2)
        refuseSend = random.chance(0.5) ? 0.1 : 0
        slowReport = random.chance(0.5) ? 0.05 : 0
        guard random.chance(0.85) else { return }
        let often = random.chance(0.3) ? 0.05 : 0.01
        func some(_ probability: Double = 0.4) -> Bool { random.chance(probability) }
        if some() { failReport = often / 3 }
        if some() { failTransaction = often * 2 }
        if some() { killProducer = often }
        if some() { hideOutcome = often * 3 }
        if some() { failAbort = 0.2 }
        if some() { failSetUp = 0.4 }
        if some() { trespass = 0.15 }
        if some(0.15) { sourceFault = 0.002 }
        if some(0.25) { refusedRecord = random.chance(0.2) ? 0.15 : 0.02 }
        if some() { failReading = 0.1 }
        if some(0.6) { kills = random.pick(1...3) }
        if some(0.6) { freezes = random.pick(1...3) }
        if some(0.6) { silences = random.pick(1...3) }
        if some(0.3) { groupOutages = 1 }
        if some(0.3) { outages = random.pick(1...3) }
        if some(0.3) { doubt = 0.01 }
        if delivery == .atLeastOnce, some(0.15) { hasSickPartition = true }
    }
}
