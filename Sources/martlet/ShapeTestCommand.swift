import Console
import Model
import Shaping

/// `martlet shape test`: sample records before, masked, and after, and what becomes of each.
struct ShapeTestCommand {
    private let invocation: Invocation
    private let input: ShapeInput?

    init(_ invocation: Invocation) throws(UsageFault) {
        self.invocation = invocation
        input = try ShapeInput(invocation, needsShape: true)
    }

    func run() -> ExitCode {
        guard let input else { return .usage }
        do throws(ShapeStop) {
            let answer = try Self.answer(input)
            if invocation.isSet(.json) { Output.write(json: answer) } else { Output.write(answer.text) }
            return answer.isTrouble ? .failure : .success
        } catch {
            return error.report()
        }
    }

    static func answer(_ input: ShapeInput) throws(ShapeStop) -> ShapeTestAnswer {
        let display = MaskedDisplay()
        var records: [ShapeTestAnswer.Record] = []
        var isTrouble = false
        let trial = try input.tryOut(try input.records(.sampleRecords)) { record, result in
            records.append(.init(record, result, display))
            isTrouble = isTrouble || result.verdict.isTrouble
        }
        // What passes as it is would show all that the record says.
        if trial.policy == nil { for index in records.indices { records[index].after = nil } }
        return ShapeTestAnswer(
            flow: input.flow.name, topic: input.topic, isSanitized: trial.policy != nil, records: records,
            counts: Dictionary(records.map { ($0.verdict, 1) }, uniquingKeysWith: +),
            rulesWithoutHit: trial.rulesWithoutHits.map { "\($0.place.described): \($0.action.verb)" },
            isTrouble: isTrouble)
    }
}

/// What `martlet shape test` says. Its JSON form is part of the interface.
struct ShapeTestAnswer: Encodable, Equatable {
    struct Fields: Encodable, Equatable {
        let key: String?
        let value: String?
        /// Each as `name=value`.
        let headers: [String]
    }

    struct Record: Encodable, Equatable {
        let partition: Int32
        let offset: Int64
        let verdict: String
        let reason: String?
        let sampling: String
        let before: Fields
        /// What arrives; missing where nothing does, and where it is what was there before.
        var after: Fields?
    }

    let flow: String
    let topic: String
    /// `false`: no policy names the topic, and its records pass as they are.
    let isSanitized: Bool
    let records: [Record]
    let counts: [String: Int]
    let rulesWithoutHit: [String]
    /// Some record goes aside or stops its partition.
    let isTrouble: Bool
}

extension ShapeTestAnswer.Record {
    init(_ record: SampleRecord, _ result: ShapeTrial.Result, _ display: MaskedDisplay) {
        partition = record.partition
        offset = record.offset
        verdict = result.verdict.name
        reason = result.verdict.reason ?? result.failure.map { "without its value or key: \($0)" }
        sampling = result.sampling
        before = .init(record, value: display.text) { display.word(of: $0) }
        after = result.after.map { .init($0, value: { $0?.displayed }) { $0?.displayed } }
    }

    fileprivate var lines: [String] {
        let isSampledOut = verdict == ShapeTrial.Verdict.sampledOut.name
        var lines = [
            "\(partition):\(offset) " + (isSampledOut ? sampling : verdict) + (reason.map { ": \($0)" } ?? "")
        ]
        lines += before.lines("before")
        lines += after?.lines("after ") ?? []
        return lines
    }
}

extension ShapeTestAnswer.Fields {
    fileprivate init(
        _ record: SampleRecord, value text: ([UInt8]?) -> String?, _ word: ([UInt8]?) -> String?
    ) {
        key = word(record.key)
        value = text(record.value)
        headers = record.headers.map { "\($0.name.displayed)=\(word($0.value) ?? "(null)")" }
    }

    fileprivate func lines(_ title: String) -> [String] {
        var lines = ["  \(title) value    \(value ?? "(null)")"]
        if let key { lines.append("  \(title) key      \(key)") }
        if !headers.isEmpty { lines.append("  \(title) headers  \(headers.joined(separator: ", "))") }
        return lines
    }
}

extension ShapeTestAnswer {
    var text: String {
        var lines = records.flatMap(\.lines) + [""]
        let counted = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        lines.append("\(flow), \(topic): \(plural(records.count, "record")): \(counted)")
        if !isSanitized { lines.append("no policy of `shape.sanitize` names \(topic): what is taken passes as it is") }
        if !rulesWithoutHit.isEmpty {
            lines.append("\(plural(rulesWithoutHit.count, "rule")) without a hit in these records:")
            lines += rulesWithoutHit.map { "  \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
