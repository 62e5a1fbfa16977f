import Console
import Foundation
import Log
import Mirror
import Model
import Shaping
import Topics

/// Why a command of `martlet shape` gives no answer.
enum ShapeStop: Error, Equatable {
    /// Exit code 2.
    case mistake(String)
    /// Exit code 1.
    case failure(String)

    /// Says it on standard error.
    func report() -> ExitCode {
        switch self {
        case .mistake(let text):
            Output.error("martlet: \(text)")
            return .usage
        case .failure(let text):
            Output.error("martlet: \(text)")
            return .failure
        }
    }
}

/// What all commands of `martlet shape` are given: a flow, one of its topics, and where sample records come from.
struct ShapeInput {
    let flow: FlowDefinition
    let topic: String
    private let invocation: Invocation

    /// A larger sample says no more, and is held in memory.
    private static let fileBytesMax = 256 << 20

    /// `nil` when the configuration has mistakes, which have been told.
    init?(_ invocation: Invocation, needsShape: Bool) throws(UsageFault) {
        func fault(_ message: String) -> UsageFault { UsageFault(message: message, command: invocation.command.name) }
        if invocation.isSet(.withKeys), !invocation.isSet(.sampleFile) { throw fault("--with-keys needs --file") }
        guard let flows = try LoadedConfiguration(for: invocation)?.flows else { return nil }
        let topic = invocation.required(.sampledTopic)
        let having = flows.filter { (try? TopicSelection($0.topics))?.selects(topic) == true }
        guard let flow = having.first else {
            let names = flows.map(\.name).joined(separator: ", ")
            throw fault("no flow selects the topic \(topic): correct the name, or the flow's `topics` (\(names))")
        }
        guard having.count == 1 else {
            let names = having.map(\.name).joined(separator: ", ")
            throw fault("several flows select \(topic): name one with --flow (\(names))")
        }
        if needsShape, !flow.shape.touchesRecords {
            throw fault(
                "the flow \(flow.name) has no `shape`: its records pass as they are, and nothing is to be tried")
        }
        self.flow = flow
        self.topic = topic
        self.invocation = invocation
    }

    /// At least one record. The number that is asked for, or that the option falls back to, or `fallback` of the topic
    /// and all of a file.
    func records(_ option: Option, fallback: Int = 10) throws(ShapeStop) -> [SampleRecord] {
        let count = invocation.text(option).flatMap { Int($0) }
        let records =
            if let path = invocation.text(.sampleFile) {
                try records(in: path, upTo: count ?? .max)
            } else {
                try last(count ?? fallback)
            }
        guard !records.isEmpty else {
            let place = invocation.text(.sampleFile) ?? topic
            throw .mistake("\(place) holds no records: name records with --file, or a topic that has some")
        }
        return records
    }

    private func last(_ count: Int) throws(ShapeStop) -> [SampleRecord] {
        do throws(TopicSample.Fault) {
            return try TopicSample(flow, logger: Logger(level: .warning)).last(count, of: topic)
        } catch {
            switch error {
            case .mistake(let fault): throw .mistake("\(fault)")
            case .failure(let fault): throw .failure("\(fault)")
            }
        }
    }

    private func records(in path: String, upTo limit: Int) throws(ShapeStop) -> [SampleRecord] {
        let bytes: Data
        do {
            let handle = path == "-" ? .standardInput : try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            bytes = try handle.read(upToCount: Self.fileBytesMax + 1) ?? Data()
        } catch {
            throw .mistake("\(path) cannot be read: name an existing file with --file, or - for standard input")
        }
        guard bytes.count <= Self.fileBytesMax else {
            throw .mistake("\(path) is larger than \(Self.fileBytesMax >> 20) MiB: a part of it proves as much")
        }
        do throws(SampleRecord.LineWithoutTab) {
            return try SampleRecord.lines(of: Array(bytes), withKeys: invocation.isSet(.withKeys), upTo: limit)
        } catch {
            throw .mistake("line \(error.number) of \(path) has no tab: --with-keys expects KEY, a tab, and VALUE")
        }
    }

    /// - Parameter note: is handed each record with what became of it.
    func tryOut(
        _ records: [SampleRecord], _ note: (SampleRecord, ShapeTrial.Result) -> Void
    ) throws(ShapeStop) -> ShapeTrial {
        do throws(ShapeFault) {
            var trial = try ShapeTrial(flow.shape, topic: topic)
            for record in records { note(record, trial.run(record)) }
            return trial
        } catch {
            throw .mistake("\(flow.name) cannot shape \(topic): \(error)")
        }
    }
}

extension ShapeTrial.Verdict {
    /// A run would not simply go on.
    var isTrouble: Bool {
        switch self {
        case .taken, .sampledOut, .leftOut: false
        case .aside, .stops: true
        }
    }

    var name: String {
        switch self {
        case .taken: "taken"
        case .sampledOut: "left out by the sample"
        case .leftOut: "left out"
        case .aside: "goes aside"
        case .stops: "stops"
        }
    }

    var reason: String? {
        switch self {
        case .taken, .sampledOut: nil
        case .leftOut(let reason), .aside(let reason), .stops(let reason): reason
        }
    }
}
