import Model
import RdKafka
import Records
import Testing

let quiet: ClientLogger = { _ in }

extension MockCluster {
    func client(_ id: String = "test") -> ClientConfiguration {
        ClientConfiguration(bootstrap: bootstrap, properties: [], clientID: id)
    }

    func sourceConsumer(_ changes: [String: String] = [:]) throws -> SourceConsumer {
        var configuration = client("source")
        configuration.set("group.id", "unused")
        configuration.set("enable.auto.commit", "false")
        configuration.set("enable.auto.offset.store", "false")
        configuration.set("auto.offset.reset", "error")
        configuration.set("enable.partition.eof", "true")
        configuration.set("fetch.wait.max.ms", "10")
        for (name, value) in changes { configuration.set(name, value) }
        return try SourceConsumer(configuration, log: quiet)
    }

    func producer(
        inFlightMax: Int = 1_000, _ changes: [String: String] = [:], clientsMax: Int = 1
    ) throws -> RecordProducer {
        var configuration = client("producer")
        configuration.set("enable.idempotence", "true")
        configuration.set("linger.ms", "1")
        for (name, value) in changes { configuration.set(name, value) }
        return try RecordProducer(configuration, inFlightMax: inFlightMax, clientsMax: clientsMax, log: quiet)
    }

    /// Produces the records and waits until every one is acknowledged.
    func load(_ records: [LoadRecord]) throws {
        var configuration = client("load")
        configuration.set("enable.idempotence", "true")
        configuration.set("linger.ms", "1")
        var producer = try LoadProducer(configuration, log: quiet)
        for (ticket, record) in records.enumerated() {
            while try !producer.produce(record, ticket: Int32(ticket)) { _ = producer.poll(waitMilliseconds: 10) }
        }
        var missing = records.count
        try eventually("every record is acknowledged") {
            for report in producer.poll(waitMilliseconds: 100) {
                #expect(report.code == 0)
                missing -= 1
            }
            return missing == 0
        }
    }

    /// Everything that a partition holds now.
    func contents(of partition: TopicPartition) throws -> [LogRecord] {
        let admin = try AdminClient(client("admin"), log: quiet)
        let end = try admin.watermarks(of: partition, timeoutMilliseconds: 10_000).high
        var reader = try LogReader(client("reader"), log: quiet)
        try reader.assign([partition: 0])
        var records: [LogRecord] = []
        try eventually("\(partition) is read up to \(end)") {
            for case .record(let record) in reader.poll(waitMilliseconds: 100, upTo: 1_000) { records.append(record) }
            return records.last.map { $0.offset + 1 >= end } ?? (end == 0)
        }
        return records
    }
}

/// Repeats a step that waits for a moment by itself until it answers `true`. The bound only ends a run that hangs.
func eventually(_ what: String, _ step: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while try !step() {
        try #require(ContinuousClock.now < deadline, "never: \(what)")
    }
}

/// Numbered values, so that an order can be read off them.
func numbered(_ range: Range<Int>, in partition: TopicPartition, valueBytes: Int = 20) -> [LoadRecord] {
    range.map { number in
        let digits = Array(String(number).utf8)
        return LoadRecord(
            partition, key: digits, value: digits + [UInt8](repeating: 46, count: max(0, valueBytes - digits.count)))
    }
}
