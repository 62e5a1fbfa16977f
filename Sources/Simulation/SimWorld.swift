import Engine
import Model
import Positions

/// Two clusters, a flow between them, the processes that run it, and all that goes wrong: made from one seed, run in
/// one thread on a virtual clock, and judged by what stands in the clusters.
package final class SimWorld {
    static let sourceClusterID = "source"

    package enum Kind {
        /// All that can go wrong.
        case everything
        /// Only that all members lose their slots at the same time, again and again.
        case swaps
    }

    package let seed: UInt64
    let plan: SimPlan
    var random: SimRandom
    /// Where the destination's partitions move between brokers: by chances of their own, so that worlds where none does
    /// are what they were.
    private var replicaMoves: SimRandom?
    /// Microseconds since the world began.
    private(set) var now: Int64 = 0
    private var queue = EventQueue()

    let source = SourceCluster()
    let destination: DestinationCluster
    let group: SimGroup
    let memory = SimMemory()
    private(set) var members: [SimMember] = []
    private var membersMade = 0
    private var runs = 0
    private var faultsGoOn = true
    private(set) var sick: SimLog?
    private(set) var judge = Judge()
    private var somebody: SimOperator?

    /// How often a member that was at work was fenced by another.
    package private(set) var livingFenced = 0
    private var unrestSince: Int64?
    /// Microseconds: the longest time from when the group had shared out the slots to when all were held.
    package private(set) var longestUnrest: Int64 = 0

    /// What is wrong with the world; empty is what a run shall end with.
    package private(set) var violations: [String] = []
    /// Told each thing that happens, when somebody wants to read it.
    private let trace: ((String) -> Void)?

    package init(seed: UInt64, _ kind: Kind = .everything, trace: ((String) -> Void)? = nil) {
        self.seed = seed
        self.trace = trace
        random = SimRandom(seed: seed)
        plan = SimPlan(&random, kind)
        var moves = SimRandom(seed: seed &+ 0x8E91_1CA5)
        if kind == .everything, moves.chance(0.5) { replicaMoves = moves }
        destination = DestinationCluster(slotCount: plan.slotCount)
        group = SimGroup(
            slotCount: plan.slotCount, sessionTimeout: SimPlan.sessionTimeoutMilliseconds * 1_000,
            answerTimeout: 8_000_000)
    }

    var instant: Instant { Instant(nanoseconds: now * 1_000) }

    // MARK: Running

    /// Runs the world until everything is mirrored, or until it should have been.
    package func run() {
        trace { "\(plan)" }
        destination.judge = { [unowned self] transaction in judge.note(transaction, in: self) }
        build()
        planFaults()
        planDeletions()
        advance(until: SimPlan.faultsEnd)
        heal()
        let deadline = now + SimPlan.recoveryTime
        while now < deadline, !isMirrored { advance(until: now + 100_000) }
        if !isMirrored { report("not everything was mirrored in time: \(unfinished)") }
        // Whatever is still on its way arrives.
        advance(until: now + 500_000)
        judge.conclude(self)
        close()
    }

    private func close() {
        queue.removeAll()
        members = []
        somebody = nil
        if memory.releasedTwice > 0 { report("\(memory.releasedTwice) reads were released twice") }
        if memory.adopted != memory.released {
            report("\(memory.adopted) reads were adopted and \(memory.released) released")
        }
        memory.forget()
    }

    func at(_ time: Int64, _ body: @escaping () -> Void) {
        queue.plan(at: max(time, now), body)
    }

    func after(_ delay: Int64, _ body: @escaping () -> Void) {
        at(now + delay, body)
    }

    /// Lets everyone else go on until `time`.
    private func advance(until time: Int64) {
        while let next = queue.nextTime, next <= time, let event = queue.popFirst() {
            now = max(now, event.time)
            event.body()
        }
        now = max(now, time)
    }

    /// A call in the middle of a lane's turn waits: the others go on, from inside this call. A frozen process waits
    /// until it goes on.
    func sleep(_ duration: Int64, for member: SimMember) {
        guard member.isAlive else { return }
        advance(until: now + duration)
        while member.isFrozen { advance(until: now + 50_000) }
    }

    /// Whether a fault strikes now.
    func strikes(_ probability: Double) -> Bool {
        faultsGoOn && random.chance(probability)
    }

    /// Which broker holds each partition from now on; `nil`: nothing moves now.
    func movedReplicas(of partitions: [TopicPartition]) -> [(source: TopicPartition, broker: Int32)]? {
        guard faultsGoOn, var moves = replicaMoves else { return nil }
        defer { replicaMoves = moves }
        guard moves.chance(0.05) else { return nil }
        return partitions.map { ($0, Int32(moves.pick(1...3))) }
    }

    func nextRun() -> Int {
        runs += 1
        return runs
    }

    func report(_ violation: String) {
        trace { "VIOLATION \(violation)" }
        violations.append(violation)
    }

    func trace(_ line: () -> String) {
        guard let trace else { return }
        trace("\(Double(now) / 1_000_000) \(line())")
    }

    // MARK: Building

    private func build() {
        for (number, partitions) in plan.topics.enumerated() { source.grow("topic\(number)", by: partitions) }
        for log in source.logs { fill(log) }
        for _ in 0..<plan.memberCount { addMember() }
        if plan.hasOperator { somebody = SimOperator(self) }
        planSweep()
    }

    /// Records of a partition come in bursts.
    private func fill(_ log: SourceLog) {
        var left = plan.recordsPerPartition
        while left > 0 {
            let burst = min(left, random.pick(1...15))
            left -= burst
            at(Int64(random.pick(0...Int(SimPlan.faultsEnd)))) { [self] in
                log.append(burst, &random)
                for offset in log.offsets.suffix(burst) where strikes(plan.faults.refusedRecord) {
                    log.refused.insert(offset)
                }
            }
        }
    }

    private func planSweep() {
        after(100_000) { [self] in
            group.sweep(at: now)
            noteUnrest()
            destination.expireTransactions(openSince: now - plan.transactionTimeout)
            planSweep()
        }
    }

    private func noteUnrest() {
        guard group.isBalanced, members.contains(where: { $0.life == .running && !$0.isSettled }) else {
            unrestSince = nil
            return
        }
        let since = unrestSince ?? now
        unrestSince = since
        longestUnrest = max(longestUnrest, now - since)
    }

    /// Shuts out whoever uses the id, and aborts what they left open. Answers whether there was something.
    func fence(_ id: String) -> Bool {
        let isBusy = destination.hasOpenTransaction(id)
        if running.contains(where: { member in member.lanes.contains { $0.client.transactionalID == id } }) {
            livingFenced += 1
            trace { "\(id) is fenced and lives" }
        }
        _ = destination.initTransactions(id)
        return isBusy
    }

    private func addMember(name: String? = nil) {
        membersMade += 1
        members.append(SimMember(self, name: name ?? "member\(membersMade)"))
    }

    private func planFaults() {
        let faults = plan.faults
        func times(_ count: Int, _ strike: @escaping () -> Void) {
            for _ in 0..<count { at(Int64(random.pick(300_000...Int(SimPlan.faultsEnd - 100_000))), strike) }
        }
        times(faults.joins) { [self] in addMember() }
        times(faults.leaves) { [self] in
            if staying.count > 1 { random.pick(from: staying)?.leaveGracefully() }
        }
        times(faults.kills) { [self] in killOne() }
        times(faults.freezes) { [self] in
            guard let frozen = random.pick(from: running) else { return }
            frozen.freeze()
            after(Int64(random.pick(100_000...4_000_000))) { frozen.thaw() }
        }
        times(faults.silences) { [self] in
            guard let silent = random.pick(from: running) else { return }
            silent.isSilent = true
            after(Int64(random.pick(500_000...4_000_000))) { silent.isSilent = false }
        }
        times(faults.groupOutages) { [self] in
            let lasts = Int64(random.pick(2_300_000...3_500_000))
            for silent in running {
                silent.isSilent = true
                after(lasts + Int64(random.pick(0...300_000))) { silent.isSilent = false }
            }
        }
        times(faults.outages) { [self] in
            guard let log = random.pick(from: mirrored), log !== sick else { return }
            log.isAvailable = false
            after(Int64(random.pick(100_000...3_000_000))) { [self] in makeAvailable(log) }
        }
        times(faults.hasSickPartition ? 1 : 0) { [self] in
            sick = random.pick(from: mirrored)
            sick?.isAvailable = false
        }
        times(random.pick(0...1)) { [self] in
            source.grow("later", by: random.pick(1...2))
            for log in source.topics["later"] ?? [] { fill(log) }
        }
        times(random.pick(0...1)) { [self] in
            source.grow("topic0", by: 1)
            if let log = source.topics["topic0"]?.last { fill(log) }
        }
    }

    private var running: [SimMember] { members.filter { $0.life == .running } }
    private var staying: [SimMember] { running.filter { !$0.isLeaving } }
    private var mirrored: [SimLog] { source.logs.map { destination.log($0.partition) } }

    /// A killed process may be started again under its name, once the group has forgotten it.
    private func killOne() {
        guard let victim = random.pick(from: running) else { return }
        victim.kill()
        let oldID = victim.id
        let delay = random.pick(100_000...3_000_000)
        guard random.chance(0.6) else { return }
        func startAgain() {
            if let oldID, group.memberIDs.contains(oldID) {
                after(200_000) { startAgain() }
            } else {
                addMember(name: victim.name)
            }
        }
        after(Int64(delay)) { startAgain() }
    }

    private func makeAvailable(_ log: SimLog) {
        guard log !== sick else { return }
        log.isAvailable = true
        for member in members where member.isAlive { for lane in member.lanes { lane.client.pump() } }
    }

    private func heal() {
        faultsGoOn = false
        for member in members {
            member.thaw()
            member.isSilent = false
        }
        for log in mirrored { makeAvailable(log) }
        if staying.isEmpty { addMember() }
    }

    /// Somebody whose fence passes, and who does not hold the slot, writes to it: claims it, mirrors a part of one
    /// partition, and dies.
    func trespassPerhaps(in slots: [Slot]) {
        guard strikes(plan.faults.trespass), let slot = random.pick(from: slots) else { return }
        Trespasser.mirrorSome(in: slot, self)
    }

    // MARK: Being done

    /// A partition need not come to its end when its source failed, or its destination is gone for good. One that
    /// stops for a refused record is set behind it.
    func isExcused(_ log: SourceLog) -> Bool {
        log.isFaulted || log.isDeleted || destination.log(log.partition) === sick
    }

    private var unfinished: [String] {
        source.logs.filter { !isExcused($0) && judge.position(of: $0.partition) < $0.end }.map {
            "\($0.partition) at \(judge.position(of: $0.partition)) of \($0.end)"
        } + notLetGo + members.filter { $0.isAlive && !$0.isSettled }.map { "\($0.name) is not settled" }
            + (group.isBalanced ? [] : ["the group is not balanced"])
    }

    private var isMirrored: Bool { unfinished.isEmpty }
}
