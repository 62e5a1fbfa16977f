import KafkaPorts
import Log
import Model
import RdKafka
import Shaping

/// Reads the last records of a topic in a flow's source, for proofs. It belongs to no group and leaves nothing behind.
package struct TopicSample {
    package enum Fault: Error, Hashable, Sendable {
        /// What was asked for cannot be.
        case mistake(FlowFault)
        case failure(FlowFault)
    }

    private let flow: FlowDefinition
    private let clients: FlowClients
    private static let timeoutMilliseconds: Int32 = 10_000
    private static let readMilliseconds: Int64 = 60_000

    package init(_ flow: FlowDefinition, logger: Logger) {
        self.flow = flow
        clients = FlowClients(flow: flow, instance: "shape", logger: logger)
    }

    /// At most `count` records, of all partitions alike as far as they have as many, in the order of their times.
    package func last(_ count: Int, of topic: String) throws(Fault) -> [SampleRecord] {
        let finding: Finding
        do throws(KafkaFault) {
            finding = try find(count, topic)
        } catch {
            throw .failure(
                FlowFault("\(topic) cannot be read from \(flow.source.name): \(error)", remedy: "run `martlet check`"))
        }
        switch finding {
        case .records(let records): return records
        case .noTopic:
            throw .mistake(
                FlowFault(
                    "\(flow.source.name) has no topic \(topic), or does not show it",
                    remedy: "correct the name, or allow DESCRIBE on it; `martlet check` lists what is selected"))
        case .tooSlow:
            throw .failure(
                FlowFault(
                    "\(topic) could not be read in \(Self.readMilliseconds / 1_000) seconds",
                    remedy: "ask for fewer records with --records, or run `martlet check`"))
        }
    }

    private enum Finding {
        case records([SampleRecord])
        case noTopic
        case tooSlow
    }

    private func find(_ count: Int, _ topic: String) throws(KafkaFault) -> Finding {
        let admin = try AdminClient(
            clients.admin(of: flow.source, isolation: flow.isolation), log: clients.logger("source-admin"))
        guard let known = try admin.topic(topic, timeoutMilliseconds: Self.timeoutMilliseconds) else { return .noTopic }
        let partitions = known.partitions.map { TopicPartition(topic, $0.number) }
        return try last(count, of: bounds(of: partitions, admin)).map(Finding.records) ?? .tooSlow
    }

    private func bounds(
        of partitions: [TopicPartition], _ admin: AdminClient
    ) throws(KafkaFault) -> [TopicPartition: Range<Int64>] {
        let begins = try admin.offsets(of: partitions, at: .earliest, timeoutMilliseconds: Self.timeoutMilliseconds)
        let ends = try admin.offsets(of: partitions, at: .latest, timeoutMilliseconds: Self.timeoutMilliseconds)
        var bounds: [TopicPartition: Range<Int64>] = [:]
        for partition in partitions {
            guard let begin = try begins[partition]?.get(), let end = try ends[partition]?.get() else { continue }
            bounds[partition] = begin..<max(begin, end)
        }
        return bounds
    }

    private func last(
        _ count: Int, of bounds: [TopicPartition: Range<Int64>]
    ) throws(KafkaFault) -> [SampleRecord]? {
        let partitions = bounds.keys.sorted()
        let shares = Self.shares(of: partitions.map { Int64(bounds[$0]?.count ?? 0) }, count)
        var records: [SampleRecord] = []
        var wanted: [TopicPartition: Tail] = [:]
        for (partition, share) in zip(partitions, shares) where share > 0 {
            guard let bound = bounds[partition] else { continue }
            wanted[partition] = Tail(bound, share: Int(share))
        }
        let deadline = Instant.now.advanced(milliseconds: Self.readMilliseconds)
        while !wanted.isEmpty {
            guard try read(&wanted, until: deadline) else { return nil }
            for (partition, tail) in wanted where tail.isEnough {
                records += tail.records
                wanted[partition] = nil
            }
            for partition in wanted.keys { wanted[partition]?.widen() }
        }
        return records.sorted { left, right in
            (left.timestampMilliseconds, left.partition, left.offset)
                < (right.timestampMilliseconds, right.partition, right.offset)
        }
    }

    /// How many of `count` come from each partition: the same of each, and more where others have less.
    package static func shares(of sizes: [Int64], _ count: Int) -> [Int64] {
        var shares = [Int64](repeating: 0, count: sizes.count)
        var left = Int64(count)
        while left > 0 {
            let open = sizes.indices.filter { shares[$0] < sizes[$0] }
            guard !open.isEmpty else { break }
            let each = max(1, left / Int64(open.count))
            for index in open where left > 0 {
                let more = min(each, sizes[index] - shares[index], left)
                shares[index] += more
                left -= more
            }
        }
        return shares
    }

    /// The last records of a partition, as far as they have been read.
    private struct Tail {
        let bounds: Range<Int64>
        let share: Int
        /// Offsets are more than records: compaction, aborted transactions and markers leave gaps.
        var begin: Int64
        var records: [SampleRecord] = []
        var isRead = false

        init(_ bounds: Range<Int64>, share: Int) {
            self.bounds = bounds
            self.share = share
            begin = max(bounds.lowerBound, bounds.upperBound - Int64(share))
        }

        var isEnough: Bool { isRead && (records.count == share || begin == bounds.lowerBound) }

        mutating func widen() {
            begin = max(bounds.lowerBound, bounds.upperBound - 16 * (bounds.upperBound - begin))
            records = []
            isRead = false
        }

        mutating func note(_ record: LogRecord) {
            guard record.offset < bounds.upperBound else { return isRead = true }
            records.append(SampleRecord(record))
            if records.count > share { records.removeFirst() }
            if record.offset == bounds.upperBound - 1 { isRead = true }
        }
    }

    /// `false`: it takes too long.
    private func read(
        _ tails: inout [TopicPartition: Tail], until deadline: Instant
    ) throws(KafkaFault) -> Bool {
        var reader = try LogReader(clients.sourceConsumer(bytesMax: 32 << 20), log: clients.logger("shape"))
        try reader.assign(tails.mapValues(\.begin))
        var left = tails.count
        while left > 0 {
            guard Instant.now < deadline else { return false }
            for event in reader.poll(waitMilliseconds: 100, upTo: 1_000) {
                switch event {
                case .record(let record):
                    guard tails[record.partition]?.isRead == false else { continue }
                    tails[record.partition]?.note(record)
                    if tails[record.partition]?.isRead == true { left -= 1 }
                case .endOfPartition(let partition, let offset):
                    guard let tail = tails[partition], !tail.isRead, offset >= tail.bounds.upperBound else { continue }
                    tails[partition]?.isRead = true
                    left -= 1
                case .fault(_, let fault):
                    // Others are retried by the library, and bounded by the deadline.
                    if ["TOPIC_AUTHORIZATION_FAILED", "_AUTO_OFFSET_RESET"].contains(fault.name) { throw fault }
                }
            }
        }
        return true
    }
}

extension SampleRecord {
    fileprivate init(_ record: LogRecord) {
        self.init(
            partition: record.partition.partition, offset: record.offset,
            timestampMilliseconds: record.timestampMilliseconds, key: record.key, value: record.value,
            headers: record.headers)
    }
}
