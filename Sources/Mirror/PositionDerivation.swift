import KafkaPorts
import Log
import Model
import Positions
import RdKafka
import Records

/// Proposes positions for a flow that has lost them, from what the destination holds: each partition's last records are
/// looked for in the source. Writes nothing; what it answers can be looked at, and then imported.
package struct PositionDerivation {
    /// What was found out about one partition.
    package struct Finding: Sendable {
        package let source: TopicPartition
        /// `nil`: nothing can be proposed.
        package let position: Position?
        package let explanation: String
    }

    private let clients: FlowClients
    private let source: AdminClient
    private let destination: AdminClient
    package private(set) var book: PositionBook

    private static let timeoutMilliseconds: Int32 = 10_000
    /// How many records of the destination are looked for.
    private static let tailRecords = 20
    /// Offsets that are read back for them at first; aborted records and markers take some.
    private static let tailOffsets: Int64 = 200
    private static let recordsReadMax = 2_000_000
    private static let readMilliseconds: Int64 = 120_000

    /// Reads the control topic, which says what the flow mirrors.
    package init(_ flow: FlowDefinition, logger: Logger) throws(FlowFault) {
        clients = FlowClients(flow: flow, instance: "positions", logger: logger)
        book = PositionBook(flow: flow.name)
        do {
            source = try AdminClient(
                clients.admin(of: flow.source, isolation: flow.isolation), log: clients.logger("source-admin"))
            destination = try AdminClient(
                clients.admin(of: flow.destination, isolation: .readCommitted), log: clients.logger("admin"))
            let control = try destination.topic(flow.controlTopic, timeoutMilliseconds: Self.timeoutMilliseconds)
            guard control != nil else { throw FlowFault.noControlTopic(flow) }
            try book.readControl(clients, destination)
        } catch let fault as FlowFault {
            throw fault
        } catch {
            throw FlowFault("the clusters do not answer: \(error)", remedy: "run `martlet check`")
        }
        guard book.catalogue.flow != nil else { throw FlowFault.noControlTopic(flow) }
    }

    /// Looks at one registered partition, and notes what it proposes in the book.
    package mutating func derive(_ partition: TopicPartition) -> Finding {
        do throws(KafkaFault) {
            let finding = try finding(of: partition)
            if let position = finding.position, let slot = book.catalogue.slot(of: partition) {
                book.slots[slot, default: SlotContents(slot: slot, mark: 0)].positions[partition] = position
            }
            return finding
        } catch {
            return Finding(source: partition, position: nil, explanation: "a cluster does not answer: \(error)")
        }
    }

    private func finding(of partition: TopicPartition) throws(KafkaFault) -> Finding {
        func none(_ explanation: String) -> Finding {
            Finding(source: partition, position: nil, explanation: explanation)
        }
        guard let topic = book.catalogue.topics[partition.topic], let flow = book.catalogue.flow else {
            return none("it is not registered")
        }
        func proposal(_ offset: Int64, reached: Int64, _ explanation: String) -> Finding {
            Finding(
                source: partition,
                position: Position(
                    offset: offset, cluster: flow.cluster, to: partition.topic, reached: reached, since: topic.since),
                explanation: explanation)
        }
        let held = try bounds(of: partition, destination)
        guard held.upperBound > 0 else {
            return proposal(
                topic.starts[Int(partition.partition)], reached: -1,
                "the destination was never written to: from where it was registered")
        }
        let tail = try tail(of: partition, held)
        guard let last = tail.last else { return none("the destination holds no record of it any more") }
        guard tail.allSatisfy({ $0.timestampType == .createTime }) else {
            return none("the destination gives its records times of its own, so they are not known again in the source")
        }
        let match = try search(for: tail, in: partition)
        let count = "\(match.foundCount) of the last \(match.soughtCount) records were found in the source"
        guard let next = match.next else {
            return none("\(count): it does not hold them any more, or they are of another source")
        }
        return proposal(next, reached: last.offset, "\(count), the last at offset \(next - 1)")
    }

    private func bounds(of partition: TopicPartition, _ cluster: AdminClient) throws(KafkaFault) -> Range<Int64> {
        let bounds = try cluster.watermarks(of: partition, timeoutMilliseconds: Self.timeoutMilliseconds)
        return bounds.low..<max(bounds.low, bounds.high)
    }

    /// The last committed records of a destination partition.
    private func tail(of partition: TopicPartition, _ held: Range<Int64>) throws(KafkaFault) -> [LogRecord] {
        var offsets = Self.tailOffsets
        while true {
            let begin = max(held.lowerBound, held.upperBound - offsets)
            var tail: [LogRecord] = []
            try read(partition, begin..<held.upperBound, clients.ledgerReader(.readCommitted)) { record in
                tail.append(record)
                if tail.count > Self.tailRecords { tail.removeFirst() }
                return true
            }
            if !tail.isEmpty || begin == held.lowerBound { return tail }
            offsets *= 16
        }
    }

    private func search(for tail: [LogRecord], in partition: TopicPartition) throws(KafkaFault) -> TailMatch {
        var match = TailMatch(tail.map(RecordCopy.init))
        let begins = try source.offsets(
            of: [partition], at: .timestamp(milliseconds: match.earliestMilliseconds ?? 0),
            timeoutMilliseconds: Self.timeoutMilliseconds)
        guard let begin = try begins[partition]?.get() else { return match }
        let held = try bounds(of: partition, source)
        guard begin < held.upperBound else { return match }
        var left = Self.recordsReadMax
        try read(partition, begin..<held.upperBound, clients.sourceConsumer(bytesMax: 32 << 20)) { record in
            match.note(RecordCopy(record), at: record.offset)
            left -= 1
            return !match.isComplete && left > 0
        }
        return match
    }

    /// Hands the records of a range to `note` until it has enough.
    private func read(
        _ partition: TopicPartition, _ range: Range<Int64>, _ configuration: ClientConfiguration,
        _ note: (LogRecord) -> Bool
    ) throws(KafkaFault) {
        var reader = try LogReader(configuration, log: clients.logger("derive"))
        try reader.assign([partition: range.lowerBound])
        let deadline = Instant.now.advanced(milliseconds: Self.readMilliseconds)
        while Instant.now < deadline {
            for event in reader.poll(waitMilliseconds: 100, upTo: 1_000) {
                switch event {
                case .record(let record):
                    guard record.offset < range.upperBound, note(record) else { return }
                case .endOfPartition(_, let offset):
                    if offset >= range.upperBound { return }
                case .fault(_, let fault):
                    // Others are retried by the library, and bounded by the deadline.
                    if fault.name == "TOPIC_AUTHORIZATION_FAILED" { throw fault }
                }
            }
        }
    }
}
