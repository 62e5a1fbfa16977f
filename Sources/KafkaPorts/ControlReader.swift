import Model
import Positions
import RdKafka
import Shaping

/// Follows a flow's control topic, read committed, from its beginning. Polled by one thread.
package struct ControlReader: ~Copyable {
    private var reader: LogReader
    package private(set) var catalogue = Catalogue()
    /// Everything below this offset was taken in.
    package private(set) var position: Int64
    /// What the source of the records last complained of.
    package private(set) var lastFault: KafkaFault?
    /// Records that could not be used, once each.
    private var problems: [String] = []
    /// Records of the flow's rate, in their order, until they are taken.
    private var rateRecords: [(key: [UInt8], value: [UInt8]?)] = []
    /// Keys of the parts of the flow's reports, and when each was written last, in milliseconds since 1970.
    package private(set) var reports: [[UInt8]: Int64] = [:]

    /// - Parameter begin: the topic's first offset. A logical offset would cost half a second: librdkafka asks for it
    ///   only after a pause when the client is new.
    package init(_ clients: FlowClients, from begin: Int64) throws(KafkaFault) {
        var reader = try LogReader(clients.controlReader(), log: clients.logger("control"))
        try reader.assign([TopicPartition(clients.flow.controlTopic, 0): begin])
        self.reader = reader
        position = begin
    }

    /// Takes in all that lies below `end`, within 30 s.
    ///
    /// - Parameters:
    ///   - noting: told each record, usable or not.
    ///   - isGivenUp: asked before each poll, with what the brokers last complained of.
    /// - Returns: whether it came that far.
    package mutating func read(
        to end: Int64, noting: (LogRecord) -> Void = { _ in }, isGivenUp: (KafkaFault?) -> Bool = { _ in false }
    ) -> Bool {
        let deadline = Instant.now.advanced(milliseconds: 30_000)
        while position < end {
            guard Instant.now < deadline, !isGivenUp(lastFault) else { return false }
            _ = poll(waitMilliseconds: 50, noting: noting)
        }
        return true
    }

    /// Takes in what came. `true` when the catalogue changed.
    package mutating func poll(waitMilliseconds: Int32, noting: (LogRecord) -> Void = { _ in }) -> Bool {
        let before = catalogue
        for event in reader.poll(waitMilliseconds: waitMilliseconds, upTo: 1_000) {
            switch event {
            case .record(let record):
                position = record.offset + 1
                noting(record)
                if let key = record.key, key.starts(with: Self.ratePrefix) {
                    rateRecords.append((key, record.value))
                    continue
                }
                if let key = record.key, RunPart.isKey(key) {
                    reports[key] = record.value.map { _ in record.timestampMilliseconds }
                    continue
                }
                do throws(RecordFault) {
                    try catalogue.apply(key: record.key ?? [], value: record.value)
                } catch {
                    problems.append("control record at offset \(record.offset): \(error)")
                }
            case .endOfPartition(_, let offset):
                position = max(position, offset)
            case .fault(_, let fault): lastFault = fault  // Retried by the library, which logs it.
            }
        }
        return catalogue != before
    }

    private static let ratePrefix = Array("rate/".utf8)

    package mutating func takeRateRecords() -> [(key: [UInt8], value: [UInt8]?)] {
        let taken = rateRecords
        rateRecords = []
        return taken
    }

    package mutating func takeProblems() -> [String] {
        let taken = problems
        problems = []
        return taken
    }
}
