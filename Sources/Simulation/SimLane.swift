import Engine
import Model
import Records

/// A lane of a simulated member and its turns.
final class SimLane {
    unowned let world: SimWorld
    unowned let member: SimMember
    let client: SimClient
    let consumer: SimConsumer
    let mailbox = LaneMailbox {}
    let board = LaneBoard()
    private var lane: Lane<SimSource, SimDestination>?
    private var isTurning = false
    /// When the next turn is planned.
    private var wakesAt = Int64.max
    /// News reach the member in the order in which they were posted.
    private var newsAt: Int64 = 0

    init(_ world: SimWorld, _ member: SimMember, number: Int) {
        self.world = world
        self.member = member
        let transactionalID = member.transactionalID(lane: number)
        let client = SimClient(world, member, transactionalID: transactionalID)
        let consumer = SimConsumer(world)
        self.client = client
        self.consumer = consumer
        let settings = LaneSettings(
            number: number, delivery: world.plan.delivery, transactionalID: transactionalID,
            commitIntervalMilliseconds: world.plan.commitIntervalMilliseconds, budget: world.plan.budget,
            policies: { [onPoison = world.plan.onPoison] _ in
                var policies = Policies()
                policies.onPoison = onPoison
                return policies
            })
        lane = Lane(
            settings, source: SimSource(consumer: consumer), destination: SimDestination(client: client),
            hand: SimMemory.hand(capacity: world.plan.budget.recordsMax), mailbox: mailbox,
            board: board,
            post: { [unowned self, unowned member] news in
                newsAt = max(newsAt, world.now + Int64(world.random.pick(50...3_000)))
                world.trace { "\(member.name).\(number) \(news)" }
                world.noteDoubtfulReturn(news)
                world.at(newsAt) { member.deliver { member.tell(.news(lane: number, news)) } }
            })
        consumer.deliver = { [weak self] in self?.post(.examined($0)) }
        wake(after: 0)
    }

    func post(_ order: LaneOrder) {
        if !mailbox.post(order) { world.report("a lane stopped reading its mail") }
        wake(after: Int64(world.random.pick(50...2_000)))
    }

    func wake(after delay: Int64) {
        let time = world.now + delay
        guard time < wakesAt else { return }
        wakesAt = time
        world.at(time) { [weak self] in
            guard let self, wakesAt == time else { return }
            turn()
        }
    }

    /// Gives the lane's memory back.
    func discard() {
        if !isTurning { lane = nil }
    }

    private func turn() {
        wakesAt = .max
        guard member.isAlive else { return discard() }
        // A turn that is under way, or a thaw, plans the next one.
        guard !isTurning, !member.isFrozen else { return }
        isTurning = true
        consumer.idle = 0
        let goesOn = lane?.turn(at: world.instant) ?? false
        isTurning = false
        guard goesOn, member.isAlive else { return discard() }
        wake(after: consumer.idle > 0 ? consumer.idle : Int64(world.random.pick(300...4_000)))
    }
}
