import Console
import Model
import Shaping

/// `martlet shape explain`: which rule does what to a record.
struct ShapeExplainCommand {
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

    static func answer(_ input: ShapeInput) throws(ShapeStop) -> ShapeExplanation {
        var results: [(SampleRecord, ShapeTrial.Result)] = []
        let trial = try input.tryOut(try input.records(.explainedRecords)) { results.append(($0, $1)) }
        return ShapeExplanation(
            flow: input.flow.name, topic: input.topic, isSanitized: trial.policy != nil,
            records: results.map { .init($0, $1, trial.policy) },
            isTrouble: results.contains { $0.1.verdict.isTrouble })
    }
}

/// What `martlet shape explain` says. Its JSON form is part of the interface.
struct ShapeExplanation: Encodable, Equatable {
    struct Rule: Encodable, Equatable {
        /// From 1, in the policy's order; those that it includes come last.
        let rule: Int
        let place: String
        let action: String
        /// How many places of the record it names.
        let places: Int
    }

    struct Record: Encodable, Equatable {
        let partition: Int32
        let offset: Int64
        let verdict: String
        let reason: String?
        let sampling: String
        /// Those that the record has a place for.
        let rules: [Rule]
        let rulesWithoutPlace: Int
        /// Places that no rule names, and that were masked or dropped.
        let unlisted: Int
        let credentialsRemoved: Int
        /// Whether the sanitizer has seen it.
        let isSanitized: Bool
    }

    let flow: String
    let topic: String
    let isSanitized: Bool
    let records: [Record]
    let isTrouble: Bool
}

extension ShapeExplanation.Record {
    init(_ record: SampleRecord, _ result: ShapeTrial.Result, _ policy: SanitizePolicy?) {
        partition = record.partition
        offset = record.offset
        verdict = result.verdict.name
        reason = result.verdict.reason ?? result.failure.map { "without its value or key: \($0)" }
        sampling = result.sampling
        let all = zip(policy?.rules ?? [], result.counts.hits).enumerated().map { index, pair in
            ShapeExplanation.Rule(
                rule: index + 1, place: pair.0.place.described, action: pair.0.action.verb, places: pair.1)
        }
        rules = all.filter { $0.places > 0 }
        rulesWithoutPlace = all.count - rules.count
        unlisted = result.counts.unlisted
        credentialsRemoved = result.counts.credentials
        isSanitized = policy != nil && (result.after != nil || result.counts.failures > 0)
    }

    fileprivate var lines: [String] {
        var lines = ["\(partition):\(offset) \(verdict)" + (reason.map { ": \($0)" } ?? ""), "  sample: \(sampling)"]
        guard isSanitized else { return lines }
        for rule in rules {
            lines.append("  rule \(rule.rule), \(rule.place): \(rule.action), \(plural(rule.places, "place"))")
        }
        lines.append("  \(plural(rulesWithoutPlace, "other rule")): no place in this record")
        lines.append("  unlisted: \(plural(unlisted, "place")) masked or dropped")
        if credentialsRemoved > 0 { lines.append("  credentials: \(plural(credentialsRemoved, "header")) taken away") }
        return lines
    }
}

extension ShapeExplanation {
    var text: String {
        var lines = records.flatMap(\.lines)
        if !isSanitized { lines.append("no policy of `shape.sanitize` names \(topic): what is taken passes as it is") }
        return lines.joined(separator: "\n") + "\n"
    }
}
