import CRdKafka
import Model
import Records

/// Sends reads on without copying them, and small records of our own. Idempotent or transactional as configured.
///
/// Used by one thread. It holds the memory of a read from `send` until the read's delivery report, and hands librdkafka
/// one batch a partition at a time. Where it may have several clients, partitions are shared out among them by their
/// replicas (see `ReplicaGroups`), each for as long as it is open.
///
/// A client hears of a topic with the first record for it. librdkafka's thread for a broker looks through all partitions
/// there of all topics that were ever opened, whenever it wakes, and forgets none of them before the client goes.
@safe package struct RecordProducer: ~Copyable {
    let configuration: ClientConfiguration
    let box: ProducerBox
    /// The first is there from the beginning, and is the one for transactions and for records of our own.
    var clients: [ProducerClient]
    var groups: ReplicaGroups
    var destinations: [Destination?] = unsafe []
    /// Where reads go that are marked so, instead of their partition's destination: partition 0 of this topic.
    package var asideTopic: String?
    /// Below `batch.size`, so that what is handed over goes in one request.
    private let batchBytesMax: Int

    /// - Parameters:
    ///   - inFlightMax: reads that may await their report at a time; below `queue.buffering.max.messages`.
    ///   - clientsMax: 1 where the configuration is transactional.
    package init(
        _ configuration: ClientConfiguration, inFlightMax: Int, clientsMax: Int = 1, log: @escaping ClientLogger
    ) throws(KafkaFault) {
        let box = ProducerBox(inFlightMax: inFlightMax, log: log)
        clients = [try ProducerClient(configuration, box: box)]
        groups = ReplicaGroups(groupsMax: clientsMax)
        batchBytesMax = (configuration.value(of: "batch.size").flatMap { Int($0) } ?? 1_000_000) * 9 / 10
        self.configuration = configuration
        self.box = box
    }

    deinit {
        // Reports of what is purged land their reads here; what even this does not bring, the pool releases.
        purge()
        awaitReports(timeoutMilliseconds: box.isAbandoned ? 0 : 5_000)
    }

    var client: ProducerClient { clients[0] }

    // MARK: Where reads go

    /// From here on reads of partition `index` go to `destination`. What librdkafka has against the topic is the answer
    /// to a send.
    package mutating func open(index: Int32, destination: TopicPartition) {
        close(index: index)
        while unsafe destinations.count <= Int(index) { unsafe destinations.append(nil) }
        unsafe destinations[Int(index)] = Destination(partition: destination)
    }

    package mutating func close(index: Int32) {
        guard unsafe Int(index) < destinations.count, let old = unsafe destinations[Int(index)] else { return }
        unsafe destinations[Int(index)] = nil
        if case .success = unsafe old.handle, let client = unsafe old.client {
            unsafe clients[client].topics.giveBack(old.partition.topic)
        }
    }

    /// Bounds the batches of an open partition, until it is opened again.
    package mutating func limitBatches(index: Int32, to limit: BatchLimit) {
        guard unsafe Int(index) < destinations.count else { return }
        unsafe destinations[Int(index)]?.limit = limit
    }

    /// Asks the brokers about an open partition's topic, so that partitions it has grown by become known. librdkafka
    /// itself asks again every few minutes only.
    package func refreshMetadata(ofPartition index: Int32, timeoutMilliseconds: Int32) {
        guard unsafe Int(index) < destinations.count, let destination = unsafe destinations[Int(index)],
            let client = unsafe destination.client, let handle = unsafe try? destination.handle?.get()
        else { return }
        _ = unsafe try? MetadataQuestion.topic(handle).ask(clients[client].pointer, timeoutMilliseconds)
    }

    // MARK: Sending

    /// Takes reads from the front of the batch, as long as there are seats, and sends what may be sent now: the rest
    /// waits for its partition's turn, see `SendQueues`. `nil`: the batch is empty.
    ///
    /// Every read's partition must be open. The payload is not copied, librdkafka copies the key, headers are moved,
    /// the timestamp is kept.
    package mutating func send(_ batch: inout ReadBatch) -> SendStop? {
        poll(waitMilliseconds: 0)
        while !batch.isEmpty, !box.flights.isFull {
            let read = batch.takeFirst()
            box.queues.enqueue(box.flights.launch(read), of: read.partition)
        }
        return handOver() ?? (batch.isEmpty ? nil : .full)
    }

    /// Hands librdkafka one batch of every partition that has nothing under way.
    private mutating func handOver() -> SendStop? {
        while !box.holdsFailure, let partition = box.queues.nextReady {
            if unsafe destinations[Int(partition)]?.handle == nil {
                // It may serve reports, which is why what is ready is looked up again.
                settle(partition)
                continue
            }
            if let stop = handOverBatch(of: partition) { return stop }
            box.queues.close(partition)
        }
        return nil
    }

    private mutating func handOverBatch(of index: Int32) -> SendStop? {
        guard let destination = unsafe destinations[Int(index)], let number = unsafe destination.client else {
            preconditionFailure("partition \(index) is not open")
        }
        let handle: OpaquePointer
        switch unsafe destination.handle {
        case .success(let opened): unsafe handle = opened
        case .failure(let fault): return .fault(fault, partition: index)
        case nil: preconditionFailure("partition \(index) is not settled")
        }
        let client = unsafe clients[number].pointer
        let limit = unsafe destination.limit
        let bytesMax = min(batchBytesMax, limit.bytes)
        var (bytes, records, recordsMax) = (0, 0, Self.batchRecordsMax)
        while let seat = box.queues.first(of: index), records < recordsMax {
            let read = box.flights[seat]
            if read.isAside {
                if let stop = handOverAside(read, seat: seat, client: number) { return stop }
                records += 1
                continue
            }
            bytes += Int(read.bytes) + Self.overheadBytes
            if records == 0 { recordsMax = min(recordsMax, limit.reads(from: read.offset)) }
            guard records == 0 || bytes <= bytesMax else { break }
            let refused = unsafe martlet_forward(
                client, box.stamp.pointer, handle, destination.partition.partition, read.memory,
                Opaque.seat(seat).pointer)
            if let refused = unsafe refused {
                return unsafe stop(refused, at: destination.partition, index: index)
            }
            box.queues.advance(index, bytes: read.bytes)
            records += 1
        }
        return nil
    }

    /// Hands over a read that does not go where its partition goes.
    private mutating func handOverAside(_ read: Read, seat: Int32, client: Int) -> SendStop? {
        guard let topic = asideTopic else { preconditionFailure("a read for the side without a topic for it") }
        let handle: OpaquePointer
        do throws(KafkaFault) {
            unsafe handle = try clients[client].topics.pin(topic)
        } catch {
            return .fault(error, partition: read.partition)
        }
        let refused = unsafe martlet_forward(
            clients[client].pointer, box.stamp.pointer, handle, 0, read.memory, Opaque.seat(seat).pointer)
        if let refused = unsafe refused {
            return unsafe stop(refused, at: TopicPartition(topic, 0), index: read.partition)
        }
        box.queues.advance(read.partition, bytes: read.bytes)
        return nil
    }

    /// So few that they are handed over before `linger.ms` is over, which would cut the batch in two.
    private static let batchRecordsMax = 2_000
    /// What a record batch spends on a record beside its bytes, roughly (KIP-98).
    private static let overheadBytes = 32

    /// Gives up what waits of one partition, or of all: reported as purged. What librdkafka has is not touched.
    package mutating func giveUpWaiting(of partition: Int32? = nil, into reports: inout ReportBatch) {
        let code = RD_KAFKA_RESP_ERR__PURGE_QUEUE.rawValue
        for index in partition.map({ $0..<$0 + 1 }) ?? box.queues.partitions {
            while let seat = box.queues.removeFirst(of: index) {
                reports.append(DeliveryReport(of: box.flights.land(seat), destinationOffset: -1, code: code))
            }
            box.queues.noteEmptied(index)
        }
    }

    /// Copies and sends a record of our own. Its report comes with `ticket`.
    package mutating func produce(_ record: OwnRecord, ticket: Int32) throws(KafkaFault) {
        let topic = unsafe try client.topics.pin(record.topic)
        let headers = unsafe makeHeaders(record.headers)
        let refused = unsafe record.key.withCBytes { key in
            unsafe record.value.withCBytes { value in
                var fields = unsafe martlet_record()
                unsafe fields.topic = topic
                unsafe fields.partition = record.partition
                unsafe fields.flags = RD_KAFKA_MSG_F_COPY
                unsafe (fields.key, fields.key_size) = (key.baseAddress, key.count)
                unsafe (fields.value, fields.value_size) = (value.baseAddress, value.count)
                unsafe fields.headers = headers
                unsafe fields.opaque = Opaque.ticket(ticket).pointer
                return unsafe martlet_produce(client.pointer, box.stamp.pointer, &fields)
            }
        }
        // On success they are librdkafka's.
        if unsafe refused != nil, let headers = unsafe headers { unsafe rd_kafka_headers_destroy(headers) }
        try unsafe KafkaFault.check(
            "rd_kafka_produceva", refused,
            on: "\(TopicPartition(record.topic, record.partition))")
    }

    private func stop(_ refused: OpaquePointer, at partition: TopicPartition, index: Int32) -> SendStop {
        if unsafe rd_kafka_error_code(refused) == RD_KAFKA_RESP_ERR__QUEUE_FULL {
            unsafe rd_kafka_error_destroy(refused)
            return .full
        }
        return .fault(
            unsafe KafkaFault(call: "rd_kafka_produceva", consuming: refused, subject: "\(partition)"),
            partition: index)
    }

    // MARK: Reports

    /// Reads taken and not yet reported.
    package var inFlight: Int { box.flights.inFlight }
    /// Those of them that librdkafka has not got yet.
    package var waiting: Int { box.queues.waiting }

    /// Sends what waits and may go now, serves delivery reports, waiting for the first, and moves what was noted into
    /// `reports`.
    package mutating func collectReports(into reports: inout ReportBatch, waitMilliseconds: Int32) {
        _ = handOver()  // What stops it stops the next send, too, which tells.
        poll(waitMilliseconds: waitMilliseconds)
        if reports.isEmpty {
            swap(&reports, &box.reports)
        } else {
            for report in box.reports.reports { reports.append(report) }
            box.reports.removeAll()
        }
        box.holdsFailure = false
    }

    package mutating func takeLedgerReports() -> [LedgerReport] {
        exchange(&box.ledgerReports, with: [])
    }

    /// Serves delivery reports, waiting for the first.
    private func poll(waitMilliseconds: Int32) {
        guard clients.count > 1 else {
            unsafe rd_kafka_poll(client.pointer, waitMilliseconds)
            return
        }
        for client in clients { unsafe rd_kafka_poll(client.pointer, 0) }
        guard waitMilliseconds > 0, box.reports.isEmpty else { return }
        box.bell.wait(milliseconds: waitMilliseconds)
        for client in clients { unsafe rd_kafka_poll(client.pointer, 0) }
    }

    package var fatalFault: KafkaFault? {
        for client in clients {
            if let fault = client.fatalFault { return fault }
        }
        return nil
    }

    /// Waits until everything is reported, at most `timeoutMilliseconds` for each client in each round of batches.
    package mutating func flush(timeoutMilliseconds: Int32) throws(KafkaFault) {
        repeat {
            if case .fault(let fault, _) = handOver() { throw fault }
            for client in clients {
                try unsafe KafkaFault.check(
                    "rd_kafka_flush", rd_kafka_flush(client.pointer, timeoutMilliseconds), on: "the producer")
            }
        } while box.queues.waiting > 0 && !box.holdsFailure
    }
}

@unsafe struct Destination {
    let partition: TopicPartition
    /// The client that sends to it, once that is known.
    var client: Int?
    /// Its client's, taken with the first record.
    var handle: Result<OpaquePointer, KafkaFault>?
    var limit = BatchLimit()
}
