import Model
import RdKafka

/// A correct mirror of a few lines, and ways to break it in one place.
struct BrokenMirror {
    enum Fault: CaseIterable {
        case none, drops, duplicates, swaps, altersKey, altersValue, altersHeader, altersTimestamp, nullsEmptyValue
        case losesTail, misplaces, invents

        /// Whether a record can be broken so.
        func fits(_ record: LoadRecord) -> Bool {
            switch self {
            case .altersKey: record.key?.isEmpty == false
            case .altersValue: record.value?.count ?? 0 > 100
            case .altersHeader: record.headers.first?.value?.isEmpty == false && record.value?.count ?? 0 > 100
            case .nullsEmptyValue: record.value?.isEmpty == true
            case .losesTail: false
            default: true
            }
        }
    }

    /// Where it broke: the source partition, and the offset there, which is the sequence.
    struct Spot: Equatable {
        let partition: Int32
        let offset: Int64
    }

    static let tail = 7

    let fault: Fault
    /// Broken is the first record of the partition that fits, from this offset on.
    let from: Spot

    /// Copies the topic as it is now.
    ///
    /// - Returns: where it broke.
    func copy(_ topic: String, to copied: String, partitions: Int, on cluster: MockCluster) throws -> Spot? {
        var records = try read(topic, partitions: partitions, on: cluster)
        let home = Int(from.partition)
        guard fault != .none else {
            try write(records, to: copied, on: cluster)
            return nil
        }
        if fault == .losesTail {
            records[home].removeLast(Self.tail)
            try write(records, to: copied, on: cluster)
            return Spot(partition: from.partition, offset: Int64(records[home].count))
        }
        guard
            let index = records[home].indices.first(where: { $0 >= Int(from.offset) && fault.fits(records[home][$0]) })
        else { return nil }
        apply(to: &records, home, index)
        try write(records, to: copied, on: cluster)
        return Spot(partition: from.partition, offset: Int64(index))
    }

    private func apply(to records: inout [[LoadRecord]], _ home: Int, _ index: Int) {
        let record = records[home][index]
        switch fault {
        case .none, .losesTail: break
        case .drops: records[home].remove(at: index)
        case .duplicates: records[home].insert(record, at: index + 1)
        case .swaps: records[home].swapAt(index, index + 1)
        case .misplaces:
            records[home].remove(at: index)
            records[(home + 1) % records.count].append(record)
        case .invents:
            let invented = record.with(key: [1, 2], value: Array(repeating: 9, count: 120), headers: [])
            records[home].insert(invented, at: index)
        case .altersKey: records[home][index] = record.with(key: record.key.map { $0.dropLast() + [0x7e] })
        case .altersValue:
            records[home][index] = record.with(value: record.value.map { $0.dropLast() + [$0[$0.count - 1] ^ 1] })
        case .altersHeader:
            let first = record.headers[0]
            let changed = RecordHeader(name: first.name, value: first.value.map { $0.dropLast() + [0x7e] })
            records[home][index] = record.with(headers: [changed] + record.headers.dropFirst())
        case .altersTimestamp:
            records[home][index] = record.with(timestampMilliseconds: (record.timestampMilliseconds ?? 0) + 1)
        case .nullsEmptyValue: records[home][index] = record.with(value: .some(nil))
        }
    }

    private func read(_ topic: String, partitions: Int, on cluster: MockCluster) throws -> [[LoadRecord]] {
        var reader = try LogReader(configuration(cluster)) { _ in }
        let all = (0..<partitions).map { TopicPartition(topic, Int32($0)) }
        try reader.assign(Dictionary(uniqueKeysWithValues: all.map { ($0, 0) }))
        var (records, ended) = (Array(repeating: [LoadRecord](), count: partitions), Set<Int32>())
        while ended.count < partitions {
            for event in reader.poll(waitMilliseconds: 100, upTo: 1_000) {
                switch event {
                case .record(let record): records[Int(record.partition.partition)].append(LoadRecord(record))
                case .endOfPartition(let partition, _): ended.insert(partition.partition)
                case .fault: break
                }
            }
        }
        return records
    }

    private func write(_ records: [[LoadRecord]], to topic: String, on cluster: MockCluster) throws {
        var producer = try LoadProducer(configuration(cluster)) { _ in }
        for (number, partition) in records.enumerated() {
            for record in partition {
                let copy = LoadRecord(
                    TopicPartition(topic, Int32(number)), key: record.key, value: record.value, headers: record.headers,
                    timestampMilliseconds: record.timestampMilliseconds)
                while try !producer.produce(copy, ticket: 0) { _ = producer.poll(waitMilliseconds: 10) }
            }
        }
        try producer.flush(timeoutMilliseconds: 30_000)
    }

    private func configuration(_ cluster: MockCluster) -> ClientConfiguration {
        ClientConfiguration(
            bootstrap: cluster.bootstrap,
            properties: [ClientProperty("enable.idempotence", "true"), ClientProperty("fetch.wait.max.ms", "10")].filter
            {
                ClientConfiguration.refusal(of: $0) == nil
            }, clientID: "test-mirror")
    }
}

/// A copy, and one with some of its fields replaced.
extension LoadRecord {
    fileprivate init(_ record: LogRecord) {
        self.init(
            record.partition, key: record.key, value: record.value, headers: record.headers,
            timestampMilliseconds: record.timestampMilliseconds)
    }

    fileprivate func with(
        key: [UInt8]?? = nil, value: [UInt8]?? = nil, headers: [RecordHeader]? = nil,
        timestampMilliseconds: Int64? = nil
    ) -> LoadRecord {
        LoadRecord(
            partition, key: key ?? self.key, value: value ?? self.value, headers: headers ?? self.headers,
            timestampMilliseconds: timestampMilliseconds ?? self.timestampMilliseconds)
    }
}
