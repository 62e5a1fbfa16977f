import Dispatch
import Engine
import KafkaPorts
import Log
import Model
import Positions
import RdKafka
import Synchronization
import Topics

/// What a flow knows before it joins its group.
struct PreparedFlow: ~Copyable {
    let selection: TopicSelection
    let policies: PolicyBook
    let sourceClusterID: String
    let slots: Int
    let lanes: Int
    let source: AdminClient
    /// Reads uncommitted: the ends it answers are true ones.
    let destination: AdminClient
    var control: ControlReader
}

/// From a configuration to a flow that may join its group: both clusters answer and differ, the ledger's topics exist,
/// the control topic is read, and nothing in it speaks against this process. What heals by itself is waited for.
struct FlowPreparation {
    let clients: FlowClients
    let logger: Logger
    let isStopping: StopFlag
    let once: Bool
    /// Told what the flow waits for.
    let waiting: (String) -> Void

    private static let timeoutMilliseconds: Int32 = 5_000
    /// How long a flow with an end of its own waits for a cluster before it gives up.
    private static let onceWithinMilliseconds: Int64 = 60_000

    private var flow: FlowDefinition { clients.flow }

    private enum NotPrepared: Error {
        /// Heals by itself, perhaps.
        case notYet(String)
        case never(FlowFault)
    }

    /// `nil` when the flow was stopped meanwhile.
    func prepare() throws(FlowFault) -> PreparedFlow? {
        let began = Instant.now
        var tries = 0
        wakeTransactions()
        while !isStopping.isRaised {
            var reason = ""
            do throws(NotPrepared) {
                return try prepareOnce()
            } catch {
                switch error {
                case .never(let fault): throw fault
                case .notYet(let why): reason = why
                }
            }
            tries += 1
            logger.warning("not ready to start; tried again", [LogField("reason", reason)])
            waiting(reason)
            if once, Instant.now.milliseconds(since: began) > Self.onceWithinMilliseconds {
                throw FlowFault("the flow could not start within 60 s: \(reason)", remedy: "run `martlet check`")
            }
            pause(milliseconds: min(3_000, 200 * tries))
        }
        return nil
    }

    private func prepareOnce() throws(NotPrepared) -> PreparedFlow {
        let (selection, policies) = try topicSelection()
        let rails = GuardRails(flow)
        if let fault = rails.refusal() { throw .never(fault) }
        let (fromSource, fromDestination) = (LastComplaint(), LastComplaint())
        let source = try asking(.atSource(of: flow)) { () throws(KafkaFault) in
            try AdminClient(
                clients.admin(of: flow.source, isolation: flow.isolation),
                log: fromSource.listening(before: clients.logger("source-admin")))
        }
        let destination = try asking { () throws(KafkaFault) in
            try AdminClient(
                clients.admin(of: flow.destination, isolation: .readUncommitted),
                log: fromDestination.listening(before: clients.logger("admin")))
        }
        let (sourceClusterID, destinationID) = try clusterIDs(source, fromSource, destination, fromDestination)
        if let fault = rails.refusal(destinationID: destinationID) { throw .never(fault) }
        let marker = try asking { () throws(KafkaFault) -> FlowFault? in
            try rails.refusalByMarker(destination, clients)
        }
        if let marker { throw .never(marker) }
        let topics = LedgerTopics(flow: flow, admin: destination)
        let ledger = LedgerCheck(clients: clients, destination: destination)
        try refuse { () throws(LedgerCheck.Unanswered) in try ledger.lossBeforeControl() }
        try asking { () throws(KafkaFault) in try topics.ensureControl() }
        var control = try readControl(destination)
        try admit(control.catalogue, sourceClusterID, destination)
        try refuse { () throws(LedgerCheck.Unanswered) in try ledger.loss(&control) }
        let slots = try asking { () throws(KafkaFault) in
            if let begun = control.catalogue.flow { return begun.slots }
            if let wanted = flow.slots { return try topics.ensurePositions(slots: wanted) }
            return try topics.ensurePositions(slots: try defaultSlots(selection, source))
        }
        if flow.hasQuarantine { try asking { () throws(KafkaFault) in try topics.ensureQuarantine() } }
        let lanes = try asking { () throws(KafkaFault) in try laneCount(slots: slots, destination) }
        return PreparedFlow(
            selection: selection, policies: policies, sourceClusterID: sourceClusterID, slots: slots, lanes: lanes,
            source: source, destination: destination, control: control)
    }

    private func laneCount(slots: Int, _ destination: AdminClient) throws(KafkaFault) -> Int {
        if let lanes = flow.lanes { return lanes }
        let way = try LaneCount(
            asking: destination, about: flow.controlTopic, timeoutMilliseconds: Self.timeoutMilliseconds)
        let lanes = way.lanes(slots: slots)
        if way.isFar {
            logger.info(
                "the destination is far: several lanes",
                [LogField("round-trip-ms", way.roundTripMilliseconds), LogField("lanes", lanes)])
        }
        return lanes
    }

    /// A cluster that has never seen a transaction makes the topic for them when it is first asked for one, and needs a
    /// second or two for it. So it is asked at once, and is done by the time the flow's own topics are made.
    private func wakeTransactions() {
        startThread("martlet-wake") { [clients] in
            let producer = try? RecordProducer(
                clients.fencingProducer(transactionalID: clients.flow.wakingTransactionalID), inFlightMax: 1,
                log: clients.logger("wake"))
            // What it says here, the flow's own first transaction says again.
            try? producer?.initTransactions(timeoutMilliseconds: Self.timeoutMilliseconds)
        }
    }

    private func asking<Answer: ~Copyable>(
        _ end: AccessAdvice? = nil, _ question: () throws(KafkaFault) -> Answer
    ) throws(NotPrepared) -> Answer {
        do throws(KafkaFault) {
            return try question()
        } catch {
            throw .notYet((end ?? .atDestination(of: flow)).explained(error.description, topic: error.subject))
        }
    }

    /// A flow whose memory is lost does not begin.
    private func refuse(_ search: () throws(LedgerCheck.Unanswered) -> FlowFault?) throws(NotPrepared) {
        let fault: FlowFault?
        do throws(LedgerCheck.Unanswered) {
            fault = try search()
        } catch {
            throw .notYet(AccessAdvice.atDestination(of: flow).explained(error.reason, topic: error.topic))
        }
        if let fault { throw .never(fault) }
    }

    private func topicSelection() throws(NotPrepared) -> (TopicSelection, PolicyBook) {
        do {
            return (try TopicSelection(flow.topics), try PolicyBook(flow.policies, overrides: flow.policyOverrides))
        } catch {
            throw .never(FlowFault("a topic pattern cannot be used: \(error)", remedy: "correct the configuration"))
        }
    }

    /// Both clusters answer, and they are two.
    private func clusterIDs(
        _ source: AdminClient, _ fromSource: LastComplaint, _ destination: AdminClient, _ fromDestination: LastComplaint
    ) throws(NotPrepared) -> (source: String, destination: String) {
        let answers = Mutex<[String?]>([nil, nil])
        DispatchQueue.concurrentPerform(iterations: 2) { end in
            let id = [source, destination][end].clusterID(timeoutMilliseconds: Self.timeoutMilliseconds)
            answers.withLock { $0[end] = id }
        }
        let ids = answers.withLock { $0 }
        guard let from = ids[0] else {
            let why = fromSource.text.map { ": \($0)" } ?? ""
            throw .notYet(
                AccessAdvice.atSource(of: flow).explained("the source cluster \(flow.source) does not answer\(why)"))
        }
        guard let to = ids[1] else {
            let why = fromDestination.text.map { ": \($0)" } ?? ""
            throw .notYet(
                AccessAdvice.atDestination(of: flow)
                    .explained("the destination cluster \(flow.destination) does not answer\(why)"))
        }
        guard from != to else {
            throw .never(
                FlowFault(
                    "source and destination are the same cluster (id \(from))",
                    remedy: "name two clusters: topics keep their names, so each would be copied into itself"))
        }
        return (from, to)
    }

    private func readControl(_ destination: AdminClient) throws(NotPrepared) -> ControlReader {
        let topic = TopicPartition(flow.controlTopic, 0)
        let (begin, end) = try bounds(of: topic, destination)
        var control = try asking { () throws(KafkaFault) in try ControlReader(clients, from: begin) }
        let isForbidden = { (fault: KafkaFault) in fault.name == "TOPIC_AUTHORIZATION_FAILED" }
        if control.read(to: end, isGivenUp: { isStopping.isRaised || $0.map(isForbidden) == true }) { return control }
        if let fault = control.lastFault, isForbidden(fault) {
            throw .notYet(AccessAdvice.atDestination(of: flow).explained(fault.description, topic: flow.controlTopic))
        }
        throw .notYet("the control topic \(topic) cannot be read to its end")
    }

    /// A topic that was made a moment ago has no leader yet that knows of it.
    private func bounds(of topic: TopicPartition, _ admin: AdminClient) throws(NotPrepared) -> (Int64, Int64) {
        for _ in 0..<20 {
            if let bounds = try? admin.watermarks(of: topic, timeoutMilliseconds: Self.timeoutMilliseconds) {
                return bounds
            }
            pause(milliseconds: 50)
        }
        return try asking { () throws(KafkaFault) in
            try admin.watermarks(of: topic, timeoutMilliseconds: Self.timeoutMilliseconds)
        }
    }

    /// What the flow has written down must fit this process, and no other of its name may be there.
    private func admit(
        _ catalogue: Catalogue, _ sourceClusterID: String, _ destination: AdminClient
    ) throws(NotPrepared) {
        if let begun = catalogue.flow, begun.cluster != sourceClusterID {
            throw .never(
                FlowFault(
                    "the flow \(flow.name) mirrors cluster \(begun.cluster), and the source is \(sourceClusterID)",
                    remedy: "give a flow from another cluster another name"))
        }
        // A broker that does not list groups (a mock, a missing right) leaves these checks out.
        let members =
            (try? destination.groupMembers(of: flow.group, timeoutMilliseconds: Self.timeoutMilliseconds)) ?? []
        if members.contains(where: { $0.clientID == clients.memberClientID }) {
            throw .notYet(
                "a member named \(clients.instance) is in the group \(flow.group): a killed predecessor stays listed "
                    + "for one session time-out; a living one needs another --instance name")
        }
        let gate = ConfigurationGate.judge(
            own: flow.configurationRecord, running: catalogue.configuration, isAlone: members.isEmpty)
        if case .refused(let reason) = gate { throw .notYet(reason) }
    }

    /// One slot a partition for a new flow, at least 12 and at most 240.
    private func defaultSlots(_ selection: TopicSelection, _ source: AdminClient) throws(KafkaFault) -> Int {
        let selected = try source.topics(timeoutMilliseconds: Self.timeoutMilliseconds)
            .filter { selection.selects($0.name) }
        return min(240, max(12, selected.reduce(0) { $0 + $1.partitions.count }))
    }
}
