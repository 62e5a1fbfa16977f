import Model
import RdKafka

/// One topic of the destination, read as its partitions come to be. One thread.
struct TopicLog: ~Copyable {
    private static let faultsMax = 20
    private static let lookIntervalNanoseconds: Int64 = 500_000_000
    /// librdkafka's words for the first offset there is, and for the end.
    static let beginning: Int64 = -2
    static let end: Int64 = -1

    let topic: String
    /// What reading met, such as a partition that could not be read.
    private(set) var faults: [String] = []
    private let admin: AdminClient
    private var reader: LogReader
    private let start: (Int) -> Int64?
    /// Index: the partition's number. Everything below was read; `nil` for a partition that is not ours.
    private var positions: [Int64?] = []
    private var lastLook: Int64?

    /// - Parameter start: where reading of a partition begins; `nil`: it is left to others.
    init(
        bootstrap: String, properties: [ClientProperty], topic: String, isolation: Isolation, clientID: String,
        start: @escaping (Int) -> Int64?
    ) throws(KafkaFault) {
        var configuration = ClientConfiguration(bootstrap: bootstrap, properties: properties, clientID: clientID)
        configuration.set("isolation.level", isolation.rawValue)
        configuration.set("check.crcs", "true")
        configuration.set("queued.max.messages.kbytes", "16384")
        let admin = try AdminClient(configuration) { _ in }
        let reader = try LogReader(configuration) { _ in }
        self.admin = admin
        self.reader = reader
        self.topic = topic
        self.start = start
    }

    var partitionCount: Int { positions.count }

    /// Asks now and then which partitions there are, and reads the new ones, too.
    mutating func lookForPartitions() {
        let now = LoadClock.nowNanoseconds
        if let lastLook, now - lastLook < Self.lookIntervalNanoseconds, !positions.isEmpty { return }
        lastLook = now
        guard let metadata = try? admin.topic(topic, timeoutMilliseconds: 1_000) else { return }
        var starts: [TopicPartition: Int64] = [:]
        while positions.count < metadata.partitions.count {
            let number = positions.count
            let offset = start(number)
            if let offset { starts[TopicPartition(topic, Int32(number))] = offset }
            positions.append(offset.map { max(0, $0) })
        }
        do throws(KafkaFault) {
            try reader.assign(starts)
        } catch {
            note("\(topic): \(error)")
        }
    }

    /// The next record; `nil` when none came in the time.
    mutating func next(waitMilliseconds: Int32) -> ReadRecord? {
        while let item = reader.next(waitMilliseconds: waitMilliseconds) {
            switch consume item {
            case .record(let record):
                reach(record.offset + 1, in: record.partition)
                return record
            case .other(.endOfPartition(let partition, let offset)): reach(offset, in: partition.partition)
            case .other(.fault(let partition?, let fault)): note("\(partition): \(fault.name) \(fault.reason)")
            // A fault of the whole client (no broker answers) passes or shows as missing records.
            case .other: break
            }
        }
        return nil
    }

    /// The ends of all partitions as the brokers have them now; `nil` while they do not say, or know no such topic.
    func ends() -> [Int64]? {
        guard !positions.isEmpty else { return nil }
        let partitions = positions.indices.map { TopicPartition(topic, Int32($0)) }
        guard let ends = try? admin.offsets(of: partitions, at: .latest, timeoutMilliseconds: 5_000) else { return nil }
        let known = partitions.compactMap { try? ends[$0]?.get() }
        return known.count == partitions.count ? known : nil
    }

    func hasRead(to ends: [Int64]) -> Bool {
        ends.count <= positions.count && zip(positions, ends).allSatisfy { ($0 ?? .max) >= $1 }
    }

    private mutating func reach(_ offset: Int64, in partition: Int32) {
        let number = Int(partition)
        positions[number] = max(positions[number] ?? 0, offset)
    }

    private mutating func note(_ text: String) {
        if faults.count < Self.faultsMax, !faults.contains(text) { faults.append(text) }
    }
}
