import CRdKafka
import Dispatch
import Model
import Synchronization

/// What a poll of the membership met.
package enum MemberEvent: Sendable {
    /// Answer with `confirmAssign`, also when nothing is in it.
    case assigned([Int32])
    /// Answer with `confirmUnassign`; the group waits for it. `isLost`: the group has given them to others already.
    case revoked([Int32], isLost: Bool)
    case fault(KafkaFault)
}

/// One process's membership of a flow's consumer group. It holds partitions of one topic and never reads them.
///
/// `poll` and the confirmations run on one thread, everything else on any.
/// `@unchecked Sendable`: both pointers are constant, librdkafka's calls on them are thread-safe, and what changes is
/// in a mutex.
@safe package final class GroupMember: @unchecked Sendable {
    private let consumer: ConsumerHandle
    private let topic: String
    private let group: String
    private let held = Mutex<Set<Int32>>([])
    private let restNudgeNanoseconds: Int64
    private let lastNudge = Atomic<Int64>(0)
    /// The group moves, or may move again in a moment: a rebalance of cooperative members comes in two rounds.
    private let movesUntil = Atomic<Int64>(0)

    /// A member in a group that moves hears of the next round with its next heartbeat, and everybody's slots stand still until
    /// the last member has heard.
    private static let moveNudgeNanoseconds: Int64 = 25_000_000
    private static let moveNanoseconds: Int64 = 3_000_000_000

    /// - Parameters:
    ///   - configuration: names the `group.id` and the cooperative assignor.
    ///   - restNudgeMilliseconds: how often a heartbeat can go, at least, while the group is at rest.
    package init(
        _ configuration: ClientConfiguration, topic: String, restNudgeMilliseconds: Int64 = 300,
        log: @escaping ClientLogger
    ) throws(KafkaFault) {
        restNudgeNanoseconds = restNudgeMilliseconds * 1_000_000
        consumer = try unsafe ConsumerHandle(configuration, log: log, ending: .byHand) { conf in
            unsafe rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_REBALANCE)
        }
        self.topic = topic
        guard let metadata = unsafe rd_kafka_consumer_group_metadata(consumer.pointer) else {
            preconditionFailure("a consumer with a group.id has metadata")
        }
        group = unsafe GroupMetadata(owning: metadata, client: consumer.pointer).groupID
    }

    package func subscribe() throws(KafkaFault) {
        let list = PartitionList(capacity: 1)
        list.add(TopicPartition(topic, RD_KAFKA_PARTITION_UA))
        try unsafe KafkaFault.check(
            "rd_kafka_subscribe", rd_kafka_subscribe(consumer.pointer, list.pointer), on: topic)
    }

    package func unsubscribe() throws(KafkaFault) {
        try unsafe KafkaFault.check("rd_kafka_unsubscribe", rd_kafka_unsubscribe(consumer.pointer), on: topic)
    }

    /// Waits for one event. Counts as polling for `max.poll.interval.ms`: librdkafka notes the time of a queue poll on
    /// the consumer's queue as that of a consumer poll.
    package func poll(waitMilliseconds: Int32) -> MemberEvent? {
        nudge()
        let event = unsafe poll(consumer.queue, waitMilliseconds: waitMilliseconds)
        switch event {
        case .assigned, .revoked: noteMove()
        case .fault, nil: break
        }
        return event
    }

    private func noteMove() {
        movesUntil.store(Self.now + Self.moveNanoseconds, ordering: .relaxed)
    }

    private static var now: Int64 { Int64(DispatchTime.now().uptimeNanoseconds) }

    /// Librdkafka sends heartbeats when its main thread wakes, and that sleeps for up to a second whatever the interval is
    /// (rd_kafka_thread_main in rdkafka.c): a member would hear late of a rebalance, and partitions stand still meanwhile.
    /// Any question wakes it.
    private func nudge() {
        let now = Self.now
        let isMoving = now < movesUntil.load(ordering: .relaxed)
        let interval = isMoving ? Self.moveNudgeNanoseconds : restNudgeNanoseconds
        guard now - lastNudge.load(ordering: .relaxed) >= interval else { return }
        lastNudge.store(now, ordering: .relaxed)
        _ = memberID
    }

    private func poll(_ queue: OpaquePointer, waitMilliseconds: Int32) -> MemberEvent? {
        guard let event = unsafe rd_kafka_queue_poll(queue, waitMilliseconds) else { return nil }
        defer { unsafe rd_kafka_event_destroy(event) }
        switch unsafe rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_REBALANCE: return unsafe rebalance(event)
        case RD_KAFKA_EVENT_ERROR:
            return .fault(
                KafkaFault(
                    call: "rd_kafka_queue_poll", code: unsafe rd_kafka_event_error(event),
                    reason: unsafe cText(rd_kafka_event_error_string(event)), subject: "the membership",
                    isFatal: unsafe rd_kafka_event_error_is_fatal(event) != 0))
        default: return nil  // a record that was fetched before the pause: nobody reads here
        }
    }

    private func rebalance(_ event: OpaquePointer) -> MemberEvent {
        var partitions: [Int32] = []
        if let list = unsafe rd_kafka_event_topic_partition_list(event) {
            partitions = unsafe (0..<Int(list.pointee.cnt)).map { unsafe list.pointee.elems[$0].partition }
        }
        switch unsafe rd_kafka_event_error(event) {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            return .assigned(partitions)
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            return .revoked(partitions, isLost: unsafe rd_kafka_assignment_lost(consumer.pointer) != 0)
        default:
            // Any other code means: the rebalance failed, give everything up.
            return .revoked(held.withLock { $0.sorted() }, isLost: true)
        }
    }

    /// Takes the partitions over. They start at their end and are paused at once: the membership never reads.
    package func confirmAssign(_ partitions: [Int32]) {
        let assigned = list(partitions, offset: Int64(RD_KAFKA_OFFSET_END))
        if let refused = unsafe rd_kafka_incremental_assign(consumer.pointer, assigned.pointer) {
            // Librdkafka logs it as well. It happens when the assignment was lost meanwhile; the revoke follows.
            unsafe rd_kafka_error_destroy(refused)
            return
        }
        held.withLock { $0.formUnion(partitions) }
        let paused = list(partitions)
        unsafe rd_kafka_pause_partitions(consumer.pointer, paused.pointer)
    }

    /// Gives the partitions up; the group waits for this.
    package func confirmUnassign(_ partitions: [Int32]) {
        noteMove()
        held.withLock { $0.subtract(partitions) }
        let list = list(partitions)
        guard let refused = unsafe rd_kafka_incremental_unassign(consumer.pointer, list.pointer) else { return }
        // Refused when everything is to go at once (no cooperative protocol agreed on, or nothing is assigned).
        unsafe rd_kafka_error_destroy(refused)
        unsafe rd_kafka_assign(consumer.pointer, nil)
    }

    private func list(_ partitions: [Int32], offset: Int64 = Int64(RD_KAFKA_OFFSET_INVALID)) -> PartitionList {
        let list = PartitionList(capacity: partitions.count)
        for partition in partitions { list.add(TopicPartition(topic, partition), offset: offset) }
        return list
    }

    /// The membership's place in the group right now; that of no member once it is closed.
    package func metadata() -> GroupMetadata {
        let pointer =
            unsafe rd_kafka_consumer_group_metadata(consumer.pointer)
            ?? rd_kafka_consumer_group_metadata_new(group)
        guard let pointer = unsafe pointer else { preconditionFailure("no memory for group metadata") }
        return unsafe GroupMetadata(owning: pointer, client: consumer.pointer)
    }

    /// Empty before the first join.
    package var memberID: String {
        guard let string = unsafe rd_kafka_memberid(consumer.pointer) else { return "" }
        defer { unsafe rd_kafka_mem_free(consumer.pointer, string) }
        return unsafe cText(string)
    }

    /// Whether the group's coordinator answers a question within the time.
    package func coordinatorAnswers(timeoutMilliseconds: Int32) -> Bool {
        let list = list([0])
        return unsafe rd_kafka_committed(consumer.pointer, list.pointer, timeoutMilliseconds)
            == RD_KAFKA_RESP_ERR_NO_ERROR
    }

    /// Leaves the group, in five seconds at most. Unsubscribe and answer the revocation first; what the group still
    /// wants answered is given up here.
    package func close() {
        guard unsafe rd_kafka_consumer_closed(consumer.pointer) == 0 else { return }
        // Not the consumer's own queue: librdkafka forwards that one to the one it is given here.
        guard let last = unsafe rd_kafka_queue_new(consumer.pointer) else { return }
        defer { unsafe rd_kafka_queue_destroy(last) }
        if let refused = unsafe rd_kafka_consumer_close_queue(consumer.pointer, last) {
            unsafe rd_kafka_error_destroy(refused)
            return
        }
        for _ in 0..<100 where unsafe rd_kafka_consumer_closed(consumer.pointer) == 0 {
            switch unsafe poll(last, waitMilliseconds: 50) {
            case .assigned(let partitions): confirmAssign(partitions)
            case .revoked(let partitions, _): confirmUnassign(partitions)
            case .fault, nil: break
            }
        }
    }

    /// Ends a poll that waits.
    package func wake() {
        unsafe rd_kafka_queue_yield(consumer.queue)
    }
}
