import Configuration
import Console
import Foundation
import KafkaPorts
import Log
import Mirror
import Model
import Positions
import RdKafka

/// `martlet positions`: what a flow remembers, and the operator's hand in it.
struct PositionsCommand {
    private let invocation: Invocation
    private let flow: FlowDefinition?
    let logger = Logger(level: .warning, format: .text, sink: Logger.standardError)
    private static let timeoutMilliseconds: Int32 = 10_000

    init(_ invocation: Invocation) throws(UsageFault) {
        self.invocation = invocation
        if invocation.isSet(.partition), !invocation.isSet(.topic) {
            throw Self.fault("--partition needs --topic")
        }
        if invocation.operand == "set", !invocation.isSet(.to) { throw Self.fault("--to PLACE is missing") }
        if invocation.operand == "set", Place(invocation.text(.to) ?? "") == nil {
            throw Self.fault("--to is \"\(invocation.text(.to) ?? "")\"; expected \(Place.expected)")
        }
        guard let only = try LoadedConfiguration(for: invocation)?.onlyFlow(for: invocation) else {
            flow = nil
            return
        }
        flow = only
    }

    private static func fault(_ message: String) -> UsageFault { UsageFault(message: message, command: "positions") }

    func run() -> ExitCode {
        guard let flow else { return .usage }
        do throws(FlowFault) {
            switch invocation.operand {
            case "show": try show(flow)
            case "export": Output.write(json: PositionExport(try PositionBook.read(flow, logger: logger)))
            case "set": try set(flow)
            case "derive": try derive(flow)
            default: try restore(flow)
            }
            return .success
        } catch {
            Output.error("martlet: \(error)")
            return .failure
        }
    }

    // MARK: Show

    private func show(_ flow: FlowDefinition) throws(FlowFault) {
        let book = try PositionBook.read(flow, logger: logger)
        let wanted = selected(book.catalogue.partitions)
        let (ends, gone) = (try? seen(wanted, flow, cluster: book.catalogue.flow?.cluster)) ?? ([:], [])
        let table = PositionTable(book, partitions: wanted, ends: ends, gone: gone)
        if invocation.isSet(.json) { Output.write(json: table) } else { Output.write(table.text) }
    }

    /// Where partitions of the source end, as far as it says so, and which of them it has no more.
    private func seen(
        _ partitions: [TopicPartition], _ flow: FlowDefinition, cluster: String?
    ) throws(KafkaFault) -> (ends: [TopicPartition: Int64], gone: Set<TopicPartition>) {
        let source = try admin(flow)
        var shown: Set<TopicPartition> = []
        for topic in try source.topics(timeoutMilliseconds: Self.timeoutMilliseconds) {
            for partition in topic.partitions { shown.insert(TopicPartition(topic.name, partition.number)) }
        }
        let presence = try TopicPresence.ask(
            partitions.filter { !shown.contains($0) }, cluster: cluster, source,
            timeoutMilliseconds: Self.timeoutMilliseconds)
        let gone = presence.filter { if case .absent = $0.value { true } else { false } }.keys
        let ends = try source.offsets(
            of: partitions.filter(shown.contains), at: .latest, timeoutMilliseconds: Self.timeoutMilliseconds)
        return (ends.compactMapValues { try? $0.get() }, Set(gone))
    }

    func selected(_ all: [TopicPartition]) -> [TopicPartition] {
        all.filter { source in
            if let topic = invocation.text(.topic), source.topic != topic { return false }
            if let partition = invocation.text(.partition), source.partition != Int32(partition) { return false }
            return true
        }
    }

    /// The offsets that each partition of the source holds: from its first to the one that follows its last.
    private func bounds(
        of partitions: [TopicPartition], _ flow: FlowDefinition
    ) throws(FlowFault) -> [TopicPartition: Range<Int64>] {
        do {
            let source = try admin(flow)
            let begins = try source.offsets(
                of: partitions, at: .earliest, timeoutMilliseconds: Self.timeoutMilliseconds)
            let ends = try source.offsets(of: partitions, at: .latest, timeoutMilliseconds: Self.timeoutMilliseconds)
            var bounds: [TopicPartition: Range<Int64>] = [:]
            for partition in partitions {
                guard let begin = try begins[partition]?.get(), let end = try ends[partition]?.get() else { continue }
                bounds[partition] = begin..<max(begin, end)
            }
            return bounds
        } catch {
            throw FlowFault("the source does not say what it holds: \(error)", remedy: "run `martlet check`")
        }
    }

    private func admin(_ flow: FlowDefinition) throws(KafkaFault) -> AdminClient {
        var configuration = ClientConfiguration(
            bootstrap: flow.source.bootstrap, properties: flow.source.properties, clientID: "martlet-positions")
        // Decides whether "latest" is the last stable offset or the log's end.
        configuration.set("isolation.level", flow.isolation.rawValue)
        return try AdminClient(configuration) { _ in }
    }

    // MARK: Set

    private func set(_ flow: FlowDefinition) throws(FlowFault) {
        let book = try PositionBook.read(flow, logger: logger)
        let wanted = selected(book.catalogue.partitions)
        guard !wanted.isEmpty, let place = Place(invocation.text(.to) ?? "") else {
            throw FlowFault(
                "no registered partition is meant", remedy: "see `martlet positions show` for those that are")
        }
        try refuseAnotherCluster(book.catalogue.flow?.cluster, flow)
        let bounds = try bounds(of: wanted, flow)
        let targets = try targets(of: wanted, place, bounds, flow)
        let known = book.positions
        var changed: [TopicPartition: Position] = [:]
        for source in wanted {
            guard let offset = targets[source], let bound = bounds[source] else {
                throw FlowFault("the source does not say where \(source) is", remedy: "try again")
            }
            guard offset >= bound.lowerBound, offset <= bound.upperBound else {
                throw FlowFault(
                    "\(source) holds offsets \(bound.lowerBound) to \(bound.upperBound), and \(offset) is not among them",
                    remedy: "give an offset that it holds")
            }
            let old = known[source]
            changed[source] = Position(
                offset: offset, cluster: book.catalogue.flow?.cluster ?? "", to: old?.to ?? source.topic,
                reached: old?.reached ?? -1, since: old?.since ?? Int64(Date.now.timeIntervalSince1970 * 1_000))
        }
        show(changed, before: known)
        if invocation.isSet(.dryRun) { return Output.write("nothing was written (--dry-run)\n") }
        let editor = PositionsEditor(flow, logger: logger)
        let processes = try editor.runningProcesses()
        if processes.isEmpty {
            try editor.write(changed)
            Output.write("written: \(changed.count) position(s)\n")
        } else {
            let wishes = changed.map { source, position in
                (source, PositionsRequest.Wish(from: known[source]?.offset, to: position.offset))
            }
            try ask(Dictionary(uniqueKeysWithValues: wishes), of: processes, flow)
        }
    }

    private func targets(
        of partitions: [TopicPartition], _ place: Place, _ bounds: [TopicPartition: Range<Int64>],
        _ flow: FlowDefinition
    ) throws(FlowFault) -> [TopicPartition: Int64] {
        switch place {
        case .offset(let offset):
            return Dictionary(uniqueKeysWithValues: partitions.map { ($0, offset) })
        case .start(.earliest): return bounds.mapValues(\.lowerBound)
        case .start(.latest): return bounds.mapValues(\.upperBound)
        case .start(.timestamp(let milliseconds)):
            do {
                return try admin(flow).offsets(
                    of: partitions, at: .timestamp(milliseconds: milliseconds),
                    timeoutMilliseconds: Self.timeoutMilliseconds
                ).mapValues { try $0.get() }
            } catch {
                throw FlowFault("the source does not say where that time is: \(error)", remedy: "try again")
            }
        }
    }

    // MARK: Import

    private func restore(_ flow: FlowDefinition) throws(FlowFault) {
        let export = try PositionExport(decoding: try document())
        guard export.flow == flow.name else {
            throw FlowFault(
                "the export is of the flow \(export.flow), and \(flow.name) is meant",
                remedy: "give the export of this flow")
        }
        let positions = try export.decodedPositions()
        try refuseAnotherCluster(export.cluster, flow)
        let known = (try? PositionBook.read(flow, logger: logger))?.positions ?? [:]
        let wanted = Set(selected(Array(positions.keys)))
        let changed = positions.filter { wanted.contains($0.key) }
        show(changed, before: known)
        if invocation.isSet(.dryRun) { return Output.write("nothing was written (--dry-run)\n") }
        try PositionsEditor(flow, logger: logger).write(changed, control: export.control)
        Output.write("written: \(changed.count) position(s)\n")
    }

    private func document() throws(FlowFault) -> Data {
        do {
            guard let path = invocation.text(.file), path != "-" else {
                return try FileHandle.standardInput.readToEnd() ?? Data()
            }
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw FlowFault(
                "the export cannot be read: \(invocation.text(.file) ?? "standard input")",
                remedy: "name an existing file with --file")
        }
    }

    /// - Parameter known: the source cluster that the positions are of.
    func refuseAnotherCluster(_ known: String?, _ flow: FlowDefinition) throws(FlowFault) {
        let found: String?
        do {
            found = try admin(flow).clusterID(timeoutMilliseconds: Self.timeoutMilliseconds)
        } catch {
            throw FlowFault("the source does not answer: \(error)", remedy: "run `martlet check`")
        }
        guard let found, found == known else {
            throw FlowFault(
                "the positions are of the source cluster \(known ?? "unknown"), and the source is \(found ?? "silent")",
                remedy: "offsets of one cluster mean nothing in another: see the flow's `from`")
        }
    }

    // MARK: Both

    private func show(_ changed: [TopicPartition: Position], before: [TopicPartition: Position]) {
        for (source, position) in changed.sorted(by: { $0.key < $1.key }) {
            let old = before[source].map { "\($0.offset)" } ?? "nothing"
            Output.write("\(source): \(old) -> \(position.offset)\n")
        }
    }
}

/// Where a position is set to.
private enum Place {
    case offset(Int64)
    case start(StartPolicy)

    static let expected = "earliest, latest, an offset, or an instant with its time zone such as 2026-03-01T08:00:00Z"

    init?(_ text: String) {
        if let offset = Int64(text) {
            guard offset >= 0 else { return nil }
            self = .offset(offset)
        } else if let start = StartPolicy(parsing: text) {
            self = .start(start)
        } else {
            return nil
        }
    }
}
