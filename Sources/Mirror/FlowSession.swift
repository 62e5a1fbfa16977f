import Engine
import KafkaPorts
import Log
import Model
import Positions
import RdKafka
import Topics

/// A flow at work in this process: it polls the membership, tells the coordinator what happened, and performs what the
/// coordinator answers. All of it on the thread that runs the flow; lanes, readings and the steward have their own
/// and answer through the inbox.
final class FlowSession {
    let clients: FlowClients
    let logger: Logger
    let once: Bool
    let selection: TopicSelection
    private let policies: PolicyBook
    private let sourceClusterID: String
    private let slots: Int
    private let ownIDs: Set<String>
    let source: AdminClient
    private let destination: AdminClient
    var control: ControlReader
    private let member: GroupMember
    private let fence: Fence
    private let inbox: Inbox<Message>
    let lanes: [LaneThread]
    /// `nil`: records go on as they are.
    let shape: ShapeBoard?
    let rateKeeper: RateKeeper?
    let proof: ProofKeeper?
    var hasExpired = false
    var roundBegins: RoundBegins?
    var roundTriedAt = Instant(nanoseconds: 0)
    var shapeLoggedAt = Instant.now
    var shapeTotals = ShapeTotals()
    private(set) var coordinator: Coordinator
    private var readings: [Int: StopFlag] = [:]
    private let fences = FenceMemory()
    private var stewardship: StopFlag?
    private let shared = SharedView()
    private var registrations = 0
    private var pendingRegistrations: [Int: Answer] = [:]
    private var stopped: [TopicPartition: String] = [:]
    private var refusedTopics: [String: String] = [:]
    private var lanesEnded = 0
    private var isFinished = false
    private var fault: FlowFault?
    private(set) var goal: OnceGoal?
    private var statesLoggedAt = Instant.now
    /// When a picture was shown last, and of how many partitions.
    private var looked: (at: Instant, partitions: Int)?
    private let watchdog: Watchdog
    private let sourceWatch: SourceWatch
    private var states: PartitionStates
    private var gone = GoneTopics()
    private var revocation = LateRevocation()

    enum Message: Sendable {
        case event(Coordinator.Event)
        case register([LedgerRecord], Answer)
        case laneEnded(reason: String?)
        case refused([String: String])
        /// The flow cannot go on in this process.
        case ends(FlowFault)
    }

    init(
        _ prepared: consuming PreparedFlow, member: GroupMember, clients: FlowClients, once: Bool, logger: Logger
    ) {
        self.clients = clients
        self.logger = logger
        self.once = once
        selection = prepared.selection
        policies = prepared.policies
        sourceClusterID = prepared.sourceClusterID
        slots = prepared.slots
        source = prepared.source
        destination = prepared.destination
        control = prepared.control
        let flow = clients.flow
        self.member = member
        fence = Fence(member)
        inbox = Inbox(wake: { [member] in member.wake() })
        lanes = (0..<prepared.lanes).map(LaneThread.init)
        shape = flow.shape.touchesRecords ? ShapeBoard(flow.shape.pace, at: .now) : nil
        rateKeeper = shape.map { RateKeeper(clients, board: $0, logger: logger) }
        proof = shape.map { ProofKeeper(clients, board: $0, logger: logger) }
        ownIDs = Set(lanes.map { flow.transactionalID(instance: clients.instance, lane: $0.number) })
        coordinator = Coordinator(
            laneCount: lanes.count, sessionTimeoutMilliseconds: flow.sessionTimeoutMilliseconds,
            ownIDs: ownIDs,
            sourceClusterID: sourceClusterID, catalogue: control.catalogue)
        watchdog = Watchdog(lanes: lanes.map(\.vitals)) { [fence] in
            fence.coordinatorAnswers(timeoutMilliseconds: 5_000)
        }
        states = PartitionStates(commitIntervalMilliseconds: flow.commitIntervalMilliseconds)
        sourceWatch = SourceWatch(source: source, lanes: lanes)
    }

    func run(until isStopping: StopFlag, show: (FlowSnapshot) -> Void) throws(FlowFault) {
        share()
        goal = try makeGoal()
        for lane in lanes {
            lane.start(
                clients, admin: source, fence: fence, lanes: lanes.count, policies: policies, shape: shape,
                post: { [inbox] news in inbox.post(.event(.news(lane: lane.number, news))) },
                ended: { [inbox] reason in inbox.post(.laneEnded(reason: reason)) })
        }
        do throws(KafkaFault) {
            try member.subscribe()
        } catch {
            throw FlowFault("the group could not be joined: \(error)", remedy: "see the settings of the destination")
        }
        var wasTold = false
        var drainBy: Instant?
        let isOver = StopFlag()
        defer { isOver.raise() }
        watch(until: isOver)
        while !isFinished, fault == nil {
            turn(isDraining: wasTold)
            if !wasTold, isStopping.isRaised || isGoalReached || hasExpired || leak != nil {
                wasTold = true
                drainBy = Instant.now.advanced(milliseconds: Self.drainMilliseconds)
                logger.info("draining")
                endStewardship()
                perform(coordinator.handle(.stop, at: .now))
            }
            if let drainBy, Instant.now > drainBy { fault = Self.drainFault }
            look(wasTold ? "draining" : "running", show)
        }
        endStewardship()
        endLanes()
        endShape()
        tellGone(isEnd: true)
        if let fault = leak ?? fault { throw fault }
        logger.info("stopped")
        guard let failures = goal?.failures, let first = failures.min(by: { $0.key < $1.key }) else { return }
        throw FlowFault(
            "not everything was copied: \(first.key): \(first.value)"
                + (failures.count > 1 ? " (and \(failures.count - 1) more)" : ""),
            remedy: "see the reasons in the log")
    }

    /// Where every selected partition ends now, or ended at an instant.
    func sourceEnds(
        at query: OffsetQuery, timeoutMilliseconds: Int32 = 10_000
    ) throws(FlowFault) -> [TopicPartition: Int64] {
        var ends: [TopicPartition: Int64] = [:]
        do throws(KafkaFault) {
            let topics = try source.topics(timeoutMilliseconds: timeoutMilliseconds)
                .filter { selection.selects($0.name) }
            let partitions = topics.flatMap { topic in
                topic.partitions.map { TopicPartition(topic.name, $0.number) }
            }
            let found = try source.offsets(of: partitions, at: query, timeoutMilliseconds: timeoutMilliseconds)
            for (partition, end) in found { ends[partition] = try end.get() }
        } catch {
            throw FlowFault(
                "the source does not say where its partitions end: \(error)", remedy: "see whether all have a leader")
        }
        return ends
    }

    private static let drainMilliseconds: Int64 = 10_000
    private static let drainFault = FlowFault(
        "the flow could not give its partitions back within \(drainMilliseconds / 1_000) s",
        remedy: "others take over from the last committed positions; see whether the destination answers")

    /// One look at everything that can happen.
    private func turn(isDraining: Bool) {
        let event = member.poll(waitMilliseconds: 20)
        for event in revocation.pass(event, isHurried: isDraining, at: .now) { note(event) }
        for message in inbox.take() { note(message) }
        if control.poll(waitMilliseconds: 0) {
            share()
            perform(coordinator.handle(.catalogue(control.catalogue), at: .now))
        } else if control.position != shared.control.position {
            share()
        }
        for problem in control.takeProblems() { logger.error("control topic", [LogField("problem", problem)]) }
        perform(coordinator.handle(.tick, at: .now))
        attendShape(at: .now)
        noteStates(at: .now)
        logStates(at: .now)
        tellGone()
        attendStewardship()
        watchdog.look { [inbox] fault in inbox.post(.ends(fault)) }
    }

    /// Judges the goal and shows a picture: in every turn, but of thousands of partitions less often.
    private func look(_ state: String, _ show: (FlowSnapshot) -> Void) {
        let now = Instant.now
        let isLast = isFinished || fault != nil
        if !isLast, let looked, now.milliseconds(since: looked.at) < min(10_000, Int64(looked.partitions)) { return }
        goal?.judge(
            OnceGoal.View(
                catalogue: control.catalogue, lanePartitions: lanes.flatMap(\.board.partitions),
                heldSlots: Set(coordinator.heldSlots), isSettled: coordinator.isSettled,
                refusedTopics: refusedTopics, stoppedPartitions: stopped))
        let snapshot = snapshot(state: state)
        looked = (now, snapshot.lanes.reduce(0) { $0 + $1.partitions.count })
        show(snapshot)
    }

    /// Tells which partitions wait for what no lane sees, and which of them go on.
    private func noteStates(at now: Instant) {
        let changes = states.note(lanes.flatMap(\.board.partitions), sourceWatch.look, at: now)
        for change in changes.prefix(Self.changesLoggedMax) {
            let partition = LogField("partition", change.partition.description)
            if let reason = change.reason {
                logger.warning("partition waits", [partition, LogField("reason", reason)])
            } else {
                logger.info("partition goes on", [partition])
            }
        }
        if changes.count > Self.changesLoggedMax {
            logger.warning("and more partitions alike", [LogField("partitions", changes.count - Self.changesLoggedMax)])
        }
    }

    private static let changesLoggedMax = 10

    /// Nothing is wrong with the flow, and what was mirrored is where it was; somebody wants to know all the same.
    private func tellGone(isEnd: Bool = false) {
        for topic in gone.take(at: .now, isEnd: isEnd) { logger.warning("source topic gone", topic) }
    }

    /// Once a minute: whether there is nothing to do or nothing comes, how many partitions are in which state, how far
    /// behind they are, and what was not mirrored.
    private func logStates(at now: Instant) {
        guard now.milliseconds(since: statesLoggedAt) >= Self.statesMilliseconds else { return }
        statesLoggedAt = now
        let snapshot = snapshot(state: "running")
        let partitions = snapshot.lanes.flatMap(\.partitions)
        let counts = Dictionary(grouping: partitions) { String($0.state.prefix { $0 != ":" }) }.mapValues(\.count)
        let losses: [(String, Int64)] = [
            ("losses", Int64(snapshot.losses)), ("offsets-missing", snapshot.offsetsMissing),
            ("destination-losses", Int64(snapshot.destinationLosses)), ("quarantined", snapshot.recordsQuarantined),
        ]
        logger.info(
            "partitions",
            [LogField("health", snapshot.health.rawValue)]
                + counts.sorted { $0.key < $1.key }.map { LogField($0.key.replacing(" ", with: "-"), $0.value) }
                + [LogField("behind", partitions.reduce(0) { $0 + $1.behind })]
                + losses.filter { $0.1 > 0 }.map { LogField($0.0, $0.1) })
    }

    private static let statesMilliseconds: Int64 = 60_000

    private func share() {
        shared.control = (control.catalogue, control.position)
    }

    // MARK: What happened

    private func note(_ event: MemberEvent) {
        switch event {
        case .assigned(let numbers):
            member.confirmAssign(numbers)
            fence.remember()
            let assigned = numbers.filter { $0 < slots }.map { Slot($0) }
            if !assigned.isEmpty { logger.info("slots assigned", [LogField("slots", assigned.count)]) }
            perform(coordinator.handle(.assigned(assigned), at: .now))
        case .revoked(let numbers, let isLost):
            if isLost { fence.forget() }
            guard !numbers.isEmpty else {
                member.confirmUnassign([])
                return
            }
            logger.info(isLost ? "slots lost" : "slots revoked", [LogField("slots", numbers.count)])
            perform(coordinator.handle(.revoked(numbers.map { Slot($0) }, isLost: isLost), at: .now))
        case .fault(let reason):
            let why = AccessAdvice.atDestination(of: clients.flow).explained(reason.description)
            logger.warning("membership", [LogField("reason", why)])
            if reason.isFatal {
                fault = FlowFault(why, remedy: "see the destination's log and this process's rights")
            }
        }
    }

    private func note(_ message: Message) {
        switch message {
        case .event(let event):
            if case .slotsRead(let job, _) = event { readings[job] = nil }
            if case .slotsUnread(let job, let reason) = event {
                readings[job] = nil
                if reason != "cancelled" {
                    let why = AccessAdvice.atDestination(of: clients.flow)
                        .explained(reason, topic: clients.flow.positionsTopic)
                    logger.warning("slots not read", [LogField("reason", why)])
                }
            }
            if case .news(let lane, .claimed(let claimed)) = event {
                logger.info("slots claimed", [LogField("slots", claimed.count), LogField("lane", lane)])
            }
            perform(coordinator.handle(event, at: .now))
        case .register(let records, let answer):
            guard let lane = coordinator.stewardLane else {
                answer.give(false)
                return
            }
            registrations += 1
            pendingRegistrations[registrations] = answer
            order(lane, .register(ticket: registrations, records))
        case .laneEnded(let reason):
            lanesEnded += 1
            if let reason { fault = FlowFault("a lane could not begin: \(reason)", remedy: "run `martlet check`") }
        case .refused(let refused):
            let refused = Dictionary(
                uniqueKeysWithValues: refused.map { topic, reason in
                    (topic, AccessAdvice.byReason(reason, of: clients.flow).explained(reason, topic: topic))
                })
            for (topic, reason) in refused.sorted(by: { $0.key < $1.key }) where refusedTopics[topic] != reason {
                logger.warning("topic not mirrored", [LogField("topic", topic), LogField("reason", reason)])
            }
            refusedTopics = refused
        case .ends(let reason):
            fault = reason
        }
    }

    // MARK: What the coordinator answers

    private func perform(_ actions: [Coordinator.Action]) {
        for action in actions {
            switch action {
            case .readSlots(let job, let slots, let mode): read(slots, mode, job: job)
            case .cancelReading(let job): readings[job]?.raise()
            case .order(let lane, let order): self.order(lane, order)
            case .answerRevoke(let slots):
                logger.info("slots given back", [LogField("slots", slots.count)])
                member.confirmUnassign(slots.map(\.number))
            case .leaveGroup:
                do throws(KafkaFault) {
                    try member.unsubscribe()
                } catch {
                    logger.warning("the group could not be left", [LogField("reason", error.description)])
                }
            case .partitionStopped(let source, let why):
                let reason = AccessAdvice.byReason(why, of: clients.flow).explained(why, topic: source.topic)
                stopped[source] = reason
                gone.forget(source)
                logger.error(
                    "partition stopped", [LogField("partition", source.description), LogField("reason", reason)])
            case .quarantined(let source, let offset, let reason):
                logger.warning(
                    "record quarantined",
                    [
                        LogField("partition", source.description), LogField("offset", Int(offset)),
                        LogField("reason", reason), LogField("topic", clients.flow.quarantineTopic),
                    ])
            case .partitionGoesOn(let source):
                stopped[source] = nil
                gone.forget(source)
                logger.info("partition goes on", [LogField("partition", source.description)])
            case .sought(let source, let answer): note(answer, of: source)
            case .registered(let ticket, let succeeded):
                pendingRegistrations.removeValue(forKey: ticket)?.give(succeeded)
            case .loss(let source, let reason, let policy):
                logLoss("records are missing at the source", of: source, reason, policy.rawValue)
            case .destinationLoss(let source, let reason, let policy):
                logLoss("records are missing at the destination", of: source, reason, policy.rawValue)
            case .gone(let source, let position, let reason):
                stopped[source] = nil
                gone.note(source, position: position, reason: reason, at: .now)
            case .trouble(let lane, let reason):
                let why = AccessAdvice.atDestination(of: clients.flow).explained(reason)
                logger.warning("lane", [LogField("lane", lane), LogField("reason", why)])
            case .finished: isFinished = true
            }
        }
    }

    /// A request of `martlet positions set` was answered.
    private func note(_ answer: SeekRecord, of source: TopicPartition) {
        var fields = [
            LogField("partition", source.description), LogField("from", answer.from.map { "\($0)" } ?? "lost"),
            LogField("to", Int(answer.to)), LogField("request", answer.id),
        ]
        if case .refused(let reason) = answer.state {
            fields.append(LogField("reason", reason))
            logger.warning("position not set", fields)
        } else {
            stopped[source] = nil
            logger.info("position set, the partition goes on", fields)
        }
    }

    private func logLoss(_ what: String, of source: TopicPartition, _ reason: String, _ policy: String) {
        logger.error(
            what,
            [LogField("partition", source.description), LogField("reason", reason), LogField("policy", policy)])
    }

    private func order(_ lane: Int, _ order: LaneOrder) {
        guard lanes[lane].mailbox.post(order) else {
            fault = FlowFault("lane \(lane) does not read its orders", remedy: "restart the process and report this")
            return
        }
    }

    private func read(_ slots: [Slot], _ mode: Coordinator.ReadingMode, job: Int) {
        let flag = StopFlag()
        readings[job] = flag
        let reading = SlotReading(
            clients: clients, trueEnds: destination, ownIDs: ownIDs, fences: fences, isCancelled: { flag.isRaised })
        startThread("martlet-slots-\(job)") { [inbox] in
            do throws(SlotReadingFault) {
                inbox.post(.event(.slotsRead(job: job, try reading.read(slots, mode))))
            } catch {
                inbox.post(.event(.slotsUnread(job: job, reason: error.reason)))
            }
        }
    }

    // MARK: Stewardship

    private func attendStewardship() {
        if coordinator.stewardLane == nil {
            endStewardship()
            return
        }
        guard stewardship == nil else { return }
        let isOver = StopFlag()
        stewardship = isOver
        let steward = Steward(
            flow: clients.flow, selection: selection, policies: policies, source: source,
            sourceClusterID: sourceClusterID, slots: slots, destination: destination,
            catalogue: { [shared] in shared.control },
            register: { [inbox] records in
                let answer = Answer()
                inbox.post(.register(records, answer))
                return answer.wait(orUntil: isOver)
            },
            report: { [inbox] refused in inbox.post(.refused(refused)) }, logger: logger)
        startThread("martlet-steward") { steward.run(until: isOver) }
    }

    private func endStewardship() {
        stewardship?.raise()
        stewardship = nil
    }

    // MARK: The end

    /// What is looked at on threads of their own, while the flow is at work.
    private func watch(until isOver: StopFlag) {
        startThread("martlet-source") { [sourceWatch] in sourceWatch.run(until: isOver) }
        let watch = LedgerWatch(
            flow: clients.flow, slots: slots, destination: destination,
            lost: { [inbox] fault in inbox.post(.ends(fault)) }, logger: logger)
        startThread("martlet-ledger-watch") { watch.run(until: isOver) }
        guard lanes.count > 1, clients.flow.delivery == .exactlyOnce else { return }
        let replicaWatch = ReplicaWatch(
            destination: destination, held: { [lanes] in lanes.flatMap(\.board.partitions).map(\.source) },
            tell: { [inbox] sets in inbox.post(.event(.replicaSets(sets))) })
        startThread("martlet-replicas") { replicaWatch.run(until: isOver) }
    }

    private func endLanes() {
        for lane in lanes { _ = lane.mailbox.post(.stop) }
        let deadline = Instant.now.advanced(milliseconds: 5_000)
        while lanesEnded < lanes.count, Instant.now < deadline {
            for case .laneEnded in inbox.take() { lanesEnded += 1 }
            pause(milliseconds: 5)
        }
        member.close()
    }

    private func snapshot(state: String) -> FlowSnapshot {
        var snapshot = FlowSnapshot()
        snapshot.state = state
        snapshot.slotsHeld = coordinator.heldSlots.count
        snapshot.topicsStopped = refusedTopics
        for (source, reason) in stopped { snapshot.topicsStopped[source.description] = reason }
        for lane in lanes {
            snapshot.recordsRead += Int64(lane.board.counters.recordsRead)
            snapshot.recordsDelivered += Int64(lane.board.counters.recordsDelivered)
            snapshot.losses += lane.board.counters.losses
            snapshot.destinationLosses += lane.board.counters.destinationLosses
            snapshot.offsetsMissing += lane.board.counters.offsetsMissing
            snapshot.recordsQuarantined += Int64(lane.board.counters.recordsQuarantined)
            snapshot.bytesDelivered += Int64(lane.board.counters.bytesDelivered)
            let partitions = lane.board.partitions.sorted { $0.source < $1.source }.map { partition in
                let shown = states.shown(partition)
                return PartitionSnapshot(
                    partition: partition.source, position: partition.position, end: shown.end, state: shown.state)
            }
            snapshot.lanes.append(LaneSnapshot(number: lane.number, partitions: partitions))
        }
        snapshot.onceDone = goal?.progress.done
        snapshot.onceTotal = goal?.progress.total
        return snapshot
    }
}
