import Engine
import Model
import Positions

/// One process of the flow: the shell around a coordinator and its lanes, which performs the actions as the real one
/// does. Everything it does takes time, in which others go on.
final class SimMember {
    enum Life { case running, frozen, killed, left }

    unowned let world: SimWorld
    let name: String
    private(set) var coordinator: Coordinator
    private(set) var lanes: [SimLane] = []
    private(set) var life = Life.running
    /// What reached the process while it was frozen.
    private var backlog: [() -> Void] = []
    /// Heartbeats do not arrive; all else does.
    var isSilent = false

    /// The membership; `nil` before the first join, and from a loss until it is answered.
    private(set) var id: Int?
    private(set) var generation = -1
    private(set) var owned: Set<Slot> = []
    /// A revocation waits for its answer.
    private var isAnswering = false
    private(set) var isLeaving = false
    var jobs: [Int: SlotReadingJob] = [:]
    var endedClaims = EndedClaims()
    private var catalogue = Catalogue()
    private var controlRead = 0
    private var replicaSets = ReplicaSets()
    private var lastTicket = 0
    private var openTicket: Int?
    /// Partitions that one of its lanes set aside since it took them.
    private(set) var stopped: Set<TopicPartition> = []

    init(_ world: SimWorld, name: String) {
        self.world = world
        self.name = name
        let laneCount = world.plan.laneCount
        coordinator = Coordinator(
            laneCount: laneCount, sessionTimeoutMilliseconds: SimPlan.sessionTimeoutMilliseconds,
            ownIDs: Set((0..<laneCount).map { "\(name).\($0)" }), sourceClusterID: SimWorld.sourceClusterID,
            catalogue: Catalogue())
        lanes = (0..<laneCount).map { SimLane(world, self, number: $0) }
        later(0...200_000) { [self] in join() }
        later(0...100_000) { [self] in heartbeat() }
        later(0...100_000) { [self] in watch() }
    }

    var isAlive: Bool { life == .running || life == .frozen }
    var isFrozen: Bool { life == .frozen }
    var isSettled: Bool { id != nil && coordinator.isSettled && !isAnswering && Set(coordinator.heldSlots) == owned }

    func transactionalID(lane: Int) -> String { "\(name).\(lane)" }

    // MARK: Time

    /// Does something after a while, if the process lives then; a frozen one does it when it thaws.
    func later(_ delay: ClosedRange<Int>, _ body: @escaping () -> Void) {
        world.after(Int64(world.random.pick(delay))) { [self] in deliver(body) }
    }

    func deliver(_ body: @escaping () -> Void) {
        switch life {
        case .running: body()
        case .frozen: backlog.append(body)
        case .killed, .left: break
        }
    }

    func freeze() {
        guard life == .running else { return }
        world.trace { "\(self.name) is frozen" }
        life = .frozen
    }

    func thaw() {
        guard life == .frozen else { return }
        world.trace { "\(self.name) goes on" }
        life = .running
        // The threads of a process go on in any order.
        if world.random.chance(0.5) { wakeLanes() }
        for body in backlog { later(0...20_000, body) }
        backlog = []
        wakeLanes()
    }

    private func wakeLanes() {
        for lane in lanes { lane.wake(after: Int64(world.random.pick(0...20_000))) }
    }

    func kill() {
        guard isAlive else { return }
        world.trace { "\(self.name) is killed" }
        life = .killed
        for lane in lanes { lane.client.die() }
        for lane in lanes { lane.discard() }
    }

    func leaveGracefully() {
        guard life == .running, !isLeaving else { return }
        world.trace { "\(self.name) leaves" }
        isLeaving = true
        tell(.stop)
    }

    // MARK: The coordinator

    func tell(_ event: Coordinator.Event) {
        for action in coordinator.handle(event, at: world.instant) { perform(action) }
    }

    private func perform(_ action: Coordinator.Action) {
        world.trace { "\(self.name): \(action)" }
        switch action {
        case .readSlots(let job, let slots, let mode):
            jobs[job] = SlotReadingJob(self, job, slots, mode)
        case .cancelReading(let job): jobs[job]?.isCancelled = true
        case .order(let lane, let order):
            if case .claim(let claims) = order { stopped.subtract(claims.flatMap(\.starts).map(\.source)) }
            if case .release = order, !isAnswering { world.trace { "\(self.name) moves slots to another lane" } }
            lanes[lane].post(order)
        case .answerRevoke(let slots): answer(slots)
        case .leaveGroup: leaveGroup()
        case .partitionStopped(let source, _): stopped.insert(source)
        case .partitionGoesOn(let source), .gone(let source, _, _): stopped.remove(source)
        case .sought(let source, let answer): if answer.state == .applied { stopped.remove(source) }
        case .registered(let ticket, _): if ticket == openTicket { openTicket = nil }
        case .trouble, .quarantined, .loss, .destinationLoss: break
        case .finished: finish()
        }
    }

    private func finish() {
        if let id { world.group.leave(id) }
        id = nil
        for lane in lanes { lane.post(.stop) }
        life = .left
        for lane in lanes { lane.discard() }
    }

    // MARK: The group

    private func join() {
        guard !isLeaving else { return }
        id = world.group.join(at: world.now)
        generation = -1
    }

    private func heartbeat() {
        defer { later(100_000...300_000) { [self] in heartbeat() } }
        if !isSilent, !isAnswering, !isLeaving, let id {
            if let change = world.group.heartbeat(id, generation: generation, at: world.now) {
                generation = change.generation
                owned.formUnion(change.assigned)
                if !change.assigned.isEmpty { tell(.assigned(change.assigned)) }
                if !change.revoked.isEmpty { revoke(change.revoked, isLost: false) }
            } else {
                lose()
            }
        } else if !isSilent, let id {
            // A member that is busy giving back stays one; whether it was thrown out it learns when it has answered.
            _ = world.group.heartbeat(id, generation: world.group.generation, at: world.now)
        }
        if life == .running { tell(.tick) }
    }

    private func lose() {
        id = nil
        generation = -1
        if owned.isEmpty { later(1_000...50_000) { [self] in join() } } else { revoke(owned.sorted(), isLost: true) }
    }

    private func revoke(_ slots: [Slot], isLost: Bool) {
        isAnswering = true
        tell(.revoked(slots, isLost: isLost))
    }

    private func answer(_ slots: [Slot]) {
        isAnswering = false
        owned.subtract(slots)
        if let id {
            world.group.answer(id, released: slots)
            if isLeaving { leaveGroup() }
        } else {
            later(1_000...50_000) { [self] in join() }
        }
    }

    /// Closing a membership revokes all that it has.
    private func leaveGroup() {
        guard !isAnswering, let id, !owned.isEmpty else { return }
        if let current = world.group.beginLeaving(id, at: world.now) { generation = current }
        revoke(owned.sorted(), isLost: false)
    }

    /// The destination's partitions have other replicas now and then, of any brokers.
    private func reassign() {
        guard lanes.count > 1, let moved = world.movedReplicas(of: catalogue.partitions) else { return }
        for (source, broker) in moved { replicaSets.note(source, on: [broker]) }
        tell(.replicaSets(replicaSets))
    }

    // MARK: The control topic

    /// Follows the control topic; the steward registers what the source has and the catalogue has not.
    private func watch() {
        defer { later(50_000...200_000) { [self] in watch() } }
        let log = world.destination.control
        let stable = Int(log.lastStableOffset)
        var isChanged = false
        while controlRead < stable {
            let entry = log.entries[controlRead]
            controlRead += 1
            guard entry.isCommitted, case .ledger(let record) = entry.content else { continue }
            isChanged = true
            do throws(RecordFault) {
                try catalogue.apply(key: record.key, value: record.value)
            } catch {
                world.report("the control topic contradicts itself: \(error)")
            }
        }
        if isChanged { tell(.catalogue(catalogue)) }
        reassign()
        guard let steward = coordinator.stewardLane, openTicket == nil, stable == log.entries.count else { return }
        let records = StewardPlan.missing(from: catalogue, world)
        guard !records.isEmpty else { return }
        lastTicket += 1
        openTicket = lastTicket
        lanes[steward].post(.register(ticket: lastTicket, records))
    }
}
