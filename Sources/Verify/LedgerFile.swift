import Foundation

/// One producer's ledgers, as they travel to the machine that judges.
///
/// What a reader may rely on: everything that the file calls acknowledged was acknowledged by the source before the file
/// was written, and nothing that it calls aborted was ever committed. While `isFinished` is false the load may have gone
/// on: what it sent after the last writing is neither demanded nor forbidden. The file is replaced as a whole, so that a
/// process that dies leaves the last one that was written, never a part.
package struct LedgerFile: Sendable, Codable, Equatable {
    package static let currentVersion = 1

    /// The load in one topic.
    package struct Topic: Sendable, Codable, Equatable {
        package var name: String
        package var partitions: Int
        package var plan: LoadPlan
        package var pace: Pace
        /// When the load began, by the producer's calendar: nanoseconds since 1970.
        package var startNanoseconds: Int64
        /// Index: the stream's number.
        package var streams: [Stream]
        package var failed: Int64

        /// The load as a judge must know it.
        package var judged: JudgedLoad {
            let clock = LoadClock(
                pace: pace, streams: plan.streams(partitions: partitions),
                startedAtWallNanoseconds: startNanoseconds)
            return JudgedLoad(plan: plan, sourceTopic: name, partitions: partitions, clock: clock)
        }
    }

    package struct Stream: Sendable, Codable, Equatable {
        package var sent: Int64
        package var acknowledged: IntervalSet
        package var aborted: IntervalSet
    }

    package var version = currentVersion
    /// Who has produced.
    package var id: String
    package var sourceClusterID: String?
    /// Everything that was sent is accounted for.
    package var isFinished: Bool
    package var topics: [Topic]

    package init(id: String, sourceClusterID: String?, isFinished: Bool, topics: [Topic]) {
        self.id = id
        self.sourceClusterID = sourceClusterID
        self.isFinished = isFinished
        self.topics = topics
    }

    package func ledger(of topic: Topic) -> Ledger {
        var ledger = Ledger(streams: topic.streams.count)
        ledger.isOpen = !isFinished
        for (index, stream) in topic.streams.enumerated() {
            ledger.streams[index].sent = stream.sent
            ledger.streams[index].acknowledged = stream.acknowledged
            ledger.streams[index].aborted = stream.aborted
        }
        return ledger
    }
}

extension LedgerFile.Topic {
    /// As it is now. Take it while the load goes on, and once more at its end.
    package init(_ loader: Loader) {
        let ledger = loader.ledger
        self.init(
            name: loader.topic, partitions: loader.partitions, plan: loader.plan, pace: loader.clock.pace,
            startNanoseconds: loader.clock.startedAtWallNanoseconds,
            streams: ledger.streams.map {
                LedgerFile.Stream(sent: $0.sent, acknowledged: $0.acknowledged, aborted: $0.aborted)
            },
            failed: loader.progress.failed)
    }
}

/// A ledger file that cannot be used: what is wrong with it, and where.
package struct LedgerFileFault: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
}

extension LedgerFile {
    package func encoded() -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a ledger is plain data") }
        return data
    }

    /// Replaces the file: beside it first, then in its place.
    package func write(to path: String) throws(LedgerFileFault) {
        do {
            try encoded().write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw LedgerFileFault(description: "\(path): the ledger cannot be written: \(error.localizedDescription)")
        }
    }

    package init(path: String) throws(LedgerFileFault) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw LedgerFileFault(description: "\(path): the ledger cannot be read: \(error.localizedDescription)")
        }
        try self.init(data, path: path)
    }

    package init(_ data: Data, path: String) throws(LedgerFileFault) {
        struct Probe: Decodable { let version: Int }
        do {
            let version = try JSONDecoder().decode(Probe.self, from: data).version
            guard version == Self.currentVersion else {
                throw LedgerFileFault(
                    description: "\(path): a ledger of version \(version); this martlet reads \(Self.currentVersion)")
            }
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch let fault as LedgerFileFault {
            throw fault
        } catch let error as DecodingError {
            throw LedgerFileFault(description: "\(path): no whole ledger: \(Self.text(of: error, bytes: data.count))")
        } catch {
            throw LedgerFileFault(description: "\(path): no ledger")
        }
        if let fault { throw LedgerFileFault(description: "\(path): \(fault)") }
    }

    /// Where, and what.
    private static func text(of error: DecodingError, bytes: Int) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])) is missing"
        case .valueNotFound(_, let context), .typeMismatch(_, let context):
            "\(place(context.codingPath)): \(context.debugDescription)"
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            "cut or damaged (\(bytes) bytes): "
                + ((context.underlyingError as? NSError)?.userInfo[NSDebugDescriptionErrorKey] as? String
                    ?? context.debugDescription)
        case .dataCorrupted(let context): "\(place(context.codingPath)): \(context.debugDescription)"
        @unknown default: "not understood"
        }
    }

    /// `topics[0].streams[3].acknowledged`
    private static func place(_ path: [any CodingKey]) -> String {
        path.reduce("") { text, key in
            if let index = key.intValue { return text + "[\(index)]" }
            return text.isEmpty ? key.stringValue : text + "." + key.stringValue
        }
    }

    /// Why this is no account of a load, though it has the form of one.
    private var fault: String? {
        for (index, topic) in topics.enumerated() {
            if let fault = topic.fault { return "topics[\(index)] (\(topic.name)): \(fault)" }
        }
        let names = topics.map(\.name)
        return Set(names).count == names.count ? nil : "a topic stands twice"
    }
}

extension LedgerFile.Topic {
    fileprivate var fault: String? {
        if let fault = plan.fault { return "plan: \(fault)" }
        if let fault = pace.fault { return "pace: \(fault)" }
        guard (1...1_000_000).contains(partitions) else { return "\(partitions) partitions" }
        let expected = plan.streams(partitions: partitions)
        guard streams.count == expected else { return "\(streams.count) streams; expected \(expected)" }
        guard (0...4_102_444_800_000_000_000).contains(startNanoseconds) else { return "it begins in no known year" }
        for (number, stream) in streams.enumerated() {
            let place = "streams[\(number)]"
            guard (0...Stamp.sequencesMax).contains(stream.sent) else { return "\(place).sent: \(stream.sent)" }
            let last = max(stream.acknowledged.last ?? -1, stream.aborted.last ?? -1)
            guard last < stream.sent else { return "\(place): sequence \(last) of \(stream.sent) that were sent" }
            guard stream.acknowledged.intersection(stream.aborted).isEmpty else {
                return "\(place): sequences both acknowledged and aborted"
            }
        }
        return nil
    }
}
