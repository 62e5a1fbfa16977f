import CRdKafka
import Model
import Records

/// Reads assigned partitions without copying: a read's memory is the consumed message.
///
/// Used by one thread. Reads may outlive it: librdkafka's client goes when the last of them is released.
@safe package struct SourceConsumer: ~Copyable {
    private let consumer: ConsumerHandle
    private let box: SourceBox
    private let link: WakeLink
    private var partitions: [Int32: TopicPartition] = [:]
    private var indexes: [TopicPartition: Int32] = [:]
    private var events: [SourceEvent] = []
    private var sweep: MessageSweep
    private var nudge: FetchNudge
    /// Message handle to index. Emptied whenever the assignment changes, because librdkafka may use a topic handle's
    /// address again for another topic.
    private var seen: [MessagePlace: Int32] = [:]
    private var lastPlace: MessagePlace?
    private var lastIndex: Int32 = -1

    /// - Parameters:
    ///   - configuration: names a `group.id` (it is never joined, but librdkafka assigns nothing without one), and
    ///     switches every commit off.
    ///   - stopsAtFirstRecord: its queue is full as soon as anything is in it (`queued.min.messages`).
    package init(
        _ configuration: ClientConfiguration, stopsAtFirstRecord: Bool = false, log: @escaping ClientLogger
    ) throws(KafkaFault) {
        let box = SourceBox(log: log)
        consumer = try unsafe ConsumerHandle(configuration, box: box, ending: .aside) { conf in
            unsafe rd_kafka_conf_set_error_cb(conf, noteSourceError)
        }
        self.box = box
        link = unsafe WakeLink(consumer.queue)
        sweep = MessageSweep()
        nudge = unsafe FetchNudge(consumer.pointer, sweptMin: stopsAtFirstRecord ? 1 : FetchNudge.sweptMin)
    }

    deinit {
        link.cut()
    }

    /// Frees the memory of one read of any source consumer.
    package static var release: ReleaseFunction { unsafe martlet_release }

    /// Over key, value and timestamp of a read of any source consumer: 64 bits, not keyed.
    package static func checksum(of read: Read) -> UInt64 { unsafe martlet_checksum(read.memory) }

    /// A batch for reads of source consumers.
    package static func makeBatch(capacity: Int) -> ReadBatch {
        unsafe ReadBatch(capacity: capacity, release: release)
    }

    package mutating func assign(_ starts: [PartitionStart]) throws(KafkaFault) {
        guard !starts.isEmpty else { return }
        let list = PartitionList(capacity: starts.count)
        for start in starts { list.add(start.partition, offset: start.offset) }
        forgetPlaces()
        let asked = unsafe askForTopics(of: starts)
        defer { unsafe asked.forEach { unsafe rd_kafka_topic_destroy($0) } }
        try unsafe KafkaFault.check(
            "rd_kafka_incremental_assign", rd_kafka_incremental_assign(consumer.pointer, list.pointer),
            on: "\(starts.count) partitions from \(starts[0].partition)")
        for start in starts {
            partitions[start.index] = start.partition
            indexes[start.partition] = start.index
        }
    }

    /// A topic handle of the application's own has librdkafka ask for a new topic's leaders at once; of a topic that is
    /// only assigned it would learn at its next round of a second (`rd_kafka_1s_tmr_cb`).
    private func askForTopics(of starts: [PartitionStart]) -> [OpaquePointer] {
        unsafe Set(starts.map(\.partition.topic)).compactMap { unsafe rd_kafka_topic_new(consumer.pointer, $0, nil) }
    }

    /// After this no poll hands out a read of these partitions.
    package mutating func unassign(_ removed: [Int32]) throws(KafkaFault) {
        guard !removed.isEmpty else { return }
        let list = PartitionList(capacity: removed.count)
        for index in removed { list.add(partition(index)) }
        forgetPlaces()
        try unsafe KafkaFault.check(
            "rd_kafka_incremental_unassign", rd_kafka_incremental_unassign(consumer.pointer, list.pointer),
            on: "\(removed.count) partitions from \(partition(removed[0]))")
        for index in removed {
            if let partition = partitions.removeValue(forKey: index) { indexes[partition] = nil }
        }
    }

    /// Goes on reading elsewhere. What was fetched and not yet polled is gone: the next read of such a partition is at
    /// its target, or above it where the log has a hole.
    ///
    /// Not by `rd_kafka_seek_partitions`: it answers `_STATE` for a partition whose fetcher has not started yet, which
    /// then starts at its old offset, and its time-out leaves the seek under way. Taking the partitions out and
    /// putting them back has neither; both calls wait for librdkafka's own thread only, and the first one makes
    /// everything outdated that the queue holds.
    package mutating func seek(_ targets: [SeekTarget]) throws(KafkaFault) {
        let starts = targets.map { PartitionStart(index: $0.index, partition: partition($0.index), offset: $0.offset) }
        try unassign(targets.map(\.index))
        try assign(starts)
    }

    /// Appends at most `limit` reads, as far as the batch has room. Waits for the first one only: a batch consume waits
    /// its whole time-out unless its array fills, so what is there besides is taken without waiting.
    ///
    /// Answers how much was taken out of the queue, events with it.
    @discardableResult
    package mutating func poll(into batch: inout ReadBatch, upTo limit: Int, waitMilliseconds: Int32) -> Int {
        let wanted = min(limit, batch.room)
        guard wanted > 0 else { return 0 }
        let first = take(1, into: &batch, waitMilliseconds: waitMilliseconds)
        guard first == 1 else { return first }
        let swept = wanted > 1 ? take(wanted - 1, into: &batch, waitMilliseconds: 0) : 0
        nudge.note(swept: first + swept)
        return first + swept
    }

    /// What the polls since the last call met that is no record.
    package mutating func takeEvents() -> [SourceEvent] {
        for gone in box.takeGone() {
            if let index = indexes[gone.partition] {
                events.append(.partitionFault(index: index, gone.fault))
            }
        }
        return exchange(&events, with: [])
    }

    /// A copy of a record that was read and not sent yet, as the source has it: a send takes its headers, and so does a
    /// parcel.
    package static func copy(of read: Read) -> RecordCopy {
        guard let message = unsafe martlet_original(read.memory) else { preconditionFailure("a read without memory") }
        let record = unsafe LogRecord(message, in: TopicPartition("", read.partition))
        return RecordCopy(
            key: record.key, value: record.value, headers: record.headers,
            timestampMilliseconds: record.timestampMilliseconds)
    }

    /// The end of a partition's log as the last fetch showed it; `nil` before the first.
    package func highWatermark(_ index: Int32) -> Int64? {
        let partition = partition(index)
        var low: Int64 = 0
        var high: Int64 = 0
        let code = unsafe rd_kafka_get_watermark_offsets(
            consumer.pointer, partition.topic, partition.partition, &low, &high)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : nil
    }

    /// Ends a poll that waits, from any thread, also when the consumer is gone already.
    package func makeWaker() -> @Sendable () -> Void {
        { [link] in link.wake() }
    }

    private func partition(_ index: Int32) -> TopicPartition {
        guard let partition = partitions[index] else { preconditionFailure("partition \(index) is not assigned") }
        return partition
    }

    private mutating func forgetPlaces() {
        seen.removeAll(keepingCapacity: true)
        lastPlace = nil
    }

    private mutating func take(_ wanted: Int, into batch: inout ReadBatch, waitMilliseconds: Int32) -> Int {
        let count = unsafe sweep.fill(from: consumer.queue, wanted: wanted, waitMilliseconds: waitMilliseconds)
        for position in 0..<count {
            let message = unsafe sweep.messages[position]!
            let index = unsafe index(of: message)
            if unsafe message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR {
                unsafe note(message, index: index)
                unsafe rd_kafka_message_destroy(message)
            } else if let index {
                unsafe batch.append(Read(message, index: index))
            } else {
                unsafe rd_kafka_message_destroy(message)
            }
        }
        return count
    }

    /// The number of the message's partition, `nil` when it is not assigned.
    private mutating func index(of message: UnsafeMutablePointer<rd_kafka_message_t>) -> Int32? {
        let place = unsafe MessagePlace(topic: message.pointee.rkt, partition: message.pointee.partition)
        if place == lastPlace { return lastIndex }
        guard let index = unsafe seen[place] ?? message.topicPartition.flatMap({ indexes[$0] }) else { return nil }
        seen[place] = index
        (lastPlace, lastIndex) = (place, index)
        return index
    }

    private mutating func note(_ message: UnsafeMutablePointer<rd_kafka_message_t>, index: Int32?) {
        let code = unsafe message.pointee.err
        guard let index else {
            // A partition that has just been given up may still have something to say; nobody asks any more.
            if unsafe message.pointee.rkt == nil { events.append(.clientFault(unsafe message.fault)) }
            return
        }
        if code == RD_KAFKA_RESP_ERR__PARTITION_EOF {
            events.append(.endOfPartition(index: index, offset: unsafe message.pointee.offset))
        } else {
            events.append(.partitionFault(index: index, unsafe message.fault))
        }
    }
}

/// A message's topic handle and partition: what tells runs of one partition apart without touching a string.
private struct MessagePlace: Hashable {
    let topic: UInt
    let partition: Int32

    init(topic: OpaquePointer?, partition: Int32) {
        self.topic = UInt(bitPattern: topic)
        self.partition = partition
    }
}

extension Read {
    /// The message becomes the read's memory. Header bytes are not counted: librdkafka reads headers on demand only.
    fileprivate init(_ message: UnsafeMutablePointer<rd_kafka_message_t>, index: Int32) {
        let fields = unsafe message.pointee
        unsafe self.init(
            memory: UnsafeMutableRawPointer(message), partition: index, offset: fields.offset,
            nextOffset: fields.offset + 1, bytes: Int32(clamping: fields.len + fields.key_len))
    }
}
